"""Calls that fail: with an error, without an answer, or with a connection that breaks."""

from __future__ import annotations

from time import monotonic
from typing import Any

import httpx
import pytest

from eprom_verify.simulator.outage import SILENCE_S
from eprom_verify.simulator.settings import BASE_PATH
from tests.simulator.conftest import KEY, Serve, Served

ORDER, LETTER, SMS, SETTING = (
    f"{BASE_PATH}/api/{path}"
    for path in ("v2/formorder", "v2/MessageToCitizen", "unsecuremessagesms", "v2/getpersonverninnstilling")
)


def call(served: Served, path: str, number: str) -> httpx.Response:
    bodies: dict[str, dict[str, Any]] = {
        ORDER: served.body(),
        SMS: {"apiKey": KEY, "smsText": "Prøve"},
        SETTING: {"pvkId": "b3cda307-154c-4af4-87d3-30567c931924", "type": 0},
    }
    return served.post(bodies.get(path, {}) | {"nationalId": number}, path=path)


@pytest.mark.parametrize("path", [ORDER, LETTER, SMS, SETTING])
@pytest.mark.parametrize("status", [401, 500, 502, 504])
def test_error(serve: Serve, path: str, status: int) -> None:
    served = serve()
    number = served.simulator.population["alle kanaler"].national_id
    served.simulator.stimulate(number, outage=status)
    assert call(served, path, number).status_code == status
    assert served.simulator.orders == {}


@pytest.mark.parametrize("path", [ORDER, LETTER, SMS, SETTING])
@pytest.mark.parametrize(("kind", "least_s"), [("drop", 0.0), ("silence", SILENCE_S)])
def test_no_answer(serve: Serve, path: str, kind: str, least_s: float) -> None:
    served = serve()
    number = served.simulator.population["alle kanaler"].national_id
    served.simulator.stimulate(number, outage=kind)
    started = monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        call(served, path, number)
    assert least_s <= monotonic() - started < least_s + 5
    served.simulator.calm(number)
    assert served.order().status_code == 200


def test_caller_gives_up(serve: Serve) -> None:
    """Who does not wait so long sees a time-out, and nothing is left hanging."""
    served = serve()
    number = served.simulator.population["alle kanaler"].national_id
    served.simulator.stimulate(number, outage="silence")
    with pytest.raises(httpx.ReadTimeout):
        served.post(served.body(), timeout=SILENCE_S / 4)
    served.simulator.calm(number)
    assert served.order().status_code == 200


def test_others_answered(serve: Serve) -> None:
    served = serve()
    served.simulator.stimulate(served.simulator.population["alle kanaler"].national_id, outage="drop")
    assert served.order("bare papir").status_code == 200
