"""Forms that patients order themselves. Source: PasientinitiertBestillingAvSkjema; Overordnetskisse pasientinitiert."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from eprom_verify.contract.enumerations import FormOrderStatus, NotificationChannel
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.serving import Host
from eprom_verify.simulator.forms import (
    DRAFT,
    OTHER_SYSTEM,
    OTHER_SYSTEMS,
    PATIENTS_OWN,
    PATIENTS_OWN_SIGNED,
    RAND_12,
    WITHDRAWN,
)
from eprom_verify.simulator.orders import Bestillersystem, Order
from eprom_verify.simulator.returns import Answer as FormAnswer
from eprom_verify.simulator.wire import Refused
from tests.simulator.conftest import KEY, Serve, Served
from tests.simulator.endpoint import Endpoint

EndpointOf = Callable[..., Endpoint]

OF_THE_EXAMPLE = datetime(2023, 3, 29, 8, 1, 49, 857000, tzinfo=UTC)
NO_FORM = "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2eff"


def begin(served: Served, form_id: str = PATIENTS_OWN.id, persona: str = "alle kanaler") -> Order:
    return served.simulator.initiated.begin(form_id, served.simulator.population[persona].national_id)


def deliver(host: Host, served: Served, order: Order, **facts: Any) -> None:
    host.run(served.simulator.forms.answer(order.id, FormAnswer(data={"HealthGeneral": 1}, **facts)))


@pytest.mark.parametrize("edition", ["2026-05", "2023-10"])
def test_returned_as_the_page_shows(host: Host, serve: Serve, endpoint: EndpointOf, edition: str) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, edition=edition)
    served.now = OF_THE_EXAMPLE
    order = begin(served)
    deliver(host, served, order)
    [body] = system.bodies(1)
    assert body["isPatientInitiated"] is True
    assert body["patientInitiatedValues"] == {
        "formId": PATIENTS_OWN.id,
        "nationalId": served.simulator.population["alle kanaler"].national_id,
        "orderTimestamp": "2023-03-29T10:01:49.857",
        "orderTimestampUTC": "2023-03-29T08:01:49.857Z",
    }
    assert (body["apiKey"], body["formOrderId"], body["formOrderStatus"]) == (KEY, order.id, "Completed")
    assert (body["formData"], body["signedFormId"]) == ('{"HealthGeneral": 1}', ZERO_GUID)
    assert body["notificationChannel"] == "None"
    assert "filledOutBy" not in body
    assert "errorCode" not in body


def test_expired_tells_who(host: Host, serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    order = begin(served)
    host.run(served.simulator.forms.expire(order.id))
    [body] = system.bodies(1)
    assert (body["formOrderStatus"], body["isPatientInitiated"]) == ("Expired", True)
    assert body["patientInitiatedValues"]["nationalId"] == order.asked["nationalId"]


def test_ordered_is_not_marked(host: Host, serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    order_id = served.order().json()["id"]
    assert system.wait(1)
    deliver(host, served, served.simulator.orders[order_id])
    body = system.bodies(2)[1]
    assert body["isPatientInitiated"] is False
    assert "patientInitiatedValues" not in body


def test_goes_to_owner(host: Host, serve: Serve, endpoint: EndpointOf) -> None:
    first, owner = endpoint(), endpoint()
    served = serve(callback_url=first.url)
    served.simulator.register(Bestillersystem(OTHER_SYSTEM, "eierens-nokkel", owner.url))
    deliver(host, served, begin(served, OTHER_SYSTEMS.id))
    assert owner.bodies(1)[0]["apiKey"] == "eierens-nokkel"
    deliver(host, served, begin(served))
    # What came for the first one is only what is its own.
    assert [body["apiKey"] for body in first.bodies(1)] == [KEY]
    assert len(first.calls) == 1


def test_owner_without_address(host: Host, serve: Serve) -> None:
    served = serve()
    order = begin(served)
    deliver(host, served, order)
    assert order.status is FormOrderStatus.Completed
    assert order.deliveries == []


@pytest.mark.parametrize(
    ("form_id", "persona", "text"),
    [
        (DRAFT.id, "alle kanaler", "not published"),
        (WITHDRAWN.id, "alle kanaler", "not published"),
        (RAND_12.id, "alle kanaler", "cannot be ordered by patients"),
        (NO_FORM, "alle kanaler", "no such form"),
        (PATIENTS_OWN.id, "ikke i registeret", "can log in"),
        (PATIENTS_OWN.id, "død", "can log in"),
        (OTHER_SYSTEMS.id, "alle kanaler", "is not registered"),
    ],
)
def test_refused(serve: Serve, form_id: str, persona: str, text: str) -> None:
    served = serve()
    with pytest.raises(Refused, match=text):
        begin(served, form_id, persona)
    assert served.simulator.orders == {}


@pytest.mark.parametrize("persona", ["ingen kanaler", "delvis samtykke", "D-nummer", "12 år"])
def test_everybody_may_begin(served: Served, persona: str) -> None:
    order = begin(served, PATIENTS_OWN.id.upper(), persona)
    assert served.simulator.orders[order.id] is order
    assert order.recipient is served.simulator.population[persona]
    assert (order.patient_initiated, order.on_behalf_of, order.single_use_code) == (True, None, None)


def test_has_to_be_signed(host: Host, serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    order = begin(served, PATIENTS_OWN_SIGNED.id)
    with pytest.raises(Refused, match="signed"):
        deliver(host, served, order)
    assert order.status is FormOrderStatus.Ordered
    deliver(host, served, order, signed=True)
    assert [body["formOrderStatus"] for body in system.bodies(1)] == ["Completed"]


@pytest.mark.parametrize(
    ("persona", "channel"),
    [
        ("alle kanaler", NotificationChannel.Helsenorge),
        ("bare digital postkasse", NotificationChannel.DigitalMailbox),
        ("gamle kontaktopplysninger", NotificationChannel.DigitalMailbox),
        ("bare e-post", None),
        ("ingen kanaler", None),
    ],
)
def test_copy(host: Host, serve: Serve, persona: str, channel: NotificationChannel | None) -> None:
    served = serve()
    order = begin(served, persona=persona)
    deliver(host, served, order)
    kept = [(each.national_id, each.channel) for each in order.copies]
    assert kept == ([] if channel is None else [(order.asked["nationalId"], channel)])


def test_shown(serve: Serve) -> None:
    served = serve(control=True)
    order = begin(served)
    [shown] = served.http.get(f"{served.url}/_control/orders").json()
    assert (shown["id"], shown["patientInitiated"], shown["recipient"]) == (order.id, True, "alle kanaler")
    forms = {each["id"]: each for each in served.http.get(f"{served.url}/_control/forms").json()}
    assert forms[PATIENTS_OWN_SIGNED.id]["patientMayOrder"] is True
    assert forms[PATIENTS_OWN_SIGNED.id]["patientMustSign"] is True
    assert forms[RAND_12.id]["patientMayOrder"] is False
    assert forms[OTHER_SYSTEMS.id]["owner"] == OTHER_SYSTEM
