"""When the network and not an end stops scenarios: told apart from failures, and waited for when it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import Protocol
from uuid import uuid4

from eprom_verify.contract.operations import SIGNED_DOCUMENT
from eprom_verify.errors import HarnessProblem, NotApplicable, Waiting
from eprom_verify.rig import Rig
from eprom_verify.verdict import Outcome, ScenarioResult

IN_A_ROW = 3
"""So many scenarios in a row that the network alone stopped pause the run."""

FIRST_LOOK_S = 1.0
LAST_LOOK_S = 60.0
_HEED_EVERY_S = 0.2
_ANSWERED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.WAITING})
"""What a scenario that ePROM has answered comes to; what else it can come to says nothing of the network."""


@contextmanager
def told_apart(rig: Rig | None) -> Iterator[None]:
    """Let a scenario in which a call came to no answer of ePROM's own end as the network's problem, and no end's.

    Raises:
        NetworkProblem: instead of what the scenario itself ended with.
    """
    log = rig.network if rig is not None else None
    before = log.count() if log is not None else (0, 0)
    try:
        yield
    except (NotApplicable, Waiting):
        raise
    except Exception as exc:
        # A failure that has nothing to do with it will show again: the scenario is not decided, and runs again.
        if log is not None and (new := log.since(before)):
            raise new[0].problem() from exc
        raise


class Terminal(Protocol):
    """Where a run is watched. `said` gives the next line that a person has written, or None; see `Tester`."""

    def show(self, lines: Iterable[str]) -> None:
        """Show these lines."""

    def tell(self, lines: Iterable[str]) -> None:
        """Show these lines, and listen to what is said from now on."""

    def said(self) -> str | None:
        """Raises: EOFError: nobody is there."""


class StoppedInARow(Protocol):
    """How many scenarios in a row the network alone has stopped, in the whole run, and why the last."""

    def one_more(self, reason: str) -> None:
        """One more was stopped."""

    def broken(self) -> None:
        """ePROM has answered."""

    def so_far(self) -> tuple[int, str]:
        """How many there are, and why."""


class CountedHere:
    """The row of a run whose scenarios come one after the other, or are counted here for all."""

    def __init__(self) -> None:
        self._count, self._reason = 0, ""

    def one_more(self, reason: str) -> None:
        """See `StoppedInARow`."""
        self._count, self._reason = self._count + 1, reason

    def broken(self) -> None:
        """See `StoppedInARow`."""
        self._count = 0

    def so_far(self) -> tuple[int, str]:
        """See `StoppedInARow`."""
        return self._count, self._reason


@dataclass
class Outage:
    """Follows what scenarios come to, and waits when the network has stopped too many of them in a row.

    `attended` says that a person can be asked; without, `wait_s` is how long an environment is looked for. `row` is
    counted elsewhere when several processes share the scenarios, and nobody waits any longer when `until` is set.
    """

    terminal: Terminal
    attended: bool
    wait_s: float
    first_look_s: float = FIRST_LOOK_S
    row: StoppedInARow = field(default_factory=CountedHere)
    until: Event = field(default_factory=Event)

    def came_to(self, result: ScenarioResult) -> None:
        """Take in what a scenario came to."""
        if result.stopped_by_network:
            self.row.one_more(result.reason)
        elif result.outcome in _ANSWERED:
            self.row.broken()

    def waited(self, rig: Rig) -> str:
        """Wait, when it is time to; gives why the run is to stop, "" when it goes on."""
        count, reason = self.row.so_far()
        if count < IN_A_ROW:
            return ""
        self._begin(reason)
        ended = self._wait(lambda: _answers(rig))
        if ended:
            # The terminal shows the beginning of it. The row stays: nobody else is to go on either.
            return f"{ended} Ta den opp igjen med eprom-verify run --resume. {reason}"
        if not self.until.is_set():
            self.row.broken()
        return ""

    def _begin(self, reason: str) -> None:
        lines = ["", f"Pause: nettverket har stanset {IN_A_ROW} scenarier på rad.", f"  {reason}"]
        if self.attended:
            self.terminal.tell(
                [
                    *lines,
                    "Kjøringen fortsetter når miljøet svarer igjen, eller når du trykker Enter. "
                    "Skriv «stopp» for å stanse den.",
                ]
            )
            return
        self.terminal.show(
            [*lines, f"Kjøringen fortsetter når miljøet svarer igjen, og stanser etter {self.wait_s:g} sekunder uten."]
        )

    def _wait(self, answers: Callable[[], bool]) -> str:
        deadline, interval_s = monotonic() + self.wait_s, self.first_look_s
        while True:
            look_at = monotonic() + interval_s
            if not self.attended:
                look_at = min(look_at, deadline)
            said = self._heed(until=look_at)
            if self.until.is_set():
                return ""
            if said == "stopp":
                return "Testeren stanset kjøringen mens nettverket var nede."
            if said is None and answers():
                self.terminal.show(["Miljøet svarer igjen. Kjøringen fortsetter."])
                return ""
            if said is not None:
                self.terminal.show(["Kjøringen fortsetter."])
                return ""
            if not self.attended and monotonic() >= deadline:
                return f"Nettverket stanset kjøringen, og miljøet svarte ikke igjen på {self.wait_s:g} sekunder."
            interval_s = min(2 * interval_s, LAST_LOOK_S)

    def _heed(self, *, until: float) -> str | None:
        """What the person said before then: "stopp", or "" to go on; None when nobody said anything."""
        while (left_s := until - monotonic()) > 0:
            try:
                said = self.terminal.said() if self.attended else None
            except EOFError:
                # Whoever was there has left: from now on it is a run without.
                self.attended = False
                return None
            if said is not None and said.strip().casefold() in ("", "stopp"):
                return said.strip().casefold()
            if said is not None:
                self.terminal.show(["Trykk Enter for å fortsette, eller skriv «stopp»."])
            if self.until.wait(min(left_s, _HEED_EVERY_S) if self.attended else left_s):
                return None
        return None


def _answers(rig: Rig) -> bool:
    """Whether ePROM answers a call that changes nothing: it is asked for a document that does not exist."""
    try:
        exchange, _ = rig.direct.fetch(SIGNED_DOCUMENT.path.format(signedFormId=uuid4()))
    except HarnessProblem:
        return False
    if rig.network is not None:
        rig.network.set_aside(exchange.id, "Verktøyet så etter om miljøet svarer.")
    return True
