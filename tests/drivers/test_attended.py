"""The driver over a person: the task is told, the call is known when it comes, and one may skip, pause or stop."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from eprom_verify.config import parse_config
from eprom_verify.contract.enumerations import DistributionRule
from eprom_verify.drivers.attended import Stopped
from eprom_verify.drivers.protocol import OrderIntent, SmsIntent
from eprom_verify.errors import NotTold, Unverified
from eprom_verify.keys import OPEN_KEY
from eprom_verify.rig import Rig
from eprom_verify.runner.asking import TerminalTester
from eprom_verify.wiring import open_rig


@dataclass
class Person:
    """Who sits at the terminal: writes the lines one after the other, and may do something when told to."""

    lines: list[str] = field(default_factory=list)
    acts: Callable[[], None] | None = None
    told: list[str] = field(default_factory=list)
    gone: bool = False

    def tell(self, lines: Iterable[str]) -> None:
        self.told += lines
        if self.acts is not None:
            acts, self.acts = self.acts, None
            threading.Thread(target=acts).start()

    def said(self) -> str | None:
        if self.gone:
            raise EOFError
        return self.lines.pop(0) if self.lines else None


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def rig(tmp_path: Path, person: Person) -> Iterator[Rig]:
    system = {"driver": "attended", "navn": "Registeret", "api_base_url": "http://127.0.0.1:9"}
    settings: dict[str, Any] = {
        "bestillersystem": system,
        "simulator": {"port": 18471},
        "frister": {"tester_s": 3.0},
    }
    with open_rig(parse_config(settings, "prøven"), tmp_path, seed=3, tester=person) as opened:
        yield opened


def order(rig: Rig, persona: str = "alle kanaler") -> OrderIntent:
    return OrderIntent(
        case_id="sak",
        form_id=rig.form("RAND-12"),
        national_id=rig.national_id(persona),
        expiry_date=datetime(2030, 1, 2, 3, 4, tzinfo=UTC),
        distribution_rule=DistributionRule.BasicOrPaper,
        metadata={"sted": "kne"},
    )


def placed(rig: Rig, persona: str) -> Callable[[], None]:
    body = {"formId": rig.form("RAND-12"), "nationalId": rig.national_id(persona), "expiryDate": "2030-01-02T03:04:00Z"}
    url = "http://127.0.0.1:18471/promswebapi/api/v2/formorder"

    def place() -> None:
        httpx.post(url, json=body, headers={"Authorization": f"Basic {OPEN_KEY}"}).raise_for_status()

    return place


def test_told_and_recognised(rig: Rig, person: Person) -> None:
    person.acts = placed(rig, "alle kanaler")
    rig.driver.order_form(order(rig))
    shown = "\n".join(person.told)
    assert "Oppgave 1: bestill et skjema i Registeret." in shown
    assert f"Pasient: {rig.national_id('alle kanaler')} («alle kanaler»)" in shown
    assert "Skjema: «RAND-12»" in shown
    assert "Distribusjonsregel: BasicOrPaper" in shown
    assert "Metadata: sted = kne" in shown
    assert "Du har 3 sekunder" in shown
    assert "Signering" not in shown
    assert person.told[-1] == "Kallet er kommet."


def test_other_patient_is_not_it(rig: Rig, person: Person) -> None:
    person.acts = placed(rig, "bare papir")
    with pytest.raises(Unverified, match="innen 3 sekunder"):
        rig.driver.order_form(order(rig))


def test_skipped_with_a_reason(rig: Rig, person: Person) -> None:
    person.lines = ["hva?", "hopp", "Hopp knappen finnes ikke"]
    with pytest.raises(Unverified, match="Testeren hoppet over: knappen finnes ikke"):
        rig.driver.order_form(order(rig))
    assert "Skriv en grunn også: «hopp <grunn>»." in person.told


def test_pause_stops_the_clock(rig: Rig, person: Person) -> None:
    person.lines = ["pause"]
    threading.Timer(4.5, lambda: person.lines.append("")).start()
    threading.Timer(5.5, placed(rig, "alle kanaler")).start()
    rig.driver.order_form(order(rig))
    assert "Fortsetter." in person.told


def test_stopped(rig: Rig, person: Person) -> None:
    person.lines = ["stopp"]
    with pytest.raises(Stopped):
        rig.driver.send_sms(SmsIntent(case_id="sak", sms_text="hei", national_id=rig.national_id("alle kanaler")))


def test_nobody_there(rig: Rig, person: Person) -> None:
    person.gone = True
    with pytest.raises(Unverified, match="Ingen tester"):
        rig.driver.order_form(order(rig))


def test_registered_is_for_a_person_to_see(rig: Rig) -> None:
    with pytest.raises(NotTold, match="en tester"):
        rig.driver.registered("o")


def test_terminal() -> None:
    out = io.StringIO()
    tester = TerminalTester(Console(file=out), io.StringIO("hopp ja\n\n"))
    tester.tell(["[red]Gjør[/red] \x1b[31mdette"])
    assert out.getvalue() == "[red]Gjør[/red] ␛[31mdette\n"
    said = [each for _ in range(200) if (each := next_line(tester)) is not None]
    assert said == ["hopp ja", "", "EOF"]


def next_line(tester: TerminalTester) -> str | None:
    """What was said, "EOF" the first time that nobody is there, and None for nothing."""
    time.sleep(0.005)
    if tester._gone:
        return None
    try:
        return tester.said()
    except EOFError:
        return "EOF"
