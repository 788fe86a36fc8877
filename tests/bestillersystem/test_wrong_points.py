"""The mistakes that the built-in bestillersystem can be made to make when ePROM fails, and with unusual messages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.faults import FAULTS
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.bestillersystem.unsecure import Sms
from tests.bestillersystem.conftest import KEY, ORDER_ID, Caller, status
from tests.bestillersystem.test_client import made, order
from tests.simulator.endpoint import Answer, Endpoint

EpromOf = Callable[..., Endpoint]
Receive = Callable[[BuiltInSystem], Caller]
Mistaken = Callable[[Behaviour, str], BuiltInSystem]
OTHER_ID = "284738d0-3c39-e611-9c2a-34e6d72e03c7"


@pytest.fixture
def mistaken(stack: ExitStack, tmp_path: Path) -> Mistaken:
    def opened(behaviour: Behaviour, url: str = "http://127.0.0.1:9") -> BuiltInSystem:
        http = httpx.Client(base_url=url, timeout=0.5)
        system = BuiltInSystem(http, api_key=KEY, store_path=str(tmp_path / "store.sqlite"), behaviour=behaviour)
        stack.callback(system.close)
        return system

    return opened


def answered(**changes: Any) -> dict[str, Any]:
    return status(formOrderStatus="Completed", formData='{"Tall": 1}') | changes


@pytest.mark.parametrize("answer", [Answer(drops=True), Answer(hangs=True), Answer(status=502)])
def test_sent_again(eprom: EpromOf, mistaken: Mistaken, answer: Answer) -> None:
    server = eprom(answer, made())
    assert mistaken(FAULTS["failed-order-resent"], server.url).client.place(order()) == ORDER_ID
    assert len(server.calls) == 2


@pytest.mark.parametrize("code", [400, 401])
def test_refusal_not_sent_again(eprom: EpromOf, mistaken: Mistaken, code: int) -> None:
    server = eprom(Answer(status=code), made())
    assert mistaken(FAULTS["failed-order-resent"], server.url).client.place(order()) is None
    assert len(server.calls) == 1


def test_silence_trusted(eprom: EpromOf, mistaken: Mistaken) -> None:
    system = mistaken(FAULTS["silence-trusted"], eprom(Answer(drops=True)).url)
    system.client.place(order())
    state = system.store.state("sak 1")
    assert state is not None
    assert state[0] == "ordered"


@pytest.mark.parametrize(("fault", "sent"), [("", "unanswered"), ("message-silence-trusted", "sent")])
def test_message_unanswered(eprom: EpromOf, mistaken: Mistaken, fault: str, sent: str) -> None:
    system = mistaken(FAULTS[fault] if fault else CORRECT, eprom(Answer(drops=True)).url)
    system.unsecure.send(Sms("sak 1", "Prøve", phone_number="00000000"))
    state = system.messages.state("sak 1")
    assert state is not None
    assert state.state == sent


@pytest.mark.parametrize(("fault", "names"), [("", ["Ordered"]), ("status-races", ["Ordered"] * 2)])
def test_same_at_once(mistaken: Mistaken, receive: Receive, fault: str, names: list[str]) -> None:
    system = mistaken(FAULTS[fault] if fault else CORRECT)
    send_at_once(receive(system), status(), status())
    assert [each.status.name for each in system.store.statuses(ORDER_ID)] == names


@pytest.mark.parametrize(("fault", "count"), [("", 2), ("last-writer-wins", 1)])
def test_two_at_once(mistaken: Mistaken, receive: Receive, fault: str, count: int) -> None:
    system = mistaken(FAULTS[fault] if fault else CORRECT)
    send_at_once(receive(system), status(), answered())
    assert len(system.store.statuses(ORDER_ID)) == count


def send_at_once(caller: Caller, *bodies: dict[str, Any]) -> None:
    with ThreadPoolExecutor(len(bodies)) as pool:
        assert {each.status_code for each in pool.map(caller.put, bodies)} == {200}


@pytest.mark.parametrize("fault", ["status-races", "last-writer-wins"])
def test_one_after_the_other(mistaken: Mistaken, receive: Receive, fault: str) -> None:
    system = mistaken(FAULTS[fault])
    caller = receive(system)
    for body in (status(), status(), answered(), answered()):
        caller.put(body)
    assert [each.status.name for each in system.store.statuses(ORDER_ID)] == ["Ordered", "Completed"]


@pytest.mark.parametrize(
    ("fault", "taken"), [("", []), ("status-any-key-taken", ["Ordered"]), ("return-any-key-taken", ["Completed"])]
)
def test_other_key(mistaken: Mistaken, receive: Receive, fault: str, taken: list[str]) -> None:
    system = mistaken(FAULTS[fault] if fault else CORRECT)
    caller = receive(system)
    codes = [caller.put(body | {"apiKey": KEY[::-1]}).status_code for body in (status(), answered())]
    assert codes.count(401) == 2 - len(taken)
    assert [each.status.name for each in system.store.statuses(ORDER_ID)] == taken


@pytest.mark.parametrize(("fault", "count"), [("", 0), ("unknown-order-taken-for-newest", 1)])
def test_unknown_order(eprom: EpromOf, mistaken: Mistaken, receive: Receive, fault: str, count: int) -> None:
    system = mistaken(FAULTS[fault] if fault else CORRECT, eprom(made()).url)
    system.client.place(order())
    receive(system).put(status(formOrderId=OTHER_ID))
    assert len(system.store.statuses(ORDER_ID)) == count


@pytest.mark.parametrize(
    ("number", "correct", "openqreg", "mrs"),
    [
        (0, "Completed", "Completed", "Ordered"),
        (1, "Expired", "Ordered", "Completed"),
        (2, "Ordered", "Expired", "Expired"),
        (3, "Error", "Completed", "Error"),
        (4, "PhysicalMailReturned", "PhysicalMailReturned", "PhysicalMailReturned"),
        (5, "DigipostDelivered", "DigipostDelivered", "DigipostDelivered"),
    ],
)
def test_numbers(mistaken: Mistaken, receive: Receive, number: int, correct: str, openqreg: str, mrs: str) -> None:
    behaviours = (CORRECT, FAULTS["status-number-of-openqreg"], FAULTS["status-number-of-mrs"])
    for position, (behaviour, name) in enumerate(zip(behaviours, (correct, openqreg, mrs), strict=True)):
        order_id = ORDER_ID[:-1] + str(position)
        system = mistaken(behaviour)
        receive(system).put(answered(formOrderStatus=number, formOrderId=order_id))
        assert [each.status.name for each in system.store.statuses(order_id)] == [name]


def test_answers_late(mistaken: Mistaken, receive: Receive) -> None:
    system = mistaken(replace(CORRECT, late_s=lambda members: 0.2 if members.get("formdata") else 0.0))
    caller = receive(system)
    assert caller.put(status()).elapsed.total_seconds() < 0.2 <= caller.put(answered()).elapsed.total_seconds()
