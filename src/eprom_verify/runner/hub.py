"""What workers have in common where ePROM is an environment: one receiver and its stores, one pace, one terminal.

The process that leads the run holds it, and workers ask for it over their line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Set
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import cast

from eprom_verify.clock import Clock
from eprom_verify.config_sections import ConnectionSection
from eprom_verify.journal.leading import LeadingJournal
from eprom_verify.journal.politeness import Limit
from eprom_verify.line import Answer, Facts, Line
from eprom_verify.network import Trouble
from eprom_verify.network_kinds import Kind
from eprom_verify.rig import Rig
from eprom_verify.runner.others import of_others
from eprom_verify.runner.outage import CountedHere
from eprom_verify.wiring import Part


class Hub:
    """Holds it: `open_rig` opens the rig that receives for all, when somebody has something to note in the journal at
    `path`.

    `call_s` is how many seconds a call may take. Whoever makes a hub closes it.
    """

    def __init__(
        self,
        open_rig: Callable[[Part], AbstractContextManager[Rig]],
        path: Path,
        clock: Clock,
        connection: ConnectionSection,
        show: Callable[[Iterable[str]], None],
    ) -> None:
        self._open_rig = open_rig
        self.call_s: float = connection.timeout_s
        self._limit = Limit(connection.calls_per_second)
        self._part = Part("", lambda mask: LeadingJournal(path, mask=mask, clock=clock), turns=self._limit)
        self._show = show
        self._shown: list[str] = []
        self._counting = threading.Lock()
        self._row = CountedHere()
        self._stack = ExitStack()
        self.rig: Rig | None = None
        self.reasons: list[str] = []
        self.remarks: list[str] = []

    def open(self) -> LeadingJournal:
        """Receive from now on; gives the journal that all is written to.

        Raises:
            UsageProblem: the receiver cannot be opened on this machine (a port is taken).
        """
        self.rig = self._stack.enter_context(self._open_rig(self._part))
        return self._journal

    def close(self) -> None:
        """Stop receiving, and seal the journal."""
        self._stack.close()
        if self.rig is not None:
            self.remarks = of_others(self.rig)
            if count := self.rig.unrecorded:
                self.reasons.append(f"{count} {'melding' if count == 1 else 'meldinger'} ble ikke ført i journalen.")

    @property
    def aside(self) -> Set[str]:
        """The ids of the exchanges that nothing is judged by."""
        return self.rig.abandoned if self.rig else frozenset()

    def answers(self) -> dict[str, Answer]:
        """How workers are answered."""
        return {
            "heard": lambda facts, body: self._journal.heard(facts, body),
            "turn": self._give_turn,
            "hold": self._hold,
            "troubles": self._tell_troubles,
            "show": self._take_lines,
            "row": self._count,
        }

    def set_aside(self, ids: Iterable[str]) -> list[str]:
        """Let nothing be judged by what a worker has set aside; gives what all have."""
        assert self.rig is not None
        self.rig.abandoned.update(ids)
        return sorted(self.rig.abandoned)

    @property
    def _journal(self) -> LeadingJournal:
        assert self.rig is not None
        return cast(LeadingJournal, self.rig.journal)

    def _give_turn(self, _facts: Facts, _body: bytes) -> Facts:
        self._limit.take()
        return {}

    def _hold(self, facts: Facts, _body: bytes) -> Facts:
        self._limit.hold(facts["seconds"])
        return {}

    def _tell_troubles(self, _facts: Facts, _body: bytes) -> Facts:
        troubles = self.rig.network.troubles if self.rig and self.rig.network else []
        return {"troubles": [[each.kind.name, each.text, each.remedy, each.unsent] for each in troubles]}

    def _count(self, facts: Facts, _body: bytes) -> Facts:
        with self._counting:
            if facts["stopped"]:
                self._row.one_more(facts["stopped"])
            elif facts["answered"]:
                self._row.broken()
            return {"so_far": self._row.so_far()}

    def _take_lines(self, facts: Facts, _body: bytes) -> Facts:
        """Show what a worker has to say; several may have the same to say, of the same network."""
        if facts["lines"] != self._shown:
            self._shown = facts["lines"]
            self._show(self._shown)
        return {}


class RemoteHub:
    """What a worker sees of it, over its line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def take(self) -> None:
        """Wait for one's turn to call ePROM."""
        self._line.ask("turn", {})

    def hold(self, seconds: float) -> None:
        """Let nobody call ePROM for so long."""
        self._line.ask("hold", {"seconds": seconds})

    def troubles(self) -> list[Trouble]:
        """What the network did to the calls of the process that leads."""
        told = self._line.ask("troubles", {})["troubles"]
        return [Trouble(Kind[name], text, remedy, unsent) for name, text, remedy, unsent in told]

    def one_more(self, reason: str) -> None:
        """The network has stopped one more scenario."""
        self._line.ask("row", {"stopped": reason, "answered": False})

    def broken(self) -> None:
        """ePROM has answered."""
        self._line.ask("row", {"stopped": "", "answered": True})

    def so_far(self) -> tuple[int, str]:
        """How many scenarios in a row the network has stopped, of all workers, and why."""
        count, reason = self._line.ask("row", {"stopped": "", "answered": False})["so_far"]
        return count, reason

    def show(self, lines: Iterable[str]) -> None:
        """Show these lines at the terminal of the run."""
        self._line.ask("show", {"lines": list(lines)})

    def tell(self, lines: Iterable[str]) -> None:
        """Show these lines; nobody can answer a worker."""
        self.show(lines)

    def said(self) -> str | None:
        """Raises: EOFError: nobody can answer a worker."""
        raise EOFError
