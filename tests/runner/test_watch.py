"""What a run that was stopped is said to lack."""

from __future__ import annotations

from rich.console import Console

from eprom_verify.runner.watch import Watch


def test_stopped_before_collection() -> None:
    watch = Watch(Console(quiet=True), "prøven")
    watch.pytest_keyboard_interrupt()
    assert watch.incomplete_reasons(2, []) == [
        "Kjøringen ble avbrutt før scenariene var lest.",
        "Ingen scenarier ble kjørt.",
    ]
