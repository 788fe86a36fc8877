"""The driver over a class of the integrator's own: found, made, asked, and never believed to do what it lacks."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from eprom_verify.drivers import own_class
from eprom_verify.drivers.own_class import ACTS, TOLD, load_driver
from eprom_verify.drivers.protocol import Driver, OrderIntent
from eprom_verify.errors import HarnessProblem, NotTold, Unverified, UsageProblem

ORDER = OrderIntent(
    case_id="sak", form_id="f", national_id="26670271527", expiry_date=datetime(2026, 12, 24, tzinfo=UTC)
)
DRIVER = """
class Mitt:
    closed = False
    def __init__(self):
        self.ordered = []
    def order_form(self, intent):
        self.ordered.append(intent.case_id)
    def has_order(self, case_id):
        return case_id in self.ordered
    def registered(self, form_order_id):
        raise NotImplementedError
    def patients(self, national_id):
        raise KeyError("ingen database")
    def close(self):
        Mitt.closed = True

class Tomt:
    pass

class Kresen:
    def __init__(self, adresse):
        pass
    def order_form(self, intent):
        pass
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mitt_system.py"
    path.write_text(DRIVER, encoding="utf-8")
    return path


def test_every_method_of_the_protocol_known() -> None:
    methods = {name for name, member in vars(Driver).items() if callable(member) and not name.startswith("_")}
    assert methods == ACTS | TOLD.keys()


def test_from_file(file: Path) -> None:
    driver = load_driver(f"{file}:Mitt")
    assert driver.name == "Mitt"
    assert driver.has_order("sak") is False
    driver.order_form(ORDER)
    assert driver.has_order("sak") is True


def test_lacking_is_not_passed_over(file: Path) -> None:
    driver = load_driver(f"{file}:Mitt")
    with pytest.raises(Unverified, match=r"send_sms.*\[profil\]"):
        driver.send_sms(None)  # type: ignore[arg-type]
    with pytest.raises(NotTold, match="hva som er registrert på bestillingen"):
        driver.registered("o")
    with pytest.raises(NotTold, match="hvem skjemaet er registrert på"):
        driver.patient_of("o")


def test_own_error_is_not_theirs(file: Path) -> None:
    with pytest.raises(HarnessProblem, match="Mitt feilet i patients: KeyError"):
        load_driver(f"{file}:Mitt").patients("1")


def test_closed(file: Path) -> None:
    driver = load_driver(f"{file}:Mitt")
    driver.close()  # type: ignore[attr-defined]  # what holds the rig closes what can be closed
    assert driver._inner.closed is True  # type: ignore[attr-defined]


def test_from_module_and_entry_point(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.syspath_prepend(str(file.parent))
    assert load_driver("mitt_system:Mitt").name == "Mitt"
    point = EntryPoint("mitt", "mitt_system:Mitt", own_class.ENTRY_POINTS)
    monkeypatch.setattr(own_class, "entry_points", lambda group, name: [point] if name == "mitt" else [])
    assert load_driver("mitt").has_order("sak") is False


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("{file}:Ikke", "Finner ikke klassen Ikke"),
        ("{folder}/borte.py:Mitt", "Finner ikke filen"),
        ("{folder}/i_stykker.py:Mitt", "kan ikke lastes: SyntaxError"),
        ("finnes_ikke_her:Mitt", "kan ikke importeres"),
        ("finnes-ikke", "Ingen installert pakke"),
        ("{file}:Tomt", "ingen av metodene"),
        ("{file}:Kresen", "lot seg ikke lage: TypeError"),
    ],
)
def test_not_loaded(name: str, complaint: str, file: Path) -> None:
    (file.parent / "i_stykker.py").write_text("class", encoding="utf-8")
    with pytest.raises(UsageProblem, match=complaint) as told:
        load_driver(name.format(file=file, folder=file.parent))
    assert told.value.remedy
