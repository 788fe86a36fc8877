"""Forms that must be signed: before they are delivered, and what is returned then. Source: SkjemaSomKreverSignatur."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from eprom_verify.exchange import ZERO_GUID
from eprom_verify.serving import Host
from eprom_verify.simulator.returns import Answer, MustBeSigned
from tests.simulator.conftest import Serve, Served
from tests.simulator.endpoint import Endpoint

EndpointOf = Callable[..., Endpoint]

ANSWERS = {"HealthGeneral": 1, "Fritekst": "Blåbær"}
TO_SIGN = {"mustBeSigned": True, "signingText": "Jeg bekrefter"}


def delivered(served: Served, host: Host, system: Endpoint, answer: Answer, **order: Any) -> dict[str, Any]:
    """The return that comes when a form is ordered and delivered so."""
    order_id = served.order(**order).json()["id"]
    system.bodies(1)
    host.run(served.simulator.forms.answer(order_id, answer))
    body: dict[str, Any] = system.bodies(2)[1]
    return body


def kinds(body: dict[str, Any]) -> list[str]:
    return [each["eventType"] for each in body["formOrderEventLog"]]


@pytest.mark.parametrize("edition", ["2026-05", "2023-10"])
def test_signed_is_returned_with_id(serve: Serve, endpoint: EndpointOf, host: Host, edition: str) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, edition=edition)
    body = delivered(served, host, system, Answer(data=ANSWERS, signed=True), **TO_SIGN)
    [document] = served.simulator.documents.documents.values()
    assert body["signedFormId"] == document.id != ZERO_GUID
    assert body["formOrderStatus"] == "Completed"
    assert document.order.id == body["formOrderId"]


def test_unsigned_is_not_delivered(serve: Serve, endpoint: EndpointOf, host: Host) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    order_id = served.order(**TO_SIGN).json()["id"]
    system.bodies(1)
    with pytest.raises(MustBeSigned):
        host.run(served.simulator.forms.answer(order_id, Answer(data=ANSWERS)))
    assert served.simulator.orders[order_id].status is not None
    assert served.simulator.orders[order_id].status.name == "Ordered"
    host.run(served.simulator.forms.answer(order_id, Answer(data=ANSWERS, signed=True)))
    assert [each.get("formOrderStatus") for each in system.bodies(2)] == ["Ordered", "Completed"]
    assert len(system.calls) == 2


def test_others_are_returned_unsigned(serve: Serve, endpoint: EndpointOf, host: Host) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    body = delivered(served, host, system, Answer(data=ANSWERS))
    assert body["signedFormId"] == ZERO_GUID
    assert kinds(body) == ["FormOpened", "QuestionAccessed", "QuestionAccessed", "FormDelivered"]
    assert served.simulator.documents.documents == {}


def test_paper_is_let_through(serve: Serve, endpoint: EndpointOf, host: Host) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    order = TO_SIGN | {"persona": "bare papir", "distributionRule": "PaperOnly"}
    body = delivered(served, host, system, Answer(data=ANSWERS, on_paper=True), **order)
    assert body["signedFormId"] == ZERO_GUID


@pytest.mark.parametrize(
    ("attempts", "logged"),
    [
        ((), ["SigningStarted", "SigningCompleted"]),
        (("SigningCancelled",), ["SigningStarted", "SigningCancelled", "SigningStarted", "SigningCompleted"]),
        (
            ("SigningError", "SigningCancelled"),
            [
                "SigningStarted",
                "SigningError",
                "SigningStarted",
                "SigningCancelled",
                "SigningStarted",
                "SigningCompleted",
            ],
        ),
    ],
)
def test_signing_is_logged(
    serve: Serve, endpoint: EndpointOf, host: Host, attempts: tuple[str, ...], logged: list[str]
) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    body = delivered(served, host, system, Answer(data=ANSWERS, signed=True, signing_attempts=attempts), **TO_SIGN)
    assert kinds(body) == ["FormOpened", "QuestionAccessed", "QuestionAccessed", *logged, "FormDelivered"]
    times = [datetime.fromisoformat(each["timestampUtc"]) for each in body["formOrderEventLog"]]
    assert times == sorted(set(times))
    assert times[-1] == served.now.replace(tzinfo=None, microsecond=123000)


def test_many_sign_at_once(serve: Serve, endpoint: EndpointOf, host: Host) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    orders = [served.order(**TO_SIGN).json()["id"] for _ in range(8)]
    system.bodies(8)

    async def all_answer() -> None:
        await asyncio.gather(*(served.simulator.forms.answer(each, Answer(data={}, signed=True)) for each in orders))

    host.run(all_answer())
    told = {each["formOrderId"]: each["signedFormId"] for each in system.bodies(16)[8:]}
    assert {each.id: each.order.id for each in served.simulator.documents.documents.values()} == {
        document: order for order, document in told.items()
    }
    assert len({each.content for each in served.simulator.documents.documents.values()}) == 8
