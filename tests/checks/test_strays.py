"""What an environment that others use too tells of that nobody in the run has made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from eprom_verify.checks.letter_case import LetterLedger
from eprom_verify.checks.letters_whole_run import follow_contract, statuses_belong_to_letters
from eprom_verify.checks.letters_whole_run import no_status_twice as no_letter_status_twice
from eprom_verify.checks.whole_run import (
    no_errors,
    no_status_twice,
    one_outcome_each,
    requests_follow_contract,
    responses_follow_contract,
    statuses_belong_to_orders,
)
from eprom_verify.clock import system_clock
from eprom_verify.config import parse_config
from eprom_verify.contract import Contract
from eprom_verify.errors import ContractBroken, ForAPerson, Unverified
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorder import Recorder
from eprom_verify.keys import KEY_VARIABLE
from eprom_verify.masking import Mask
from eprom_verify.rig import Rig
from eprom_verify.runner.others import of_others
from eprom_verify.wiring import open_rig

KEY = "en-felles-nokkel-0123"
MINE, LETTER = str(uuid4()), str(uuid4())


class Passing:
    """Lets messages pass into a journal, as they would between the ends."""

    def __init__(self, journal: Journal) -> None:
        self._recorder = Recorder(journal, Contract("2026-05"), keys=[KEY])

    def pass_by(self, sender: str, method: str, path: str, body: object, status: int, answer: object) -> None:
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Authorization", f"Basic {KEY}")]
        content, told = json.dumps(body).encode(), headers if sender == "bestillersystem" else headers[:1]
        begun, operation = self._recorder.request(
            sender=sender, method=method, url=f"http://eprom{path}", path=path, headers=told, body=content
        )
        given = json.dumps(answer).encode()
        self._recorder.response(begun, operation, status=status, headers=headers[:1], body=given)

    def order(self, order: str) -> None:
        self.pass_by("bestillersystem", "POST", "/api/v2/formorder", {"nationalId": "x"}, 200, {"id": order})

    def letter(self, letter: str) -> None:
        answer = {"messageToCitizenId": letter}
        self.pass_by("bestillersystem", "POST", "/api/v2/messagetocitizen", {"nationalId": "x"}, 200, answer)

    def status(self, order: str, told: str = "Ordered", *, success: bool = True, **more: object) -> None:
        body = {"apiKey": KEY, "formOrderId": order, "formOrderStatus": told, "notificationChannel": 1}
        body |= {
            "formOrderStatusErrorCode": "None",
            "timestamp": "2026-11-27T10:20:10",
            "timestampUtc": "2026-11-27T09:20:10Z",
        } | more
        self.pass_by("eprom", "PUT", "/api/PromsFormOrder", body, 200, {"success": success})

    def letter_status(self, letter: str, **more: object) -> None:
        body = {"apiKey": KEY, "messageToCitizenId": letter, "sentStatus": 0, "notificationChannel": 1} | more
        self.pass_by("eprom", "PUT", "/api/MessageToCitizen", body, 200, {"success": True})


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """A run against an environment that it need not reach here."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    folder = tmp_path / "2026-11-27T000000Z-bbbb"
    folder.mkdir()
    config = parse_config({"eprom": "http://127.0.0.1:9/promswebapi", "frister": {"quiet_s": 0.05}}, "prøven")
    with open_rig(config, folder, seed=1) as opened:
        yield opened


@pytest.fixture
def passing(rig: Rig) -> Passing:
    """One order and one letter of the run, with a status each."""
    made = Passing(rig.journal)
    made.order(MINE)
    made.status(MINE)
    made.letter(LETTER)
    made.letter_status(LETTER)
    return made


def another_run(rig: Rig, name: str) -> tuple[Passing, Callable[[], None]]:
    folder = rig.journal.path.parent.parent / name
    folder.mkdir()
    journal = Journal(folder / "journal.sqlite", mask=Mask(), clock=system_clock)
    journal.run_started({"seed": 1, "edition": "2026-05"}, b"{}")
    return Passing(journal), journal.close


def test_own_statuses_belong(rig: Rig, passing: Passing) -> None:
    statuses_belong_to_orders(rig)
    statuses_belong_to_letters(rig)
    assert of_others(rig) == []


@pytest.mark.parametrize("name", ["2026-11-26T000000Z-aaaa", "mottak"])
def test_of_another_run(rig: Rig, passing: Passing, name: str) -> None:
    """Yesterday's order; or one that the bestillersystem made while `listen` stood between the ends."""
    before, close = another_run(rig, name)
    order, letter = str(uuid4()), str(uuid4())
    before.order(order)
    before.letter(letter)
    close()
    passing.status(order)
    passing.letter_status(letter)
    statuses_belong_to_orders(rig)
    statuses_belong_to_letters(rig)
    [remark] = of_others(rig)
    assert "2 meldinger fra ePROM gjelder noe som ikke er gjort i denne kjøringen, og er ikke dømt" in remark
    assert "2 gjelder en annen kjøring i samme mappe, 0 noe ukjent" in remark


