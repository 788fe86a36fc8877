"""What workers have in common, over their lines: a pace, a count, a terminal, and what happened to others' calls."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.config_sections import ConnectionSection
from eprom_verify.errors import ContractBroken, NetworkProblem
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.politeness import NetworkLog
from eprom_verify.line import Line, Switchboard
from eprom_verify.masking import Mask
from eprom_verify.network import Trouble
from eprom_verify.network_kinds import Kind
from eprom_verify.rig import Rig
from eprom_verify.runner.hub import Hub, RemoteHub
from eprom_verify.runner.outage import Outage, told_apart
from eprom_verify.verdict import Outcome

TROUBLE = Trouble(Kind.REFUSED, "Nådde ikke ePROM: ingen lytter.", "Sjekk miljøet.", unsent=True)


class Together:
    """A hub, and two that ask it; `shown` is what came to the terminal."""

    def __init__(self, hub: Hub, log: NetworkLog, workers: list[RemoteHub], shown: list[str]) -> None:
        self.hub, self.log, self.workers, self.shown = hub, log, workers, shown


@pytest.fixture
def together(tmp_path: Path) -> Iterator[Together]:
    shown: list[str] = []
    journal = Journal(tmp_path / "journal.sqlite", mask=Mask(), clock=system_clock)
    log = NetworkLog(journal)
    rig = cast(Rig, SimpleNamespace(journal=journal, network=log, abandoned=set(), unrecorded=0))
    connection = ConnectionSection(kall_i_sekundet=20.0)  # type: ignore[call-arg]  # by its alias
    hub = Hub(lambda part: nullcontext(rig), journal.path, system_clock, connection, shown.extend)
    hub.open()
    switchboard = Switchboard(hub.answers())
    lines = [Line(switchboard.port, switchboard.token) for _ in range(2)]
    yield Together(hub, log, [RemoteHub(line) for line in lines], shown)
    for each in lines:
        each.close()
    switchboard.close()
    journal.close()


def test_one_pace(together: Together) -> None:
    begun = monotonic()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda worker: [worker.take() for _ in range(10)], together.workers))
    assert monotonic() - begun >= 19 / 20.0


def test_all_hold_when_one_was_asked_to(together: Together) -> None:
    one, other = together.workers
    one.take()
    one.hold(1.0)
    begun = monotonic()
    other.take()
    assert monotonic() - begun > 0.9


def test_counted_together(together: Together) -> None:
    one, other = together.workers
    one.one_more("a")
    other.one_more("b")
    assert one.so_far() == other.so_far() == (2, "b")
    other.broken()
    assert one.so_far()[0] == 0


def test_three_of_all_pause_each(together: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has had none itself waits too, and the terminal is told once."""
    answers = iter([False, False, True, True])
    monkeypatch.setattr("eprom_verify.runner.outage._answers", lambda rig: next(answers))
    rig = cast(Rig, SimpleNamespace())
    outages = [Outage(each, attended=False, wait_s=60.0, first_look_s=0.05, row=each) for each in together.workers]
    stopped: Any = SimpleNamespace(stopped_by_network=True, reason="Ingen svarer.", outcome=Outcome.ERROR)
    for place in (0, 0, 1):
        assert outages[1 - place].waited(rig) == ""
        outages[place].came_to(stopped)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda each: each.waited(rig), outages)) == ["", ""]
    assert sum("Pause: nettverket har stanset 3 scenarier på rad." in each for each in together.shown) == 1
    assert together.workers[0].so_far()[0] == 0


def test_nobody_goes_on_when_one_has_given_up(together: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eprom_verify.runner.outage._answers", lambda rig: False)
    one, other = together.workers
    for _ in range(3):
        one.one_more("Ingen svarer.")
    outages = [Outage(each, attended=False, wait_s=0.2, first_look_s=0.05, row=each) for each in (one, other)]
    for each in outages:
        assert "miljøet svarte ikke igjen på 0.2 sekunder" in each.waited(cast(Rig, SimpleNamespace()))


def test_pause_ends_with_the_run(together: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker has given up, or Ctrl-C came: nobody looks for the environment any longer."""
    monkeypatch.setattr("eprom_verify.runner.outage._answers", lambda rig: False)
    ended = Event()
    worker = together.workers[0]
    for _ in range(3):
        worker.one_more("Ingen svarer.")
    outage = Outage(worker, attended=False, wait_s=600.0, first_look_s=300.0, row=worker, until=ended)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(outage.waited, cast(Rig, SimpleNamespace()))
        ended.set()
        assert waiting.result(timeout=20) == ""


def test_troubles_of_the_other_process(together: Together) -> None:
    """A call that the network stopped there is not held against an end in a scenario here."""
    worker = together.workers[0]
    log = NetworkLog(cast(Journal, None), elsewhere=worker.troubles)
    rig = cast(Rig, SimpleNamespace(network=log))

    def fails(*troubles: Trouble) -> None:
        with told_apart(rig):
            together.log.troubles.extend(troubles)
            raise ContractBroken("bestillersystem", "a", "b", source="c")

    together.log.troubles.append(TROUBLE)
    with pytest.raises(ContractBroken):
        fails()
    with pytest.raises(NetworkProblem, match="ingen lytter"):
        fails(TROUBLE)
    assert worker.troubles() == [TROUBLE, TROUBLE]


def test_set_aside_by_any(together: Together) -> None:
    assert together.hub.set_aside(["a"]) == ["a"]
    assert together.hub.set_aside(["b"]) == ["a", "b"]
    assert together.hub.aside == {"a", "b"}
