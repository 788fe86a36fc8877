"""How the built-in bestillersystem takes the status of an order. Source: BestillingAvSkjemaV2."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from eprom_verify.bestillersystem.store import RegisteredStatus
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.contract.enumerations import FormOrderStatus, FormOrderStatusErrorCode, NotificationChannel
from tests.bestillersystem.conftest import KEY, ORDER_ID, Caller, status

SystemOf = Callable[..., BuiltInSystem]
Receive = Callable[[BuiltInSystem], Caller]

ORDERED = RegisteredStatus(FormOrderStatus.Ordered, NotificationChannel.Helsenorge, FormOrderStatusErrorCode.NoError)
ERROR = RegisteredStatus(
    FormOrderStatus.Error, NotificationChannel.NoChannel, FormOrderStatusErrorCode.PatientUnreachable
)
UNREACHABLE = {"formOrderStatus": "Error", "formOrderStatusErrorCode": "PatientUnreachable"}


@pytest.mark.parametrize(
    ("changes", "registered"),
    [
        ({}, ORDERED),
        ({"notificationChannel": "Helsenorge"}, ORDERED),
        ({"notificationChannel": "helsenorge"}, ORDERED),
        ({"notificationChannel": "1"}, ORDERED),
        ({"formOrderStatus": 2, "formOrderStatusErrorCode": 0}, ORDERED),
        ({"formOrderStatus": "ordered", "formOrderStatusErrorCode": "none"}, ORDERED),
        ({"formOrderId": ORDER_ID.upper()}, ORDERED),
        (UNREACHABLE | {"notificationChannel": 0}, ERROR),
        (UNREACHABLE | {"notificationChannel": "None"}, ERROR),
        ({"somethingNew": {"a": 1}}, ORDERED),
    ],
)
def test_registered(system: SystemOf, receive: Receive, changes: dict[str, Any], registered: RegisteredStatus) -> None:
    opened = system()
    answer = receive(opened).put(status(**changes))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert opened.store.statuses(ORDER_ID) == [registered]


def test_without_timestamps(system: SystemOf, receive: Receive) -> None:
    body = status(**UNREACHABLE, notificationChannel=0)
    del body["timestamp"], body["timestampUtc"]
    opened = system()
    assert receive(opened).put(body).json() == {"success": True}
    assert opened.store.statuses(ORDER_ID) == [ERROR]


@pytest.mark.parametrize(
    "path", ["/api/PromsFormOrder", "/api/PromsFormOrder/", "/api/promsformorder", "/API/PROMSFORMORDER"]
)
def test_path_in_any_case(system: SystemOf, receive: Receive, path: str) -> None:
    assert receive(system()).put(status(), path=path).json() == {"success": True}


def test_names_in_any_case(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    assert caller.put({name.upper(): value for name, value in status().items()}).json() == {"success": True}
    assert opened.store.statuses(ORDER_ID) == [ORDERED]


def test_before_response(system: SystemOf, receive: Receive) -> None:
    opened = system()
    assert opened.store.begin("sak 1")
    assert receive(opened).put(status()).json() == {"success": True}
    opened.store.ordered("sak 1", ORDER_ID)
    assert opened.store.statuses(ORDER_ID) == [ORDERED]
    assert opened.store.state("sak 1") == ("ordered", ORDER_ID, None)


def test_registered_once(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    assert [caller.put(status()).json() for _ in range(5)] == [{"success": True}] * 5
    assert opened.store.statuses(ORDER_ID) == [ORDERED]


def test_later_status_kept(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    caller.put(status())
    caller.put(status(formOrderStatus="PhysicalMailReturned"))
    assert [each.status.name for each in opened.store.statuses(ORDER_ID)] == ["Ordered", "PhysicalMailReturned"]


@pytest.mark.parametrize("key", ["", "wrong", KEY.upper(), KEY + " ", None, 17, [], {}, True, [KEY], "\ud800", "æ"])
def test_wrong_key(system: SystemOf, receive: Receive, key: Any) -> None:
    opened = system()
    answer = receive(opened).put(json.dumps(status(apiKey=key)).encode())
    assert (answer.status_code, answer.json()) == (401, {"success": False})
    assert opened.store.statuses(ORDER_ID) == []


def test_no_key(system: SystemOf, receive: Receive) -> None:
    body = status()
    del body["apiKey"]
    assert receive(system()).put(body).status_code == 401


JUNK = {
    "empty": b"",
    "not JSON": b"apiKey=1",
    "half": b'{"apiKey": ',
    "array": b"[]",
    "text": b'"x"',
    "null": b"null",
    "deep array": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "invalid UTF-8": b'{"apiKey": "\xff"',
    "NUL": b"\x00" * 50,
}


@pytest.mark.parametrize("junk", JUNK)
def test_junk(system: SystemOf, receive: Receive, junk: str) -> None:
    caller = receive(system())
    answer = caller.put(JUNK[junk])
    assert (answer.status_code, answer.json()) == (400, {"success": False})
    assert caller.put(status()).json() == {"success": True}


@pytest.mark.parametrize("name", ["formOrderId", "notificationChannel", "formOrderStatus", "formOrderStatusErrorCode"])
@pytest.mark.parametrize("value", [None, "", "x", -1, 99, 1.5, True, [], {}, "\ud800", "9" * 5000])
def test_unreadable_member(system: SystemOf, receive: Receive, name: str, value: Any) -> None:
    opened = system()
    answer = receive(opened).put(json.dumps(status(**{name: value})).encode())
    assert (answer.status_code, answer.json()) == (400, {"success": False})
    assert opened.store.statuses(ORDER_ID) == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_wrong_method(system: SystemOf, receive: Receive, method: str) -> None:
    caller = receive(system())
    answer = caller.http.request(method, f"{caller.url}/api/PromsFormOrder")
    assert (answer.status_code, answer.json()) == (405, {"success": False})


@pytest.mark.parametrize("path", ["/", "/api", "/api/PromsFormOrder/1", "/api/SomethingElse"])
def test_unknown_path(system: SystemOf, receive: Receive, path: str) -> None:
    answer = receive(system()).put(status(), path=path)
    assert (answer.status_code, answer.json()) == (404, {"success": False})


def test_after_restart(system: SystemOf, receive: Receive) -> None:
    first = system()
    assert first.store.begin("sak 1")
    first.store.ordered("sak 1", ORDER_ID)
    receive(first).put(status())
    first.store.close()
    second = system()
    assert second.store.state("sak 1") == ("ordered", ORDER_ID, None)
    assert second.store.statuses(ORDER_ID) == [ORDERED]
    assert receive(second).put(status()).json() == {"success": True}
    assert second.store.statuses(ORDER_ID) == [ORDERED]


def test_many_at_once(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    ids = [str(UUID(int=number + 1)) for number in range(100)]

    def send(order_id: str) -> bool:
        answer = caller.put(status(formOrderId=order_id))
        return answer.status_code == 200 and answer.json() == {"success": True}

    with ThreadPoolExecutor(50) as pool:
        # Each of them twice: what is redelivered at the same moment is still registered once.
        assert all(pool.map(send, ids * 2))
    assert all(opened.store.statuses(order_id) == [ORDERED] for order_id in ids)
