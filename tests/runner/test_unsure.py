"""Which answers may never have been sent: those that a process noted last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eprom_verify.journal.journal import Journal
from eprom_verify.journal.store import read_entries
from eprom_verify.masking import Mask
from eprom_verify.runner.record import read_record
from eprom_verify.runner.unsure import Unsure

START = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Telling:
    """A journal whose clock is told."""

    def __init__(self, path: Path) -> None:
        self.now = 0.0
        self.path = path
        self.journal = Journal(path, mask=Mask(), clock=lambda: START + timedelta(seconds=self.now))

    def begins(self, *, at: float, **facts: bool) -> None:
        self.now = at
        self.journal.run_started({"seed": 1, "edition": "2026-05"} | facts, b"{}")

    def callback(self, *, at: float, sender: str = "eprom") -> str:
        self.now = at
        begun = self.journal.request(operation="I", sender=sender, method="PUT", url="/", headers=[], body=b"{}")
        self.journal.response(begun, status=200, headers=[], body=b"{}")
        return begun

    def unsure(self) -> set[str]:
        return read_record(self.path).unsure


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Telling]:
    made = Telling(tmp_path / "journal.sqlite")
    made.begins(at=0)
    yield made
    made.journal.close()


def test_the_last_of_a_process(telling: Telling) -> None:
    telling.callback(at=1)
    last = {telling.callback(at=10), telling.callback(at=10.5)}
    telling.callback(at=10.6, sender="bestillersystem")
    assert telling.unsure() == last
    telling.begins(at=3600, resumed=True)
    telling.callback(at=3601)
    late = telling.callback(at=3700)
    assert telling.unsure() == last | {late}


def test_something_came_after_it(telling: Telling) -> None:
    """Whatever the process did a while later shows that it was there to send."""
    telling.callback(at=10)
    telling.now = 11.5
    telling.journal.note("ledger", {}, b"{}")
    telling.begins(at=3600, resumed=True)
    assert telling.unsure() == set()


def test_orderly_end(telling: Telling) -> None:
    telling.callback(at=10)
    telling.journal.note("end", {})
    found = Unsure()
    for entry in read_entries(telling.path):
        found.take(entry)
    assert found.names == set()
