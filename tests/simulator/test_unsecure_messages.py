"""SMS and e-mail as ePROM takes them: what is sent, what is refused, and what leaves."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from eprom_verify.contract import Contract, operation
from eprom_verify.simulator.settings import BASE_PATH
from tests.simulator.conftest import KEY, Served

PATHS = {"sms": f"{BASE_PATH}/api/unsecuremessagesms", "email": f"{BASE_PATH}/api/unsecuremessageemail"}
LETTERS = {"sms": "C", "email": "D"}
WORDS = {"sms": {"smsText": "Prøve"}, "email": {"emailTitle": "Tittel", "emailText": "Prøve"}}
ADDRESS = {"sms": "phoneNumber", "email": "emailAddress"}
each_kind = pytest.mark.parametrize("kind", ["sms", "email"])


def number(served: Served, persona: str) -> str:
    return served.simulator.population[persona].national_id


def send(served: Served, kind: str, *, path: str = "", **members: Any) -> httpx.Response:
    body = {"apiKey": KEY} | WORDS[kind] | members
    return served.http.post(f"{served.url}{path or PATHS[kind]}", content=json.dumps(body))


@each_kind
def test_sent_to_registered_address(served: Served, kind: str) -> None:
    person = served.simulator.population["e-post og mobil"]
    answer = send(served, kind, nationalId=person.national_id)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    left = served.simulator.unsecure.sent[-1]
    point = person.contact.mobile if kind == "sms" else person.contact.email
    assert point is not None
    assert (left.kind, left.to, left.text, left.system) == (kind, point.value, "Prøve", "registeret")
    assert left.title == (None if kind == "sms" else "Tittel")
    assert Contract().check_response(operation(LETTERS[kind]), 200, answer.headers, answer.content) == ()


@each_kind
def test_sent_to_given_address(served: Served, kind: str) -> None:
    to = "+47 0000 0000" if kind == "sms" else "ingen@example.invalid"
    assert send(served, kind, **{ADDRESS[kind]: to, "nationalId": ""}).json() == {"success": True}
    assert served.simulator.unsecure.sent[-1].to == to


@each_kind
def test_any_case(served: Served, kind: str) -> None:
    answer = send(served, kind, path=PATHS[kind].upper(), NATIONALID=number(served, "e-post og mobil"), x=[1])
    assert answer.json() == {"success": True}


@pytest.mark.parametrize(
    "persona", ["ingen kanaler", "ikke i registeret", "død", "slettet fra kontaktregisteret", "12"]
)
@each_kind
def test_nobody_reached(served: Served, kind: str, persona: str) -> None:
    before = len(served.simulator.unsecure.sent)
    national_id = persona if persona == "12" else number(served, persona)
    answer = send(served, kind, nationalId=national_id)
    assert (answer.status_code, answer.json()) == (200, {"success": False})
    assert len(served.simulator.unsecure.sent) == before


@each_kind
def test_no_recipient_refused(served: Served, kind: str) -> None:
    answer = send(served, kind, nationalId="", **{ADDRESS[kind]: ""})
    assert answer.status_code == 400
    assert answer.json() == {"Message": f"Either nationalId or {ADDRESS[kind]} must be specified"}


@pytest.mark.parametrize("key", ["en-annen", "", None])
@each_kind
def test_unknown_key_refused(served: Served, kind: str, key: str | None) -> None:
    answer = send(served, kind, apiKey=key, nationalId=number(served, "e-post og mobil"))
    assert answer.status_code == 400
    assert answer.json() == {"Message": f"apiKey '{key or ''}' doesn't exists"}


def test_refused_key_hidden_in_journal(served: Served) -> None:
    send(served, "sms", apiKey="it's a 'key'", nationalId=number(served, "bare mobil"))
    seen = served.journal.exchanges()[-1]
    assert seen.response is not None
    assert seen.response.text == """{"Message":"apiKey '[skjult]' doesn't exists"}"""
    assert "a 'key" not in seen.request.text


@pytest.mark.parametrize("members", [{"nationalId": 1}, {"smsText": ["x"]}, {"smsText": "\ud800"}])
def test_unreadable_refused(served: Served, members: dict[str, Any]) -> None:
    assert send(served, "sms", **members).status_code == 400
