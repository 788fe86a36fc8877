"""A worker's part of a journal: it keeps what it has noted itself, and another process writes all of it down."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

from eprom_verify.clock import Clock
from eprom_verify.errors import HarnessProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.entries import GENESIS, Entry, canonical
from eprom_verify.journal.journal import LEDGER, Journal, grown
from eprom_verify.journal.store import read_entries
from eprom_verify.line import Answer, Facts, Line
from eprom_verify.masking import Mask


class PartJournal(Journal):
    """A journal that is one of several in a run, which are written to one file by the process that leads the run.

    The numbers of the entries are those of the file, so that they grow here too. To wait is to wait for what this
    part notes itself. From `read_on` on, what is seen, and waited for to be quiet, is all parts together;
    `problem_of_others` is why it will not be quiet in another, or "".
    """

    def __init__(self, path: Path, line: Line, *, name: str, mask: Mask, clock: Clock) -> None:
        super().__init__(path, mask=mask, clock=clock, store=_Sent(line))
        self._line = line
        self._name = name
        self._read: dict[str, Exchange] | None = None
        self._read_to = 0
        self._told: list[dict[str, Any]] = []
        self.problem_of_others = ""

    def note_ledger(self, changes: dict[str, Any]) -> None:
        """Note what the scenarios here have caused, for whoever looks at the whole run."""
        self.note(LEDGER, {"part": self._name}, json.dumps(changes).encode())

    def read_on(self) -> list[dict[str, Any]]:
        """See all parts from now on; gives what the others have noted in their ledgers since the last time."""
        with self._lock:
            self._read_new()
            told, self._told = self._told, []
            return told

    def exchanges(self, *, since: int = 0) -> list[Exchange]:
        """The exchanges whose request is younger than entry number `since`, in the order they began."""
        with self._lock:
            if self._read is None:
                return self._younger_than(since)
            return [each for each in self._read_new().values() if each.request.seq > since]

    def wait_quiet(self, *, quiet_s: float, timeout_s: float, patience_s: float = inf) -> bool:
        """Wait until every exchange has ended and nothing has been noted for `quiet_s`; see `Journal.wait_quiet`.

        Raises:
            HarnessProblem: in another part it was never quiet.
        """
        if self._read is None:
            return super().wait_quiet(quiet_s=quiet_s, timeout_s=timeout_s, patience_s=patience_s)
        if self.problem_of_others:
            raise HarnessProblem(self.problem_of_others)
        facts = {"quiet_s": quiet_s, "timeout_s": timeout_s, "patience_s": patience_s}
        quiet: bool = self._line.ask("quiet", facts)["quiet"]
        return quiet

    @property
    def unanswered(self) -> list[Exchange]:
        """The exchanges that have begun and not ended, in the order they began."""
        if self._read is None:
            return super().unanswered
        return [each for each in self.exchanges() if not each.done]

    def _read_new(self) -> dict[str, Exchange]:
        self._read = {} if self._read is None else self._read
        for entry in read_entries(self.path, after=self._read_to):
            if entry.exchange:
                self._read[entry.exchange] = grown(self._read.get(entry.exchange), entry)
            elif entry.kind == LEDGER and entry.data["part"] != self._name:
                self._told.append(json.loads(entry.body))
            self._read_to = entry.seq
        return self._read


def journal_answers(journal: Callable[[], Journal]) -> dict[str, Answer]:
    """How the process that leads a run answers the parts of its journal, which is opened when first asked for."""

    def append(facts: Facts, body: bytes) -> Facts:
        entry = journal().take(facts["kind"], facts["exchange"], facts["at"], facts["facts"], body)
        return {"seq": entry.seq, "previous": entry.previous, "digest": entry.digest}

    def quiet(facts: Facts, _body: bytes) -> Facts:
        return {"quiet": journal().wait_quiet(**facts)}

    return {"append": append, "quiet": quiet}


class _Sent:
    """Has entries written by the process that leads the run; an entry is on the disk before `append` returns."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.seq = 0
        self.last_digest = GENESIS

    def append(self, kind: str, exchange: str, at: str, facts: dict[str, Any], body: bytes) -> Entry:
        """Have one entry written.

        Raises:
            HarnessProblem: it could not be written, or there is nobody to do it.
        """
        told = self._line.ask("append", {"kind": kind, "exchange": exchange, "at": at, "facts": facts}, body)
        self.seq, self.last_digest = told["seq"], told["digest"]
        return Entry(self.seq, kind, exchange, at, canonical(facts), body, told["previous"], self.last_digest)

    def close(self) -> None:
        """The one who writes closes the file."""
