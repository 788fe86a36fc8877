"""In what order a worker goes on with what had to wait: with the others, and with a tester's answers last."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from eprom_verify.runner import worker
from eprom_verify.runner.worker import Worker


class Happened:
    """A worker of which everything round it is a note of what it did; the run is broken off at `broken_at`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, waiting: list[str], broken_at: str = "") -> None:
        self.notes: list[str] = []
        self._broken_at = broken_at
        monkeypatch.setattr(worker, "left_waiting", lambda items, ids: list(waiting))
        monkeypatch.setattr(worker, "needs_tester", lambda item: item.startswith("tester"))
        sender = SimpleNamespace(torun=None, item_index=9)
        hook = SimpleNamespace(pytest_runtest_protocol=self._run)
        config = SimpleNamespace(hook=hook, pluginmanager=SimpleNamespace(get_plugins=lambda: [sender]))
        state = SimpleNamespace(teardown_exact=lambda item: self.notes.append(f"ready for {item}"))
        self.session = SimpleNamespace(items=["last", *waiting], config=config, shouldstop="", _setupstate=state)
        self.attempts = SimpleNamespace(ahead=True)
        self.sender = sender
        made = self.worker = Worker.__new__(Worker)
        made._ordered, made._broken_off = False, threading.Event()
        made._stage = cast(Any, SimpleNamespace(rig=SimpleNamespace(attempts=self.attempts), waiting=waiting))
        made._line = cast(Any, SimpleNamespace(ask=self._ask))
        monkeypatch.setattr(made, "_see_all", lambda: self.notes.append("see all"))

    def go_on(self, then: str | None = "last") -> list[str]:
        """Let it go on; gives what happened."""
        self.worker._go_on_with_what_waits(cast(Any, self.session), then=cast(Any, then))
        return self.notes

    def _ask(self, where: str, facts: dict[str, Any]) -> dict[str, bool]:
        self.notes.append(f"{where} {facts.get('count', '')}".strip())
        return {"whole": where != self._broken_at}

    def _run(self, *, item: str, nextitem: str | None) -> None:
        assert self.session.items[self.sender.item_index] == item
        self.notes.append(f"{item}, then {nextitem}")


def test_testers_answers_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """When all have waited for the rest, and seeing what all have noted; and only once."""
    happened = Happened(monkeypatch, ["a", "b", "tester c"])
    expected = ["ready for a", "ordered 3", "a, then b", "b, then tester c", "waited", "see all", "tester c, then last"]
    assert happened.go_on() == expected
    assert not happened.attempts.ahead
    assert happened.sender.item_index == 9
    assert happened.go_on() == expected


@pytest.mark.parametrize("then", ["last", None])
def test_others_are_waited_for_without_anything_to_do(then: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Happened(monkeypatch, []).go_on(then) == ["ordered 0", "waited", "see all"]


@pytest.mark.parametrize(
    ("broken_at", "expected"),
    [
        ("ordered", ["ready for a", "ordered 2"]),
        ("waited", ["ready for a", "ordered 2", "a, then tester b", "waited"]),
    ],
)
def test_nothing_more_when_broken_off(broken_at: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    happened = Happened(monkeypatch, ["a", "tester b"], broken_at)
    assert happened.go_on() == expected
    assert happened.worker._broken_off.is_set()


def test_nobody_is_waited_for_when_it_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the network, say, in the first of them."""
    happened = Happened(monkeypatch, ["a", "b", "tester c"])
    run = happened._run

    def stopped(*, item: str, nextitem: str | None) -> None:
        run(item=item, nextitem=nextitem)
        happened.session.shouldstop = "the network is away"

    happened.session.config.hook.pytest_runtest_protocol = stopped
    assert happened.go_on() == ["ready for a", "ordered 3", "a, then b"]
