"""How the built-in bestillersystem orders: once for each case, whatever ePROM answers."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from eprom_verify.bestillersystem.client import FormOrder
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.contract import Contract, operation
from eprom_verify.persons import Sex
from eprom_verify.persons.national_id import Series, generate
from tests.bestillersystem.conftest import KEY, ORDER_ID
from tests.simulator.endpoint import Answer, Endpoint

EpromOf = Callable[..., Endpoint]
SystemOf = Callable[..., BuiltInSystem]
PERSON = generate(random.Random(3), birth_date=date(1970, 5, 6), sex=Sex.MAN, series=Series.PLUS_65)


def made(order_id: str = ORDER_ID, **members: Any) -> Answer:
    return Answer(body=json.dumps({"id": order_id, "notificationChannel": "Helsenorge"} | members).encode())


def order(case_id: str = "sak 1", **changes: Any) -> FormOrder:
    facts: dict[str, Any] = {
        "form_id": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a",
        "national_id": PERSON,
        "expiry_date": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    return FormOrder(case_id=case_id, **(facts | changes))


def test_request(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(made())
    placed = system(f"{server.url}/promswebapi").client.place(
        order(
            distribution_rule="BasicOrPaper",
            metadata={"age": 76, "sted": "høyre kne"},
            must_be_signed=True,
            signing_text="Jeg bekrefter",
            physical_address={"fullName": "Test Testesen"},
        )
    )
    assert placed == ORDER_ID
    [call] = server.calls
    assert (call.method, call.path) == ("POST", "/promswebapi/api/v2/formorder")
    assert call.headers["Authorization"] == f"Basic {KEY}"
    assert call.headers["Content-Type"] == "application/json;charset=utf-8"
    assert KEY.encode() not in call.body
    assert call.json == {
        "formId": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a",
        "nationalId": PERSON,
        "expiryDate": "2030-01-02T03:04:05+00:00",
        "metadata": '{"age": 76, "sted": "høyre kne"}',
        "dontStoreCompletedFormInPha": False,
        "distributionRule": "BasicOrPaper",
        "mustBeSigned": True,
        "signingText": "Jeg bekrefter",
        "physicalAddress": {"fullName": "Test Testesen"},
        "testMode": False,
        "onBehalfOfNationalId": None,
    }
    assert not [each for each in Contract().check_request(operation("A"), call.headers, call.body) if each.is_violation]


def test_rule_left_out(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(made())
    system(server.url).client.place(order())
    assert "distributionRule" not in server.calls[0].json


def test_once_for_each_case(eprom: EpromOf, system: SystemOf) -> None:
    other = "284738d0-3c39-e611-9c2a-34e6d72e03c7"
    server = eprom(made(), made(other))
    client = system(server.url).client
    assert [client.place(order()) for _ in range(3)] == [ORDER_ID] * 3
    assert client.place(order("sak 2")) == other
    assert len(server.calls) == 2


def test_two_at_once(eprom: EpromOf, system: SystemOf) -> None:
    ids = [str(UUID(int=number + 1)) for number in range(20)]
    server = eprom(*(made(each) for each in ids))
    client = system(server.url).client
    for number in range(20):
        barrier = threading.Barrier(2)

        def place(case_id: str, barrier: threading.Barrier = barrier) -> str | None:
            barrier.wait(5)
            return client.place(order(case_id))

        with ThreadPoolExecutor(2) as pool:
            placed = [pool.submit(place, f"sak {number}") for _ in range(2)]
            # The one that came second may be told before the first has had its answer.
            assert {future.result(10) for future in placed} <= {ids[number], None}
        assert len(server.calls) == number + 1
        assert client.place(order(f"sak {number}")) == ids[number]


@pytest.mark.parametrize("answer", [Answer(hangs=True), Answer(drops=True)])
def test_not_sent_again(eprom: EpromOf, system: SystemOf, answer: Answer) -> None:
    server = eprom(answer, made())
    client = system(server.url, timeout_s=0.2)
    assert client.client.place(order()) is None
    assert client.client.place(order()) is None
    assert len(server.calls) == 1
    state = client.store.state("sak 1")
    assert state is not None
    assert state[:2] == ("failed", None)


def test_not_sent_after_restart(eprom: EpromOf, system: SystemOf) -> None:
    """A system that stopped between sending and the answer does not know; it must not send again."""
    server = eprom(made())
    first = system(server.url)
    assert first.store.begin("sak 1")
    first.store.close()
    assert system(server.url).client.place(order()) is None
    assert server.calls == []


def test_nobody_answers(system: SystemOf) -> None:
    opened = system()
    assert opened.client.place(order()) is None
    assert opened.store.state("sak 1") == ("failed", None, "ePROM svarte ikke (ConnectError).")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=400, body=b'{"Message": "The ordered form is not Published"}'),
        Answer(status=401),
        Answer(status=500, body=b"<html>"),
        Answer(status=302),
        made("00000000-0000-0000-0000-000000000000"),
        made("not a GUID"),
        made(""),
        Answer(body=b'{"id": null}'),
        Answer(body=b'{"id": 17}'),
        Answer(body=b'{"id": ["184738d0-3c39-e611-9c2a-34e6d72e03c7"]}'),
        Answer(body=b"{}"),
        Answer(body=b""),
        Answer(body=b"<html>Logg inn</html>", content_type="text/html"),
        Answer(body=b"[" * 100_000),
        Answer(body=b"\xff\xfe"),
        Answer(status=204),
    ],
)
def test_no_order_made(eprom: EpromOf, system: SystemOf, answer: Answer) -> None:
    server = eprom(answer)
    opened = system(server.url)
    assert opened.client.place(order()) is None
    state = opened.store.state("sak 1")
    assert state is not None
    assert state[:2] == ("failed", None)
    assert state[2]


def test_answer_in_any_case(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(Answer(body=json.dumps({"Id": ORDER_ID.upper()}).encode()))
    assert system(server.url).client.place(order()) == ORDER_ID


def test_same_id_twice(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(made())
    opened = system(server.url)
    assert opened.client.place(order()) == ORDER_ID
    assert opened.client.place(order("sak 2")) is None
    state = opened.store.state("sak 2")
    assert state is not None
    assert state[0] == "failed"


def test_expiry_has_offset(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(made())
    system(server.url).client.place(order(expiry_date=datetime.now(UTC) + timedelta(days=7)))
    assert datetime.fromisoformat(server.calls[0].json["expiryDate"]).tzinfo is not None