def test_made_elsewhere_takes_more_than_a_mention(rig: Rig, passing: Passing) -> None:
    """An earlier run that only heard of the order has not made it; nor has one whose order was refused."""
    before, close = another_run(rig, "2026-11-26T000000Z-aaaa")
    order = str(uuid4())
    before.status(order)
    before.pass_by("bestillersystem", "POST", "/api/v2/formorder", {"nationalId": "x"}, 500, {"id": order})
    close()
    passing.status(order)
    with pytest.raises(ForAPerson, match=order):
        statuses_belong_to_orders(rig)


def test_of_nobody_known(rig: Rig, passing: Passing) -> None:
    """Others may have ordered: neither yes, nor ePROM's fault. A folder that cannot be read tells of nothing."""
    (rig.journal.path.parent.parent / "2026-11-26T000000Z-aaaa").mkdir()
    (rig.journal.path.parent.parent / "2026-11-26T000000Z-aaaa" / "journal.sqlite").write_bytes(b"noe annet")
    order, letter = str(uuid4()), str(uuid4())
    passing.status(order)
    passing.letter_status(letter)
    with pytest.raises(ForAPerson, match=f"1 bestillinger .*{order}.* Andre kan bruke miljøet"):
        statuses_belong_to_orders(rig)
    with pytest.raises(ForAPerson, match=f"1 brev .*{letter}"):
        statuses_belong_to_letters(rig)
    assert "0 gjelder en annen kjøring i samme mappe, 2 noe ukjent" in of_others(rig)[0]


@pytest.mark.parametrize("order", [ZERO_GUID, "ikke-en-guid", ""])
def test_what_nobody_can_have_ordered(rig: Rig, passing: Passing, order: str) -> None:
    """Whoever shares the environment, this is ePROM's fault."""
    passing.status(order)
    with pytest.raises(ContractBroken) as broken:
        statuses_belong_to_orders(rig)
    assert broken.value.party == "eprom"


def test_others_are_not_judged(rig: Rig, passing: Passing) -> None:
    """Refused, repeated, contradictory, against the contract: of an order of somebody else's, it says nothing here."""
    theirs = str(uuid4())
    for told, success in (("Ordered", True), ("Ordered", True), ("Error", True), ("Ordered", False)):
        passing.status(theirs, told, success=success)
    passing.status(theirs, "Ordered", timestamp=7, notificationChannel="kanskje")
    passing.letter_status(theirs, notificationChannel="kanskje")
    no_errors(rig)
    no_status_twice(rig)
    one_outcome_each(rig)
    requests_follow_contract(rig, "I")
    responses_follow_contract(rig, "I", "J")
    follow_contract(rig, LetterLedger(), "statuser")


def test_own_are_judged(rig: Rig, passing: Passing) -> None:
    """The same of the run's own is what it always was."""
    passing.status(MINE)
    with pytest.raises(ContractBroken):
        no_status_twice(rig)
    passing.status(MINE, "Ordered", timestamp=7, notificationChannel="kanskje")
    with pytest.raises(ContractBroken):
        requests_follow_contract(rig, "I")


def test_answer_that_may_not_have_been_sent(rig: Rig, passing: Passing) -> None:
    """The process ended as it answered: that ePROM sends again is as it should be. A third time is not."""
    [status, letter] = [each.id for each in rig.journal.exchanges() if each.operation in "IK"]
    cut_off = replace(rig, unsure={status, letter})
    passing.status(MINE)
    passing.letter_status(LETTER)
    no_status_twice(cut_off)
    no_letter_status_twice(cut_off, LetterLedger())
    with pytest.raises(ContractBroken):
        no_status_twice(rig)
    with pytest.raises(ContractBroken):
        no_letter_status_twice(rig, LetterLedger())
    passing.status(MINE)
    with pytest.raises(ContractBroken):
        no_status_twice(cut_off)


def test_others_show_nothing_of_ours(rig: Rig) -> None:
    """That somebody else got a status is no status of the run's."""
    made = Passing(rig.journal)
    made.order(MINE)
    made.status(str(uuid4()))
    with pytest.raises(Unverified, match="viser ingenting"):
        no_errors(rig)


def test_simulator_has_nobody_else(tmp_path: Path) -> None:
    config = parse_config({"frister": {"quiet_s": 0.05}}, "prøven")
    with open_rig(config, tmp_path, seed=1) as rig:
        made = Passing(rig.journal)
        made.order(MINE)
        made.status(MINE)
        made.status(str(uuid4()))
        with pytest.raises(ContractBroken) as broken:
            statuses_belong_to_orders(rig)
        assert broken.value.party == "eprom"
        assert of_others(rig) == []
