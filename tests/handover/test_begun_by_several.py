"""A journal that several processes have begun is a run's own, when they begin before any of them sends anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.handover.entries import examine_journal
from eprom_verify.journal.journal import Journal
from eprom_verify.masking import Mask

FACTS = {"seed": 1, "edition": "2026-05"}


class Beginning:
    """A journal as the processes of a run begin it."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal(path, mask=Mask(), clock=system_clock)

    def begun(self, part: str = "", **facts: object) -> None:
        """One process has opened its ends."""
        told = FACTS | facts | ({"part": part} if part else {})
        self.journal.run_started(told, b"{}")

    def passed(self, operation: str, sender: str) -> None:
        """A message passes, and is answered."""
        exchange = self.journal.request(
            operation=operation, sender=sender, method="POST", url="http://x/y", headers=[], body=b"{}"
        )
        self.journal.response(exchange, status=200, headers=[], body=b"{}")

    def problems(self) -> list[str]:
        """What is found when it is looked at."""
        self.journal.close()
        return list(examine_journal(self.journal.path, {}).problems)


@pytest.fixture
def beginning(tmp_path: Path) -> Beginning:
    return Beginning(tmp_path / "journal.sqlite")


def test_a_callback_of_yesterday_comes_in_between(beginning: Beginning) -> None:
    """The receiver is open before the last of them has begun, and an environment sends what it will."""
    beginning.begun()
    beginning.begun("gw0")
    beginning.passed("I", "eprom")
    beginning.begun("gw1")
    beginning.passed("A", "bestillersystem")
    assert beginning.problems() == []


@pytest.mark.parametrize("sender", ["bestillersystem", "eprom-verify"])
def test_none_begins_when_one_has_sent_something(beginning: Beginning, sender: str) -> None:
    beginning.begun()
    beginning.begun("gw0")
    beginning.passed("A", sender)
    beginning.begun("gw1")
    [problem] = beginning.problems()
    assert problem.endswith("begynner den en gang til.")


def test_none_begins_another_run(beginning: Beginning) -> None:
    beginning.begun()
    beginning.begun("gw0", edition="2023-10")
    [problem] = beginning.problems()
    assert problem.endswith("begynner den en gang til.")
