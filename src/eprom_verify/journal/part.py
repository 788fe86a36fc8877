"""A worker's part of a journal: it keeps what it has noted itself, and another process writes all of it down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from eprom_verify.clock import Clock
from eprom_verify.errors import HarnessProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.attempts import ACT
from eprom_verify.journal.entries import GENESIS, Entry, canonical
from eprom_verify.journal.journal import LEDGER, SET_ASIDE, Journal, grown
from eprom_verify.journal.leading import MOST_AT_ONCE, received
from eprom_verify.journal.store import read_entries
from eprom_verify.line import Answer, Facts, Line
from eprom_verify.masking import Mask

_HEED_S = 1.0
"""How often one that waits sees whether the run was broken off; what is received wakes it at once."""


class PartJournal(Journal):
    """A journal that is one of several in a run, which are written to one file by the process that leads the run.

    The numbers of the entries are those of the file, so that they grow here too. What is seen, and waited for, is what
    this part notes itself; with `hears_until`, also what the one that leads the run has received (`LeadingJournal`),
    and a wait for it is broken off, as by Ctrl-C, when that event is set. From `read_on` on, what is seen, and waited
    for to be quiet, is all parts together; `problem_of_others` is why it will not be quiet in another, or "".
    """

    def __init__(
        self,
        path: Path,
        line: Line,
        *,
        name: str,
        mask: Mask,
        clock: Clock,
        hears_until: threading.Event | None = None,
    ) -> None:
        super().__init__(path, mask=mask, clock=clock, store=_Sent(line))
        self._line = line
        self.part = name
        self._hears_until = hears_until
        self._hearing = threading.Lock()
        self._heard = 0
        self._heard_seq = 0
        self._read: dict[str, Exchange] | None = None
        self._read_to = 0
        self._told: list[dict[str, Any]] = []
        self.problem_of_others = ""

    @property
    def seq(self) -> int:
        """The number of the newest entry that is known here."""
        self._hear()
        return max(super().seq, self._heard_seq)

    def note_ledger(self, changes: dict[str, Any]) -> None:
        """Note what the scenarios here have caused, for whoever looks at the whole run."""
        self.note(LEDGER, {"part": self.part}, json.dumps(changes).encode())

    def read_on(self) -> list[dict[str, Any]]:
        """See all parts from now on; gives what the others have noted in their ledgers since the last time."""
        with self._lock:
            self._read_new()
            told, self._told = self._told, []
            return told

    def wait_for(self, wanted: Callable[[Exchange], bool], *, timeout_s: float, since: int = 0) -> Exchange | None:
        """The first finished exchange that `wanted` says yes to; see `Journal.wait_for`.

        Raises:
            KeyboardInterrupt: the run was broken off.
        """
        if self._hears_until is None:
            return super().wait_for(wanted, timeout_s=timeout_s, since=since)
        # Nothing is noted here while this waits: what comes, comes to the one that is asked.
        deadline = monotonic() + timeout_s
        while True:
            self._hear()
            found = super().wait_for(wanted, timeout_s=0, since=since)
            left = deadline - monotonic()
            if found is not None or left <= 0:
                return found
            if self._hears_until.is_set():
                raise KeyboardInterrupt
            self._hear(min(left, _HEED_S))

    def exchanges(self, *, since: int = 0) -> list[Exchange]:
        """The exchanges whose request is younger than entry number `since`, in the order they began."""
        self._hear()
        with self._lock:
            if self._read is None:
                return self._younger_than(since)
            seen = self._read_new().values()
            return [each for each in seen if each.request.seq > since and each.id not in self._aside]

    def spoiled(self, *, since: int = 0) -> list[Exchange]:
        """The exchanges younger than entry number `since` that were set aside, in the order they began."""
        self._hear()
        with self._lock:
            if self._read is None:
                return super().spoiled(since=since)
            seen = self._read_new().values()
            return [each for each in seen if each.request.seq > since and each.id in self._aside]

    def wait_quiet(self, *, quiet_s: float, timeout_s: float, patience_s: float = inf) -> bool:
        """Wait until every exchange has ended and nothing has been noted for `quiet_s`; see `Journal.wait_quiet`.

        Raises:
            HarnessProblem: in another part it was never quiet.
        """
        if self._read is None and self._hears_until is not None:
            until = monotonic() + timeout_s
            self._hear()
            while not super().wait_quiet(quiet_s=quiet_s, timeout_s=0, patience_s=patience_s):
                if (left := until - monotonic()) <= 0:
                    return False
                self._hear(min(left, quiet_s, _HEED_S))
            return True
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

    def _hear(self, timeout_s: float = 0.0) -> None:
        """Take in what the one that leads the run has received, up to now; waits for it when there is nothing."""
        if self._hears_until is None:
            return
        with self._hearing:
            while True:
                told = self._line.ask("heard", {"after": self._heard, "timeout_s": timeout_s})["entries"]
                with self._lock:
                    for each in told:
                        self._take_heard(received(each))
                self._heard += len(told)
                if len(told) < MOST_AT_ONCE:
                    return
                timeout_s = 0.0

    def _take_heard(self, entry: Entry) -> None:
        self._heard_seq = entry.seq
        if entry.kind == SET_ASIDE:
            self._aside.add(entry.data["exchange"])
            return
        self._keep(entry)
        if entry.kind == "request":
            # What this part noted itself meanwhile may be younger, and stands here already.
            self._begun.sort(key=lambda each: self._exchanges[each].request.seq)

    def _read_new(self) -> dict[str, Exchange]:
        self._read = {} if self._read is None else self._read
        for entry in read_entries(self.path, after=self._read_to):
            if entry.exchange:
                self._read[entry.exchange] = grown(self._read.get(entry.exchange), entry)
            elif entry.kind in (LEDGER, ACT) and entry.body and entry.data["part"] != self.part:
                self._told.append(json.loads(entry.body))
            elif entry.kind == SET_ASIDE:
                self._aside.add(entry.data["exchange"])
            self._read_to = entry.seq
        return self._read


def journal_answers(journal: Callable[[], Journal]) -> dict[str, Answer]:
    """How the process that leads a run answers the parts of its journal, which is opened when first asked for."""

    def append(facts: Facts, body: bytes) -> Facts:
        if not facts["exchange"] and journal().problem:
            # What has passed between the ends is kept as long as can be; what is made of it holds no more.
            raise HarnessProblem(journal().problem)
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
