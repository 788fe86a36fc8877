"""How the built-in bestillersystem sends SMS and e-mail: once for each case, and trusting only a plain yes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.bestillersystem.unsecure import Email, Sms
from eprom_verify.contract import Contract, operation
from tests.bestillersystem.conftest import KEY
from tests.simulator.endpoint import Answer, Endpoint

EpromOf = Callable[..., Endpoint]
SystemOf = Callable[..., BuiltInSystem]
PERSON = "26670271527"
NUMBER = "+47 0000 0000"


def test_sms_request(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(Answer())
    opened = system(f"{server.url}/promswebapi")
    opened.unsecure.send(Sms("sak 1", "Prøve på æøå", national_id=PERSON, phone_number=NUMBER))
    [call] = server.calls
    assert (call.method, call.path) == ("POST", "/promswebapi/api/unsecuremessagesms")
    assert call.json == {"apiKey": KEY, "smsText": "Prøve på æøå", "nationalId": PERSON, "phoneNumber": NUMBER}
    assert "Authorization" not in call.headers
    assert Contract().check_request(operation("C"), call.headers, call.body) == ()


def test_email_request(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(Answer())
    system(server.url).unsecure.send(Email("sak 1", "Tittel", "Tekst", email_address="ingen@example.invalid"))
    [call] = server.calls
    assert call.path == "/api/unsecuremessageemail"
    assert call.json == {
        "apiKey": KEY,
        "emailTitle": "Tittel",
        "emailText": "Tekst",
        "emailAddress": "ingen@example.invalid",
    }
    assert Contract().check_request(operation("D"), call.headers, call.body) == ()


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [
        (200, {"success": True}, "sent"),
        (200, {"Success": True}, "sent"),
        (200, {"success": False}, "not sent"),
        (200, {"success": "true"}, "not sent"),
        (200, {}, "not sent"),
        (200, [True], "not sent"),
        (201, {"success": True}, "not sent"),
        (400, {"Message": "apiKey 'x' doesn't exists"}, "not sent"),
        (500, {"success": True}, "not sent"),
    ],
)
def test_answer_read(eprom: EpromOf, system: SystemOf, status: int, answer: object, state: str) -> None:
    server = eprom(Answer(status=status, body=json.dumps(answer).encode()))
    opened = system(server.url)
    opened.unsecure.send(Sms("sak 1", "Prøve", national_id=PERSON))
    kept = opened.messages.state("sak 1")
    assert kept is not None
    assert kept.state == state
    assert (kept.reason is None) is (state == "sent")


def test_sent_once_for_a_case(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(Answer(drops=True), Answer())
    opened = system(server.url)
    for _ in range(2):
        opened.unsecure.send(Sms("sak 1", "Prøve", national_id=PERSON))
    kept = opened.messages.state("sak 1")
    assert kept is not None
    assert kept.state == "unanswered"
    assert len(server.calls) == 1


def test_unknown_case(system: SystemOf) -> None:
    assert system().messages.state("ingen") is None
