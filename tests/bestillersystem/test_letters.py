"""How the built-in bestillersystem sends letters and takes their status. Source: SendeMeldingTilInnbyggerV2."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from eprom_verify.bestillersystem.letter_client import Letter
from eprom_verify.bestillersystem.letter_store import RegisteredLetterStatus
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.checks.pdf import make_pdf
from eprom_verify.contract import Contract, operation
from eprom_verify.contract.enumerations import NotificationChannel, SentStatus
from eprom_verify.contract.letter_documents import Document, main_document
from eprom_verify.exchange import ZERO_GUID
from tests.bestillersystem.conftest import KEY, ORDER_ID, Caller
from tests.simulator.endpoint import Answer, Endpoint

EpromOf = Callable[..., Endpoint]
SystemOf = Callable[..., BuiltInSystem]
Receive = Callable[[BuiltInSystem], Caller]

MESSAGE_ID = ORDER_ID
PATH = "/api/MessageToCitizen"
SENT = RegisteredLetterStatus(SentStatus.Sent, NotificationChannel.Helsenorge)
ERROR = RegisteredLetterStatus(SentStatus.Error, NotificationChannel.NoChannel)


def letter(case_id: str = "sak 1", **changes: Any) -> Letter:
    facts: dict[str, Any] = {
        "national_id": "26670271527",
        "pdf": make_pdf("Et brev"),
        "sender_info": {"organisationName": "Registeret", "organisationNr": "000000000"},
        "message_info": {"title": "Brev", "description": "Et brev", "merknad": "Prøve"},
        "channels": ["Helsenorge", 2],
    }
    return Letter(case_id=case_id, **(facts | changes))


def taken(**changes: Any) -> Answer:
    members = {"notificationChannel": "Helsenorge", "messageToCitizenId": MESSAGE_ID} | changes
    return Answer(body=json.dumps({name: value for name, value in members.items() if value is not ...}).encode())


def status(**changes: Any) -> dict[str, Any]:
    members = {"apiKey": KEY, "messageToCitizenId": MESSAGE_ID, "notificationChannel": 1, "sentStatus": 0}
    return members | changes


def test_request(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(taken())
    opened = system(f"{server.url}/promswebapi")
    assert opened.letters.send(letter(paper_color_print=True)) == MESSAGE_ID
    [call] = server.calls
    assert (call.method, call.path) == ("POST", "/promswebapi/api/v2/MessageToCitizen")
    assert call.headers["Authorization"] == f"Basic {KEY}"
    assert KEY.encode() not in call.body
    assert main_document(call.json["documentCollection"]) == Document.of(letter().pdf)
    assert call.json["notificationPriorityList"] == ["Helsenorge", 2]
    assert (call.json["paperColorPrint"], call.json["testMode"]) == (True, False)
    assert Contract().check_request(operation("B"), call.headers, call.body) == ()
    assert opened.letter_store.state("sak 1") == ("taken", MESSAGE_ID, None)


@pytest.mark.parametrize(
    "changes", [{}, {"notificationChannel": 4}, {"notificationChannel": "2"}, {"messageToCitizenId": ORDER_ID.upper()}]
)
def test_taken(eprom: EpromOf, system: SystemOf, changes: dict[str, Any]) -> None:
    opened = system(eprom(taken(**changes)).url)
    assert opened.letters.send(letter()) == MESSAGE_ID


@pytest.mark.parametrize(
    "answer",
    [
        taken(notificationChannel="None", messageToCitizenId=ZERO_GUID),
        taken(notificationChannel="none"),
        taken(notificationChannel="0"),
        taken(notificationChannel=0),
        taken(notificationChannel=...),
        taken(notificationChannel="Brevdue"),
        taken(messageToCitizenId=...),
        taken(messageToCitizenId=None),
        taken(messageToCitizenId="17"),
        taken(messageToCitizenId=ZERO_GUID),
        Answer(body=b""),
        Answer(body=b"[]"),
        Answer(status=400, body=b'{"Message": "Main document in MessageToCitizen is missing"}'),
        Answer(status=400, body=taken().body),
        Answer(status=413, body=b""),
        Answer(status=502, body=b"Unable to communicate with Helsenorge. No message sent."),
        Answer(status=504, body=b"Timeout while waiting for response from Helsenorge"),
        Answer(drops=True),
    ],
)
def test_not_sent(eprom: EpromOf, system: SystemOf, answer: Answer) -> None:
    server = eprom(answer)
    opened = system(server.url)
    assert opened.letters.send(letter()) is None
    state = opened.letter_store.state("sak 1")
    assert state is not None
    assert state[:2] == ("failed", None)
    assert state[2]
    assert len(server.calls) == 1


def test_one_letter_a_case(eprom: EpromOf, system: SystemOf) -> None:
    server = eprom(taken())
    opened = system(server.url)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: opened.letters.send(letter()), range(8)))
    assert opened.letters.send(letter()) == MESSAGE_ID
    assert len(server.calls) == 1


def test_id_of_another_case(eprom: EpromOf, system: SystemOf) -> None:
    opened = system(eprom(taken()).url)
    assert opened.letters.send(letter("sak 1")) == MESSAGE_ID
    assert opened.letters.send(letter("sak 2")) is None


@pytest.mark.parametrize(
    ("changes", "registered"),
    [
        ({}, SENT),
        ({"notificationChannel": "Helsenorge", "sentStatus": "Sent"}, SENT),
        ({"notificationChannel": "1", "sentStatus": "sent"}, SENT),
        ({"messageToCitizenId": MESSAGE_ID.upper()}, SENT),
        ({"notificationChannel": 0, "sentStatus": 1}, ERROR),
        ({"notificationChannel": "None", "sentStatus": "Error"}, ERROR),
        ({"somethingNew": [1]}, SENT),
    ],
)
def test_registered(
    system: SystemOf, receive: Receive, changes: dict[str, Any], registered: RegisteredLetterStatus
) -> None:
    opened = system()
    caller = receive(opened)
    answers = [caller.put(status(**changes), path=PATH) for _ in range(3)]
    assert [(each.status_code, each.json()) for each in answers] == [(200, {"success": True})] * 3
    assert opened.letter_store.statuses(MESSAGE_ID) == [registered]


def test_before_response(system: SystemOf, receive: Receive) -> None:
    opened = system()
    assert opened.letter_store.begin("sak 1")
    assert receive(opened).put(status(), path=PATH.upper()).json() == {"success": True}
    opened.letter_store.taken("sak 1", MESSAGE_ID)
    assert opened.letter_store.knows(MESSAGE_ID)
    assert opened.letter_store.statuses(MESSAGE_ID) == [SENT]


@pytest.mark.parametrize("key", ["", "wrong", KEY.upper(), None, 17, [], {}, "\ud800"])
def test_wrong_key(system: SystemOf, receive: Receive, key: Any) -> None:
    opened = system()
    answer = receive(opened).put(json.dumps(status(apiKey=key)).encode(), path=PATH)
    assert (answer.status_code, answer.json()) == (401, {"success": False})
    assert opened.letter_store.statuses(MESSAGE_ID) == []


@pytest.mark.parametrize("name", ["messageToCitizenId", "notificationChannel", "sentStatus"])
@pytest.mark.parametrize("value", [None, "", "x", -1, 99, 1.5, True, [], {}, "9" * 5000])
def test_unreadable_member(system: SystemOf, receive: Receive, name: str, value: Any) -> None:
    opened = system()
    answer = receive(opened).put(json.dumps(status(**{name: value})).encode(), path=PATH)
    assert (answer.status_code, answer.json()) == (400, {"success": False})
    assert opened.letter_store.statuses(MESSAGE_ID) == []


@pytest.mark.parametrize("junk", [b"", b"[]", b"null", b'{"apiKey": ', b"[" * 100_000, b"\xff\x00"])
def test_junk(system: SystemOf, receive: Receive, junk: bytes) -> None:
    assert receive(system()).put(junk, path=PATH).status_code == 400


def test_after_restart(system: SystemOf, receive: Receive, eprom: EpromOf) -> None:
    first = system(eprom(taken()).url)
    first.letters.send(letter())
    receive(first).put(status(), path=PATH)
    first.letter_store.close()
    second = system()
    assert second.letter_store.state("sak 1") == ("taken", MESSAGE_ID, None)
    assert second.letter_store.statuses(MESSAGE_ID) == [SENT]
    assert second.letters.send(letter()) == MESSAGE_ID
