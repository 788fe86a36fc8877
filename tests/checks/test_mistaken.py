"""A call about another patient than was asked for: told at once, and by one requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from eprom_verify.bestillersystem.faults import FAULTS
from eprom_verify.checks import unsecure
from eprom_verify.checks.case import Case
from eprom_verify.checks.letter_case import LetterCase, LetterLedger
from eprom_verify.checks.letters_whole_run import letters_say_what_was_asked
from eprom_verify.checks.mistaken import none_mistaken
from eprom_verify.checks.privacy_case import PrivacyCase
from eprom_verify.checks.unsecure import Messaging
from eprom_verify.config import parse_config
from eprom_verify.errors import ContractBroken, Unverified
from eprom_verify.rig import Faults, Rig
from eprom_verify.wiring import open_rig

DEADLINE_S = 30.0


@pytest.fixture
def rig(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    config = parse_config({"frister": {"status_s": DEADLINE_S}}, "prøven")
    faults = Faults(name="prøven", bestillersystem=FAULTS[request.param]) if request.param else Faults()
    with open_rig(config, tmp_path, seed=1, faults=faults) as opened:
        yield opened


def letter(case: Case) -> None:
    LetterCase(case, case.rig.ledgers.of(LetterLedger)).send("Helsenorge")


def message(case: Case) -> None:
    unsecure.send(Messaging.begin(case), "SMS", unsecure.BY_ID)


def setting(case: Case) -> None:
    privacy = PrivacyCase(case)
    privacy.choose("Reservasjon", "Aktiv")
    privacy.system_reads()


def judge_letters(rig: Rig) -> None:
    letters_say_what_was_asked(rig, rig.ledgers.of(LetterLedger))


def judge_others(rig: Rig) -> None:
    none_mistaken(rig, "siden", "C", "D", "F", "G")


EACH = [
    ("letter-other-patient", letter, judge_letters),
    ("message-other-patient", message, judge_others),
    ("privacy-other-patient", setting, judge_others),
]


def begin(rig: Rig) -> Case:
    case = Case.begin(rig)
    case.choose("alle kanaler")
    return case


@pytest.mark.parametrize(("rig", "call", "judge"), EACH, indirect=["rig"])
def test_told_at_once(rig: Rig, call: Callable[[Case], None], judge: Callable[[Rig], None]) -> None:
    case = begin(rig)
    started = monotonic()
    with pytest.raises(Unverified, match="annen pasient"):
        call(case)
    assert monotonic() - started < DEADLINE_S / 2
    assert len(case.evidence(case.since)) == 1
    with pytest.raises(ContractBroken) as broken:
        judge(rig)
    assert (broken.value.party, broken.value.where) == ("bestillersystem", "/nationalId")


@pytest.mark.parametrize(("rig", "call", "judge"), [("", *each[1:]) for each in EACH], indirect=["rig"])
def test_right_patient(rig: Rig, call: Callable[[Case], None], judge: Callable[[Rig], None]) -> None:
    for _ in range(2):
        call(begin(rig))
    judge(rig)


@pytest.mark.parametrize("rig", [""], indirect=True)
def test_nothing_asked(rig: Rig) -> None:
    with pytest.raises(Unverified):
        judge_others(rig)
