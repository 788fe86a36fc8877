"""What proves nothing is no failure: of an ePROM that did not fail as told, and of messages that were not unusual."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eprom_verify.checks import failing, initiated, receiving, returning
from eprom_verify.checks.case import Case
from eprom_verify.checks.failing import Outage
from eprom_verify.checks.initiated import OwnForm
from eprom_verify.checks.whole_run import no_errors
from eprom_verify.config import parse_config
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import PATIENT
from eprom_verify.rig import Faults, Rig
from eprom_verify.simulator.returns import Answer
from eprom_verify.wiring import open_rig
from tests.ports import free_port


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with open_rig(parse_config({"frister": {"status_s": 30.0}}, "prøven"), tmp_path, seed=1, faults=Faults()) as opened:
        yield opened


@pytest.fixture
def case(rig: Rig) -> Case:
    begun = Case.begin(rig)
    begun.choose("alle kanaler")
    return begun


@pytest.mark.parametrize("failure", ["Bad Gateway", "ikke noe svar", "brutt forbindelse"])
def test_failed_order(rig: Rig, case: Case, failure: str) -> None:
    outage = Outage(case)
    outage.begin(failure)
    failing.order(outage)
    failing.order_not_made(outage)
    case.close()
    failing.none_sent_again(rig, failing.ORDER)
    assert len(case.evidence(case.since)) == 1
    other = Case.begin(rig)
    other.choose("alle kanaler")
    other.place("Basic")
    other.status()
    no_errors(rig)
    with pytest.raises(ContractBroken) as broken:
        failing.none_sent_again(rig, failing.ORDER)
    assert broken.value.party == "bestillersystem"


def test_not_failed_as_told(case: Case) -> None:
    outage = Outage(case, "Bad Gateway")
    with pytest.raises(Unverified, match="Bad Gateway"):
        failing.order(outage)


def test_nothing_failed(rig: Rig) -> None:
    with pytest.raises(Unverified):
        failing.none_sent_again(rig, failing.ORDER)


def test_not_at_once(case: Case) -> None:
    case.stimulate(copies=2)
    case.place("Basic")
    with pytest.raises(Unverified, match="samtidig"):
        receiving.at_once(case, 2)


def test_right_key_proves_nothing(case: Case) -> None:
    case.place("Basic")
    with pytest.raises(Unverified, match="nøkkel"):
        receiving.stranger_refused(case, case.status(), "Ordered")


def test_small_proves_nothing(case: Case) -> None:
    case.place("Basic")
    returning.deliver(case, Answer(data={"Fritekst": "kort"}))
    with pytest.raises(Unverified, match="størrelsen"):
        receiving.large_registered(case, 10)


def test_refusal_of_unusual_is_no_error(rig: Rig, case: Case) -> None:
    receiving.change_key(case)
    case.place("Basic")
    receiving.stranger_refused(case, case.status(), "Ordered")
    no_errors(rig)


@pytest.mark.parametrize(("form", "status"), [(initiated.OWN_FORM, 303), ("skjema i kladd", 403)])
def test_patient_seen(rig: Rig, case: Case, form: str, status: int) -> None:
    """What the patient does stands in the journal, whether it led to anything or not."""
    own = OwnForm(case)
    initiated.begin(own, form)
    assert (own.order is None) is (status != 303)
    [seen] = [each for each in case.evidence(case.since) if each.sender == PATIENT]
    assert (seen.operation, seen.status) == ("", status)


@pytest.mark.parametrize("failure", failing.NO_ANSWER)
def test_nobody_to_ask(tmp_path: Path, failure: str) -> None:
    """A test hook that is down is not the fault of the bestillersystem, also where it may be late to answer."""
    base = "http://127.0.0.1:9"
    system = {"driver": "http", "api_base_url": base, "hook_url": f"{base}/krok"}
    told = {"bestillersystem": system, "simulator": {"port": free_port()}, "frister": {"status_s": 0.1}}
    with open_rig(parse_config(told, "prøven"), tmp_path, seed=1) as rig:
        case = Case.begin(rig)
        case.choose("alle kanaler")
        outage = Outage(case)
        outage.begin(failure)
        with pytest.raises(HarnessProblem, match="Nådde ikke testkroken"):
            failing.order(outage)
