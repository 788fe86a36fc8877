"""Takes in what `listen` noted while no run was going, when it belongs to a run that is taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from eprom_verify.exchange import Exchange, path_in
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import Journal, grown
from eprom_verify.journal.store import read_entries
from eprom_verify.runner.folders import JOURNAL, LISTENING
from eprom_verify.runner.record import Recorded
from eprom_verify.runner.unsure import HEARD_BY, UNSURE, Unsure

_ENDED = ("response", "failure")
_DOCUMENT = "E"
_EVER = datetime.min.replace(tzinfo=UTC)


def entries_since(reports: Path, moment: datetime) -> Iterator[Entry]:
    """What `listen` has noted into a folder of reports from a moment on, in order; nothing when it never ran there."""
    journal = reports / LISTENING / JOURNAL
    if journal.is_file():
        yield from (each for each in read_entries(journal) if datetime.fromisoformat(each.at) >= moment)


def take_in(journal: Journal, recorded: Recorded) -> int:
    """Add to the journal of a run that is taken up again what came meanwhile about its orders and letters, each once;
    gives how many exchanges. What is of other runs stays where it is, and the entries say who heard them."""
    if recorded.began is None:
        return 0
    # From its beginning: what belongs to the run is known by its orders, and the clock may have been set since.
    heard = list(entries_since(journal.path.parent.parent, _EVER))
    wanted, unsure = _wanted(heard, recorded), _unsure(heard)
    for each in heard:
        if each.exchange in wanted:
            said = {HEARD_BY: "listen"} | ({UNSURE: True} if each.exchange in unsure else {})
            journal.take(each.kind, each.exchange, each.at, each.data | said, each.body)
    recorded.unsure |= wanted & unsure
    return len(wanted)


def _wanted(heard: list[Entry], recorded: Recorded) -> set[str]:
    """The exchanges that have ended, are about something that the run has made, and are not in its journal yet."""
    found: dict[str, Exchange] = {}
    for entry in heard:
        if entry.kind == "request" or (entry.kind in _ENDED and entry.exchange in found):
            found[entry.exchange] = grown(found.get(entry.exchange), entry)
    about = [each for each in found.values() if {each.order_id, each.message_id} & recorded.made]
    told = [each for each in recorded.exchanges.values() if each.order_id in recorded.made]
    documents = {str(each.request.member("signedFormId")).casefold() for each in [*told, *about]}
    fetches = [each for each in found.values() if each.operation == _DOCUMENT and _document_of(each) in documents]
    return {each.id for each in [*about, *fetches] if each.done and each.id not in recorded.exchanges}


def _unsure(heard: list[Entry]) -> set[str]:
    unsure = Unsure()
    for entry in heard:
        unsure.take(entry)
    return unsure.names


def _document_of(fetch: Exchange) -> str:
    """The id of the signed document that is asked for."""
    return path_in(fetch.url).rpartition("/")[2].casefold()
