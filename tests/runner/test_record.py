"""What a journal tells of a run that the network stopped: what nothing is judged by when it is taken up again."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.journal.attempts import Act, Attempt, Attempts
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.politeness import NetworkLog
from eprom_verify.masking import Mask
from eprom_verify.runner.record import ATTESTATION, SCENARIO, read_record
from eprom_verify.verdict import Outcome, ScenarioResult, scenario_to_json

ORDER_ID = "6c2b1a51-6f7e-4f0b-9b43-5b1c2f0f7f11"


class Run:
    """A journal that is written as a run writes it."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal(path, mask=Mask(), clock=system_clock)
        self.journal.run_started({"seed": 1}, b"{}")

    def order(self) -> str:
        """An order that was made."""
        made = self._request("A", b'{"nationalId": "x"}')
        self.journal.response(made, status=200, headers=[], body=f'{{"id": "{ORDER_ID}"}}'.encode())
        return made

    def begin(self, scenario: str) -> Attempts:
        """A scenario that is about to have something ordered."""
        attempts = Attempts(self.journal)
        part = self.journal.part
        attempts.begin(scenario, Attempt(str(uuid4()), self.journal.seq, system_clock(), part=part))
        return attempts

    def unanswered(self) -> str:
        """An order that the process was lost in the middle of."""
        return self._request("A", b'{"nationalId": "x"}')

    def take_up(self) -> None:
        """The run is taken up again."""
        self.journal.run_started({"seed": 1, "resumed": True}, b"{}")

    def status(self) -> str:
        """A status of that order."""
        told = self._request("I", f'{{"formOrderId": "{ORDER_ID}"}}'.encode())
        self.journal.response(told, status=200, headers=[], body=b'{"success": true}')
        return told

    def spoiled(self) -> str:
        """A call that the network spoiled."""
        lost = self._request("E", b"")
        self.journal.failure(lost, "Ingen svarer på adressen.")
        NetworkLog(self.journal).set_aside(lost, "Ingen svarer.")
        return lost

    def scenario(self, *, stopped: bool, name: str = "") -> None:
        """The end of a scenario."""
        result = ScenarioResult(
            id=name or str(uuid4()),
            name="x",
            feature="x.feature",
            line=1,
            chapter="x",
            tags=(),
            requirements=("1.1",),
            outcome=Outcome.ERROR if stopped else Outcome.PASSED,
            reason="",
            duration_s=0.1,
            stopped_by_network=stopped,
        )
        facts = {"part": self.journal.part} if self.journal.part else {}
        self.journal.note(SCENARIO, facts, scenario_to_json(result).encode())

    def abandoned(self) -> frozenset[str]:
        """What the journal says that nothing is judged by."""
        return read_record(self.journal.path).abandoned

    def _request(self, operation: str, body: bytes) -> str:
        return self.journal.request(
            operation=operation, sender="x", method="POST", url="http://127.0.0.1/", headers=[], body=body
        )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "journal.sqlite")


def test_all_of_a_stopped_scenario(run: Run) -> None:
    """Its order was made, and what comes of it later belongs to no result either."""
    order, lost = run.order(), run.spoiled()
    run.scenario(stopped=True)
    run.status()
    run.scenario(stopped=False)
    assert run.abandoned() == {order, lost, ORDER_ID}
    run.journal.close()


def test_only_the_attempt_of_one_that_passed(run: Run) -> None:
    run.order()
    lost = run.spoiled()
    run.status()
    run.scenario(stopped=False)
    assert run.abandoned() == {lost}
    run.journal.close()


def test_order_of_an_earlier_scenario_stays(run: Run) -> None:
    """A late status of an order that came to its result is no leftover of the scenario that was stopped then."""
    run.order()
    run.scenario(stopped=False)
    run.status()
    lost = run.spoiled()
    run.scenario(stopped=True)
    assert run.abandoned() == {lost}
    run.journal.close()


def test_unanswered_order_stays_uncertain(run: Run) -> None:
    """However often the run is taken up: the second time, nothing but the journal knows that it was sent."""
    run.begin("a")
    run.unanswered()
    run.take_up()
    run.scenario(stopped=False)
    run.take_up()
    assert read_record(run.journal.path).attempts["a"].uncertain
    run.journal.close()


def test_order_that_nobody_told_of_stays_adopted(run: Run) -> None:
    run.begin("a")
    order = run.order()
    run.take_up()
    run.status()
    run.take_up()
    recorded = read_record(run.journal.path)
    assert recorded.attempts["a"].acts == [Act(order, adopted=True)]
    assert run.abandoned() == frozenset()
    run.journal.close()


def test_order_belongs_to_who_made_it(run: Run) -> None:
    """A scenario that was lost in the middle, and not reached again, does not get what another has ordered since."""
    run.begin("a")
    first = run.order()
    run.take_up()
    run.begin("b")
    second = run.order()
    run.take_up()
    acts = {name: each.acts for name, each in read_record(run.journal.path).attempts.items()}
    assert acts == {"a": [Act(first, adopted=True)], "b": [Act(second, adopted=True)]}
    run.journal.close()


