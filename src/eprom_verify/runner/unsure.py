"""Finds the callbacks whose answers ePROM may never have got: an answer is noted before it is sent."""

from __future__ import annotations

from datetime import datetime

from eprom_verify.journal.entries import Entry

HEARD_BY, UNSURE = "heard_by", "unsure"
"""What an entry says when another than the run noted it first, and when that one may not have sent its answer."""

JUST_S = 1.0
"""Seconds within which an answer that was noted has left the process, also on a machine with much to do."""


class Unsure:
    """Follows the entries of a journal, and tells which answers were the last that a process noted."""

    def __init__(self) -> None:
        self._settled: set[str] = set()
        self._asked: set[str] = set()
        self._answered: list[tuple[datetime, str]] = []

    @property
    def names(self) -> set[str]:
        """The ids of the exchanges that were answered just before a process ended, the last one too."""
        return self._settled | {name for _, name in self._answered}

    def take(self, entry: Entry) -> None:
        """Look at one more entry."""
        if HEARD_BY in entry.data:
            if UNSURE in entry.data:
                self._settled.add(entry.exchange)
            return
        at = datetime.fromisoformat(entry.at)
        self._answered = [each for each in self._answered if entry.kind == "run" or _just(each[0], at)]
        match entry.kind:
            case "run":
                self._settled = self.names
                self._answered.clear()
            case "end":
                # Whatever was answered was sent while the ends closed.
                self._answered.clear()
            case "request" if entry.data["sender"] == "eprom":
                self._asked.add(entry.exchange)
            case "response" if entry.exchange in self._asked:
                self._answered.append((at, entry.exchange))


def _just(before: datetime, at: datetime) -> bool:
    return (at - before).total_seconds() <= JUST_S
