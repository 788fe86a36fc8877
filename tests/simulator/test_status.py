"""The status of an order. Source: BestillingAvSkjemaV2, Mottak av status for bestillingen."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eprom_verify.simulator.orders import Bestillersystem
from tests.simulator.conftest import KEY, Serve
from tests.simulator.endpoint import Answer, Endpoint

EndpointOf = Callable[..., Endpoint]

# The page's two examples, and the same with the channel as the edition of 2023-10 writes it.
ORDERED = """{
    "apiKey" : "",
    "formOrderId" : "184738d0-3c39-e611-9c2a-34e6d72e03c7",
    "notificationChannel" : 1,
    "timestamp" : "2023-03-29T10:20:10.1804332",
    "timestampUtc" : "2023-03-29T08:20:10.1804332Z",
    "formOrderStatus" : "Ordered",
    "formOrderStatusErrorCode" : "None"
}"""
ERROR = """{
    "apiKey" : "",
    "formOrderId" : "184738d0-3c39-e611-9c2a-34e6d72e03c7",
    "notificationChannel" : 0,
    "formOrderStatus" : "Error",
    "formOrderStatusErrorCode" : "PatientUnreachable"
}"""
OF_THE_EXAMPLE = datetime(2023, 3, 29, 8, 20, 10, 180433, tzinfo=UTC)


@pytest.mark.parametrize(("edition", "channel"), [("2026-05", 1), ("2023-10", "Helsenorge")])
def test_ordered(serve: Serve, endpoint: EndpointOf, edition: str, channel: Any) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, edition=edition)
    served.now = OF_THE_EXAMPLE
    order_id = served.order().json()["id"]
    [body] = system.bodies(1)
    example = json.loads(ORDERED)
    assert list(body) == list(example)
    assert body == example | {
        "apiKey": KEY,
        "formOrderId": order_id,
        "notificationChannel": channel,
        # Python counts microseconds, .NET tenths of them.
        "timestamp": "2023-03-29T10:20:10.1804330",
        "timestampUtc": "2023-03-29T08:20:10.1804330Z",
    }


@pytest.mark.parametrize(("edition", "channel"), [("2026-05", 0), ("2023-10", "None")])
def test_error(serve: Serve, endpoint: EndpointOf, edition: str, channel: Any) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, edition=edition)
    order_id = served.order("ingen kanaler").json()["id"]
    [body] = system.bodies(1)
    example = json.loads(ERROR)
    assert list(body) == list(example)
    assert body == example | {"apiKey": KEY, "formOrderId": order_id, "notificationChannel": channel}


@pytest.mark.parametrize(("edition", "channel"), [("2026-05", 0), ("2023-10", "None")])
def test_not_distributed(serve: Serve, endpoint: EndpointOf, edition: str, channel: Any) -> None:
    system = endpoint()
    serve(callback_url=system.url, edition=edition).order("død", distributionRule="NoDistribution")
    [body] = system.bodies(1)
    assert (body["notificationChannel"], body["formOrderStatus"]) == (channel, "Ordered")
    assert body["formOrderStatusErrorCode"] == "None"


def test_request(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    serve(callback_url=f"{system.url}/PromsTestregisterServices").order()
    system.bodies(1)
    [call] = system.calls
    assert (call.method, call.path) == ("PUT", "/PromsTestregisterServices/api/PromsFormOrder")
    assert call.headers["Content-Type"] == "application/json; charset=utf-8"
    assert KEY not in str(call.headers)


@pytest.mark.parametrize(
    ("now", "local", "utc"),
    [
        ("2026-03-29T00:59:59.999999", "2026-03-29T01:59:59.9999990", "2026-03-29T00:59:59.9999990Z"),
        ("2026-03-29T01:00:00", "2026-03-29T03:00:00.0000000", "2026-03-29T01:00:00.0000000Z"),
        ("2026-10-25T00:30:00", "2026-10-25T02:30:00.0000000", "2026-10-25T00:30:00.0000000Z"),
        ("2026-10-25T01:30:00", "2026-10-25T02:30:00.0000000", "2026-10-25T01:30:00.0000000Z"),
        ("2026-12-31T23:30:00", "2027-01-01T00:30:00.0000000", "2026-12-31T23:30:00.0000000Z"),
    ],
)
def test_daylight_saving(serve: Serve, endpoint: EndpointOf, now: str, local: str, utc: str) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    served.now = datetime.fromisoformat(now).replace(tzinfo=UTC)
    served.order("bare digital postkasse")
    [body] = system.bodies(1)
    assert (body["timestamp"], body["timestampUtc"]) == (local, utc)


def test_time_is_the_orders(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, callback_delay_s=0.2)
    ordered = served.now
    served.order()
    served.now = ordered + timedelta(hours=3)
    [body] = system.bodies(1)
    assert body["timestampUtc"].startswith(ordered.replace(tzinfo=None).isoformat())


def test_delay(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, callback_delay_s=0.3)
    sent = monotonic()
    served.order()
    answered = monotonic()
    system.bodies(1)
    assert answered - sent < 0.3
    assert 0.3 <= system.calls[0].at - sent < 3


def test_after_response(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    ends: list[float] = []
    served = serve(callback_url=system.url, callback_delay_s=0.0, around=lambda app: Noting(app, ends))
    made = [served.order().json()["id"] for _ in range(10)]
    system.bodies(10)
    arrived = {call.json["formOrderId"]: call.at for call in system.calls}
    assert all(end <= arrived[order_id] for order_id, end in zip(made, ends, strict=True))


def test_slow_receiver(serve: Serve, endpoint: EndpointOf) -> None:
    """A bestillersystem that never answers its callbacks still gets its orders answered."""
    system = endpoint(Answer(hangs=True))
    served = serve(callback_url=system.url, callback_delay_s=0.0)
    for count in (1, 2, 3):
        assert served.order().status_code == 200
        assert system.wait(count)


def test_own_callbacks(serve: Serve, endpoint: EndpointOf) -> None:
    first, second = endpoint(), endpoint()
    served = serve(callback_url=first.url)
    served.simulator.register(Bestillersystem("et annet register", "another-key", second.url))
    made: dict[str, set[str]] = {KEY: set(), "another-key": set()}
    for number in range(20):
        key = (KEY, "another-key")[number % 2]
        made[key].add(served.order(key=key).json()["id"])
    for system, key in ((first, KEY), (second, "another-key")):
        bodies = system.bodies(10)
        assert {body["formOrderId"] for body in bodies} == made[key]
        assert {body["apiKey"] for body in bodies} == {key}
    assert not first.wait(11, timeout_s=0.2)
    assert not second.wait(11, timeout_s=0.01)


def test_nowhere_to_send(serve: Serve) -> None:
    served = serve(callback_url=None)
    order_id = served.order().json()["id"]
    assert served.simulator.orders[order_id].deliveries == []


def test_no_status_without_order(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    served.order("ikke i registeret")
    served.order(formId="11111111-2222-3333-4444-555555555555")
    assert not system.wait(1, timeout_s=0.2)


class Noting:
    """Notes when the last of each response had been handed over."""

    def __init__(self, app: ASGIApp, ends: list[float]) -> None:
        self._app = app
        self._ends = ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._ends.append(monotonic())

        await self._app(scope, receive, noted)