def test_act_and_ledger_are_kept_together(run: Run) -> None:
    """What was ordered counts as asked for, though the process was lost before the scenario came to its end."""
    changes = {"rig.Ledger": {"asked": {"x": 1}}}
    run.begin("a").did("a", run.order(), changes)
    run.take_up()
    recorded = read_record(run.journal.path)
    assert recorded.ledgers == [changes]
    assert [each.adopted for each in recorded.attempts["a"].acts] == [False]
    run.journal.close()


def test_adopted_order_is_told_of_once(run: Run) -> None:
    attempts = run.begin("a")
    order = run.order()
    run.take_up()
    attempts.did("a", order, {})
    run.take_up()
    assert read_record(run.journal.path).attempts["a"].acts == [Act(order)]
    run.journal.close()


def test_when_nothing_ran(run: Run) -> None:
    """From the last thing that the run noted itself; a tester's answer is given while it is stopped."""
    run.order()
    last = read_record(run.journal.path).last_at
    run.journal.note(ATTESTATION, {"requirement": "2.1"}, _ANSWER.encode())
    run.take_up()
    recorded = read_record(run.journal.path)
    assert recorded.away == [(last, recorded.resumed[0])]
    run.journal.close()


_ANSWER = (
    '{"requirement": "2.1", "answer": "godkjent", "words": "Sett.", "tester": "Kari", '
    '"at": "2026-05-01T10:00:00+00:00", "attachments": []}'
)


def part_of(run: Run, name: str) -> Run:
    """The same journal, as the process of this name writes it."""
    made = Run.__new__(Run)
    made.journal = run.journal
    made.journal.part = name
    return made


def test_each_process_was_in_the_middle_of_its_own(run: Run) -> None:
    """Two were lost, one with an order that was answered and one without: each scenario keeps its own."""
    part_of(run, "gw0").begin("a")
    part_of(run, "gw1").begin("b")
    asked = part_of(run, "gw0").unanswered()
    made = part_of(run, "gw1").order()
    part_of(run, "").take_up()
    recorded = read_record(run.journal.path)
    assert recorded.attempts["a"].uncertain
    assert recorded.attempts["a"].acts == []
    assert not recorded.attempts["b"].uncertain
    assert recorded.attempts["b"].acts == [Act(made, adopted=True)]
    assert asked not in recorded.made
    run.journal.close()


def test_end_of_a_scenario_is_the_end_of_its_own(run: Run) -> None:
    """What another process is in the middle of stays its own."""
    part_of(run, "gw0").begin("a")
    made = part_of(run, "gw0").order()
    part_of(run, "gw1").scenario(stopped=False)
    part_of(run, "").take_up()
    assert read_record(run.journal.path).attempts["a"].acts == [Act(made, adopted=True)]
    run.journal.close()


def test_network_stops_one_of_several(run: Run) -> None:
    """Nothing is judged by what is left of that one; the other goes on with what it had ordered."""
    mine = part_of(run, "gw0")._request("B", b"{}")
    part_of(run, "gw1").begin("b")
    theirs = part_of(run, "gw1").order()
    part_of(run, "gw0").scenario(stopped=True)
    abandoned = run.abandoned()
    assert mine in abandoned
    part_of(run, "gw1").begin("b").did("b", theirs, {})
    assert run.abandoned() == {mine}
    run.journal.close()


def test_second_act_is_lost_after_the_run_was_taken_up(run: Run) -> None:
    """One process goes on with what another began: what it sent and nobody saw answered is not sent again, and is of
    no scenario that it had not reached."""
    attempts = part_of(run, "gw0").begin("a")
    attempts.did("a", part_of(run, "gw0").order(), {})
    part_of(run, "gw1").begin("b")
    part_of(run, "").take_up()
    attempts = Attempts(run.journal, read_record(run.journal.path).attempts.items())
    attempts.goes_on("a")
    run.unanswered()
    run.take_up()
    recorded = read_record(run.journal.path)
    assert recorded.attempts["a"].uncertain
    assert not recorded.attempts["b"].uncertain
    assert recorded.attempts["a"].part == "gw0"
    run.journal.close()


def test_second_act_of_one_that_waited(run: Run) -> None:
    """It has a result, that it waits, and yet it may be in the middle of something."""
    attempts = run.begin("a")
    attempts.did("a", run.order(), {})
    attempts.left("a")
    run.scenario(stopped=False, name="a")
    attempts.goes_on("a")
    made = run.order()
    run.take_up()
    assert read_record(run.journal.path).attempts["a"].acts[-1] == Act(made, adopted=True)
    run.journal.close()


def test_one_that_was_lost_before_has_not_sent_what_came_later(run: Run) -> None:
    """It began last, and is not in the middle of anything: what is lost now is of the one that went on."""
    attempts = run.begin("a")
    attempts.did("a", run.order(), {})
    attempts.left("a")
    run.scenario(stopped=False, name="a")
    run.begin("b")
    run.take_up()
    attempts = Attempts(run.journal, read_record(run.journal.path).attempts.items())
    attempts.goes_on("a")
    run.unanswered()
    run.take_up()
    recorded = read_record(run.journal.path)
    assert recorded.attempts["a"].uncertain
    assert not recorded.attempts["b"].uncertain
    run.journal.close()
