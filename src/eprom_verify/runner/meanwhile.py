"""Takes in what `listen` noted while no run was going, when it belongs to a run that is taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from eprom_verify.exchange import Exchange
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import Journal, grown
from eprom_verify.journal.store import read_entries
from eprom_verify.runner.folders import JOURNAL, LISTENING
from eprom_verify.runner.record import Recorded

_ENDED = ("response", "failure")
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
    wanted = _wanted(heard, recorded)
    for each in heard:
        if each.exchange in wanted:
            journal.take(each.kind, each.exchange, each.at, each.data | {"heard_by": "listen"}, each.body)
    return len(wanted)


def _wanted(heard: list[Entry], recorded: Recorded) -> set[str]:
    """The exchanges that have ended, are about something that the run has made, and are not in its journal yet."""
    made = {name for each in recorded.exchanges.values() for name in (each.order_id, each.message_id) if name}
    found: dict[str, Exchange] = {}
    for entry in heard:
        if entry.kind == "request" or (entry.kind in _ENDED and entry.exchange in found):
            found[entry.exchange] = grown(found.get(entry.exchange), entry)
    return {
        each.id
        for each in found.values()
        if each.done and each.id not in recorded.exchanges and {each.order_id, each.message_id} & made
    }
