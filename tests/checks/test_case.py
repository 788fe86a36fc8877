"""What a scenario's case makes of a bestillersystem that does otherwise than it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.checks.case import Case
from eprom_verify.checks.ordering import parameters_echoed
from eprom_verify.checks.whole_run import no_order_twice, orders_say_what_was_asked
from eprom_verify.clock import SteadyClock
from eprom_verify.config import parse_config
from eprom_verify.errors import ContractBroken, Unverified, Waiting
from eprom_verify.journal.attempts import Attempts
from eprom_verify.journal.store import read_entries
from eprom_verify.rig import Faults, Rig
from eprom_verify.wiring import open_rig

DEADLINE_S = 30.0


@pytest.fixture
def patients() -> list[str]:
    """Whom the bestillersystem orders for, in turn, whatever it is asked; afterwards, as it is asked."""
    return []


@pytest.fixture
def rig(tmp_path: Path, patients: list[str]) -> Iterator[Rig]:
    mistaken = replace(CORRECT, order=lambda body, key: body | ({"nationalId": patients.pop(0)} if patients else {}))
    config = parse_config({"frister": {"status_s": DEADLINE_S}}, "prøven")
    with open_rig(config, tmp_path, seed=1, faults=Faults(name="prøven", bestillersystem=mistaken)) as opened:
        yield opened


def begin(rig: Rig, persona: str) -> Case:
    case = Case.begin(rig)
    case.choose(persona)
    return case


@pytest.mark.parametrize("other", ["alle kanaler", "forelder"])
def test_other_patient_told_at_once(rig: Rig, patients: list[str], other: str) -> None:
    """Also when the other one is the patient of an earlier scenario, whom it was once asked to order for."""
    before = begin(rig, "alle kanaler")
    before.place("Basic")
    before.status()
    case = begin(rig, "19 år")
    patients.append(rig.national_id(other))
    started = monotonic()
    with pytest.raises(Unverified, match="annen pasient"):
        case.place("Basic")
    assert monotonic() - started < DEADLINE_S / 2
    assert len(case.evidence(case.since)) == 1
    with pytest.raises(ContractBroken, match="feil pasient") as broken:
        orders_say_what_was_asked(rig)
    assert (broken.value.party, broken.value.where) == ("bestillersystem", "/nationalId")
    begin(rig, "19 år").place("Basic")
    no_order_twice(rig)


def test_repeated_order_not_mistaken(rig: Rig) -> None:
    """Two scenarios with the same patient are two orders for one person, and both were asked for."""
    for _ in range(2):
        begin(rig, "alle kanaler").place("Basic")
    orders_say_what_was_asked(rig)


def test_order_of_another_process_is_not_its_own(rig: Rig) -> None:
    """Another ordered for the same patient while this case went on: that is no evidence here, and not excused here."""
    case = begin(rig, "alle kanaler")
    case.place("Basic", meant_to_fail=True)
    rig.journal.part = "gw1"
    other = begin(rig, "alle kanaler")
    other.place("Basic")
    rig.journal.part = ""
    assert (case.made.part, other.made.part) == ("", "gw1")
    assert [each.id for each in case.evidence(case.since) if each.operation == "A"] == [case.made.id]
    case.close()
    assert rig.ledger.provoked == {case.made.id}
    # Taken up by one process, the other's case has its own order and not this one.
    taken_up = begin(rig, "alle kanaler")
    taken_up.part, taken_up.since, taken_up.order = "gw1", case.since, other.made
    rig.journal.part = "gw2"
    assert [each.id for each in taken_up.evidence(case.since) if each.operation == "A"] == [other.made.id]
    rig.journal.part = ""


def test_goes_on_is_told_before_it_is_sent(rig: Rig) -> None:
    """Left, and taken up: what it has sent then is not begun by whichever scenario came before it."""
    attempts = Attempts(rig.journal)
    kept = replace(rig, attempts=attempts)
    first = Case.begin(kept, "a scenario")
    first.choose("alle kanaler")
    first.place("Basic")
    first.close()
    again = Case.begin(kept, "a scenario")
    again.choose("alle kanaler")
    again.place("Basic")
    assert again.made.id == first.made.id
    again.call()
    assert again.made.id != first.made.id
    told = [each for each in read_entries(rig.journal.path) if each.kind in ("attempt", "act") or each.exchange]
    order = next(place for place, each in enumerate(told) if each.exchange == again.made.id)
    [before] = [place for place, each in enumerate(told) if "again" in each.data]
    assert before < order
    assert [each.kind for each in told[before:] if not each.exchange] == ["attempt", "act"]


def test_personal_number_not_told(rig: Rig) -> None:
    """A number that is not synthetic is allowed in an environment, and stands in no report."""
    case = begin(rig, "alle kanaler")
    case.place("Basic")
    personal = "".join(["0103", "9494", "104"])
    rig.ledger.differences.append((case.made, "nationalId", personal, personal))
    with pytest.raises(ContractBroken) as broken:
        orders_say_what_was_asked(rig)
    assert personal not in str(broken.value)


def test_nothing_to_compare(rig: Rig) -> None:
    """An order that is no JSON object has nothing that an answer could be seen to give back."""
    case = begin(rig, "alle kanaler")
    case.place("Basic")
    case.order = replace(case.made, request=replace(case.made.request, body=b"formId=1"))
    with pytest.raises(Unverified, match="ingen parametere"):
        parameters_echoed(case)


def test_bestillersystem_is_never_left_waiting_for(rig: Rig) -> None:
    """To go on with something else meanwhile is for what ePROM takes days for: what is called again is sent again."""
    attempts = Attempts(rig.journal)
    attempts.ahead = True
    case = Case.begin(replace(rig, attempts=attempts))
    case.choose("alle kanaler")
    case.place("Basic")
    with pytest.raises(Waiting, match=r"Venter på noe .*Fristen er"):
        case.awaited(lambda each: False, "noe", case.made)
    assert case.seen("C", lambda each: True) is None


@pytest.mark.parametrize(("from_s", "to_s"), [(1, 2), (-5, 5), (0.5, 60)])
def test_nobody_blamed_for_what_came_when_nobody_listened(rig: Rig, from_s: float, to_s: float) -> None:
    case = begin(rig, "alle kanaler")
    case.place("Basic")
    at = case.made.request.at
    case.rig = replace(rig, away=((at + timedelta(seconds=from_s), at + timedelta(seconds=to_s)),))
    with pytest.raises(Unverified, match=r"Statusen kom ikke. Kjøringen sto stille fra \d"):
        case.refuse_if_away("Statusen", case.made)


def test_nobody_blamed_for_what_came_while_the_machine_slept(rig: Rig) -> None:
    """Ten seconds passed, and the machine was awake in one of them, just when the status may have come."""
    case = begin(rig, "alle kanaler")
    case.place("Basic")
    at, passed = case.made.request.at, iter([0.0, 1.0, 11.0, 12.0])
    awake = iter([0.0, 1.0, 2.0, 3.0])
    clock = SteadyClock(wall=lambda: at, passed=lambda: next(passed), awake=lambda: next(awake))
    case.rig = replace(rig, clock=clock)
    clock()
    with pytest.raises(Unverified, match=r"Statusen kom ikke. Kjøringen sto stille fra \d"):
        case.refuse_if_away("Statusen", case.made)


@pytest.mark.parametrize(("from_s", "to_s"), [(-60, -1), (DEADLINE_S + 1, DEADLINE_S + 60)])
def test_stopped_before_or_after_is_no_excuse(rig: Rig, from_s: float, to_s: float) -> None:
    case = begin(rig, "alle kanaler")
    case.place("Basic")
    at = case.made.request.at
    case.rig = replace(rig, away=((at + timedelta(seconds=from_s), at + timedelta(seconds=to_s)),))
    case.refuse_if_away("Statusen", case.made)
