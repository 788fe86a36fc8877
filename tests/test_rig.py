"""What a rig refuses before anything is started, and that its two ends find each other."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eprom_verify.config import Config, parse_config
from eprom_verify.drivers.protocol import OrderIntent
from eprom_verify.errors import UsageProblem
from eprom_verify.keys import KEY_VARIABLE
from eprom_verify.persons import Population
from eprom_verify.wiring import Earlier, open_rig

SYNTHETIC = "26670271527"


@pytest.mark.parametrize(
    ("section", "name", "value", "near"),
    [
        ("personas", "alle kanalar", SYNTHETIC, "«alle kanaler»"),
        ("skjema", "RAND12", "1bc5f9f0-2607-49eb-94f0-6af955bbd79a", "«RAND-12»"),
    ],
)
def test_unknown_name_refused(section: str, name: str, value: str, near: str, tmp_path: Path) -> None:
    config = parse_config({section: {name: value}}, "prøven")
    with pytest.raises(UsageProblem, match=name) as refused, open_rig(config, tmp_path, seed=1):
        pass
    assert near in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_unsendable_key_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "nøkkel")
    config = parse_config({"eprom": "http://127.0.0.1:9/promswebapi"}, "prøven")
    with pytest.raises(UsageProblem, match=KEY_VARIABLE) as refused, open_rig(config, tmp_path, seed=1):
        pass
    assert "nøkkel" not in str(refused.value).replace("API-nøkkelen", "").replace("nøkkelen", "")


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0", "::1", "localhost"])
def test_status_reaches_receiver(host: str, tmp_path: Path) -> None:
    """Wherever the built-in bestillersystem listens, there the simulator sends: else ePROM would get the blame."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.bind((host, 0))
    except OSError:
        pytest.skip(f"this machine does not listen on {host}")
    with open_rig(parse_config({"mottak": {"host": host}}, "prøven"), tmp_path, seed=1) as rig:
        expiry = datetime.now(UTC) + timedelta(days=30)
        person = rig.national_id("alle kanaler")
        rig.driver.order_form(
            OrderIntent(case_id="1", form_id=rig.form("RAND-12"), national_id=person, expiry_date=expiry)
        )
        came = rig.journal.wait_for(lambda each: each.operation == "I", timeout_s=20)
    assert came is not None
    assert (came.status, came.failure) == (200, None)


def test_persons_stay_when_taken_up_again(tmp_path: Path) -> None:
    """A run that is taken up weeks later has the persons that it began with, whose ages would else have changed."""
    began = datetime(2026, 1, 15, 12, tzinfo=UTC)
    with open_rig(Config(), tmp_path, seed=3, clock=lambda: began) as first:
        persons = {each.name: each.national_id for each in first.population}
    later, known = began + timedelta(days=70), Earlier(began, frozenset(), [])
    with open_rig(Config(), tmp_path, seed=3, clock=lambda: later, earlier=known) as again:
        assert {each.name: each.national_id for each in again.population} == persons
    assert {each.name: each.national_id for each in Population.generate(3, today=later.date())} != persons
