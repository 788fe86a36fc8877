"""What a run that was stopped is said to lack."""

from __future__ import annotations

from rich.console import Console

from eprom_verify.runner.stage import Collected
from eprom_verify.runner.watch import Watch
from eprom_verify.verdict import Outcome, ScenarioResult


def test_stopped_before_collection() -> None:
    watch = Watch(Console(quiet=True), "prøven")
    watch.pytest_keyboard_interrupt()
    assert watch.incomplete_reasons(2, []) == [
        "Kjøringen ble avbrutt før scenariene var lest.",
        "Ingen scenarier ble kjørt.",
    ]


def test_stopped_before_a_worker_could_report() -> None:
    """What it had noted in the journal is known all the same."""
    written = {"a": ["1.1"], "b": ["1.2"]}
    watch = Watch(Console(quiet=True), "prøven")
    watch.begin(Collected(driver="x", written=written, chosen={"node a": ("a", "x"), "node b": ("b", "x")}))
    watch.pytest_keyboard_interrupt()
    assert watch.incomplete_reasons(2, [])[0] == "Kjøringen ble avbrutt: 2 scenarier ble ikke kjørt."
    watch.take_in({name: _waiting(name) for name in written})
    assert watch.incomplete_reasons(2, []) == ["Kjøringen ble avbrutt mens 2 scenarier ventet på ePROM."]
    assert watch.not_run == set()
    watch.close()


def _waiting(name: str) -> ScenarioResult:
    return ScenarioResult(
        id=name,
        name=name,
        feature="x.feature",
        line=1,
        chapter="x",
        tags=(),
        requirements=("1.1",),
        outcome=Outcome.WAITING,
        reason="Venter.",
        duration_s=0.1,
    )
