"""How the built-in bestillersystem takes forms that it did not order. Source: PasientinitiertBestillingAvSkjema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from eprom_verify.bestillersystem.client import FormOrder
from eprom_verify.bestillersystem.patients import InitiatedForm
from eprom_verify.bestillersystem.system import BuiltInSystem
from tests.bestillersystem.conftest import KEY, ORDER_ID, Caller
from tests.simulator.endpoint import Answer, Endpoint

SystemOf = Callable[..., BuiltInSystem]
Receive = Callable[[BuiltInSystem], Caller]

FORM_ID = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
PERSON, OTHER = "26670271527", "26670271528"
MOMENT = datetime(2023, 3, 29, 8, 1, 49, 857000, tzinfo=UTC)
VALUES = {
    "formId": FORM_ID,
    "nationalId": PERSON,
    "orderTimestamp": "2023-03-29T10:01:49.857",
    "orderTimestampUTC": "2023-03-29T08:01:49.857Z",
}


def returned(**changes: Any) -> dict[str, Any]:
    return {
        "apiKey": KEY,
        "formOrderId": ORDER_ID,
        "formData": '{"HealthGeneral": 1}',
        "formOrderStatus": "Completed",
        "isPatientInitiated": True,
        "patientInitiatedValues": VALUES,
    } | changes


def test_patient_created(system: SystemOf, receive: Receive) -> None:
    opened = system()
    assert receive(opened).put(returned()).json() == {"success": True}
    assert opened.patients.count(PERSON) == 1
    assert opened.patients.owner(ORDER_ID) == PERSON
    assert opened.patients.initiated(ORDER_ID) == [InitiatedForm(PERSON, FORM_ID, MOMENT)]
    assert [each.answers for each in opened.store.statuses(ORDER_ID)] == [{"HealthGeneral": 1}]


def test_registered_once(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    assert [caller.put(returned()).status_code for _ in range(3)] == [200] * 3
    assert (opened.patients.count(PERSON), len(opened.patients.initiated(ORDER_ID))) == (1, 1)
    assert len(opened.store.statuses(ORDER_ID)) == 1


def test_second_form_of_the_same(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    second = ORDER_ID.replace("1", "2")
    caller.put(returned())
    caller.put(returned(formOrderId=second))
    assert opened.patients.count(PERSON) == 1
    assert opened.patients.owner(second) == PERSON


def test_survives_restart(system: SystemOf, receive: Receive) -> None:
    opened = system()
    receive(opened).put(returned())
    opened.close()
    again = system()
    assert again.patients.initiated(ORDER_ID) == [InitiatedForm(PERSON, FORM_ID, MOMENT)]
    assert again.patients.count(PERSON) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"isPatientInitiated": False, "patientInitiatedValues": None},
        {"isPatientInitiated": False},
        {"isPatientInitiated": None},
        {"isPatientInitiated": "true"},
    ],
)
def test_unmarked_is_nobodys(system: SystemOf, receive: Receive, changes: dict[str, Any]) -> None:
    opened = system()
    assert receive(opened).put(returned(**changes)).json() == {"success": True}
    assert opened.patients.initiated(ORDER_ID) == []
    assert (opened.patients.owner(ORDER_ID), opened.patients.count(PERSON)) == (None, 0)


@pytest.mark.parametrize("values", [None, {}, "text", {"nationalId": ""}, {"nationalId": 1}, {"formId": FORM_ID}])
def test_nameless_refused(system: SystemOf, receive: Receive, values: object) -> None:
    opened = system()
    answer = receive(opened).put(returned(patientInitiatedValues=values))
    assert (answer.status_code, answer.json()) == (400, {"success": False})
    assert opened.store.statuses(ORDER_ID) == []
    assert opened.patients.initiated(ORDER_ID) == []


@pytest.mark.parametrize(
    ("changes", "form"),
    [
        ({"orderTimestampUTC": None}, InitiatedForm(PERSON, FORM_ID, None)),
        ({"orderTimestampUTC": "i går"}, InitiatedForm(PERSON, FORM_ID, None)),
        ({"orderTimestampUTC": "2023-03-29T08:01:49Z"}, InitiatedForm(PERSON, FORM_ID, MOMENT.replace(microsecond=0))),
        ({"formId": FORM_ID.upper()}, InitiatedForm(PERSON, FORM_ID, MOMENT)),
        ({"formId": None}, InitiatedForm(PERSON, None, MOMENT)),
    ],
)
def test_what_is_not_told(system: SystemOf, receive: Receive, changes: dict[str, Any], form: InitiatedForm) -> None:
    opened = system()
    assert receive(opened).put(returned(patientInitiatedValues=VALUES | changes)).json() == {"success": True}
    assert opened.patients.initiated(ORDER_ID) == [form]


def test_names_in_any_case(system: SystemOf, receive: Receive) -> None:
    opened = system()
    body = returned(patientInitiatedValues={name.upper(): value for name, value in VALUES.items()})
    receive(opened).put({name.upper(): value for name, value in body.items()})
    assert opened.patients.initiated(ORDER_ID) == [InitiatedForm(PERSON, FORM_ID, MOMENT)]


def test_expiry_creates_nobody(system: SystemOf, receive: Receive) -> None:
    opened = system()
    body = returned(formOrderStatus="Expired", formData=None)
    assert receive(opened).put(body).json() == {"success": True}
    assert (opened.patients.count(PERSON), opened.patients.initiated(ORDER_ID)) == (0, [])


@pytest.mark.parametrize(("on_behalf_of", "patient"), [(None, PERSON), (OTHER, OTHER)])
def test_ordered_form_is_whom_it_is_about(
    system: SystemOf, eprom: Callable[..., Endpoint], receive: Receive, on_behalf_of: str | None, patient: str
) -> None:
    answering = eprom(Answer(body=f'{{"id": "{ORDER_ID}"}}'.encode()))
    opened = system(answering.url)
    expiry = datetime(2026, 4, 2, tzinfo=UTC)
    order = FormOrder(
        case_id="sak",
        form_id=FORM_ID,
        national_id=PERSON,
        expiry_date=expiry,
        on_behalf_of_national_id=on_behalf_of,
    )
    assert opened.client.place(order) == ORDER_ID
    assert opened.patients.owner(ORDER_ID) == patient
    assert opened.patients.count(patient) == 1
    told = {"filledOutByActNationalId": OTHER, "filledOutByActType": "Fullmakt"}
    # Neither who filled it in nor a mark on what was ordered makes it another's.
    receive(opened).put(returned(filledOutBy=told))
    assert opened.patients.owner(ORDER_ID) == patient
    assert opened.patients.initiated(ORDER_ID) == []
