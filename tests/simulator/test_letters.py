"""How letters are taken, sent and told of. Source: SendeMeldingTilInnbyggerV2."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Any

import httpx
import pytest

from eprom_verify.checks.pdf import make_pdf
from eprom_verify.contract.letter_documents import MOST_BYTES, Document, document_collection
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.simulator.letter_behaviour import LetterBehaviour
from eprom_verify.simulator.settings import BASE_PATH
from tests.simulator.conftest import KEY, QUICK, Serve, Served
from tests.simulator.endpoint import Answer, Endpoint

EndpointOf = Callable[..., Endpoint]

PATH = f"{BASE_PATH}/api/v2/MessageToCitizen"
PDF = make_pdf("Et brev")
NOT_ACCEPTED = Answer(body=b'{"success": false}')


def body(served: Served, persona: str = "alle kanaler", **changes: Any) -> dict[str, Any]:
    return {
        "nationalId": served.simulator.population[persona].national_id,
        "senderInfo": {"organisationName": "Registeret", "organisationNr": "000000000"},
        "messageInfo": {"title": "Brev", "description": "Et brev"},
        "documentCollection": document_collection(PDF),
        "notificationPriorityList": ["Helsenorge", "DigitalMailbox"],
    } | changes


def send(served: Served, persona: str = "alle kanaler", *, key: str = KEY, **changes: Any) -> httpx.Response:
    return served.post(body(served, persona, **changes), key=key, path=PATH)


def stimulate(served: Served, persona: str, **changes: Any) -> None:
    number = served.simulator.population[persona].national_id
    served.simulator.stimulate(number, letters=replace(LetterBehaviour(), **changes))


@pytest.mark.parametrize(
    ("wanted", "channel"),
    [
        (["Helsenorge", "DigitalMailbox"], "Helsenorge"),
        (["DigitalMailbox", "Helsenorge"], "DigitalMailbox"),
        ([4, 1], "PhysicalMailbox"),
        (["3", "PhysicalMailbox"], "Unsecure"),
        (["helsenorge"], "Helsenorge"),
        (["None", "PhysicalMailbox"], "PhysicalMailbox"),
    ],
)
def test_first_channel(served: Served, wanted: list[Any], channel: str) -> None:
    answer = send(served, notificationPriorityList=wanted)
    assert answer.status_code == 200
    assert answer.json()["notificationChannel"] == channel
    letter = served.simulator.letters.letters[answer.json()["messageToCitizenId"]]
    assert letter.document == Document.of(PDF)


@pytest.mark.parametrize(
    ("persona", "wanted"),
    [
        ("ingen kanaler", ["Helsenorge", "DigitalMailbox", "Unsecure", "PhysicalMailbox"]),
        ("bare papir", ["Helsenorge"]),
        ("alle kanaler", []),
        ("alle kanaler", ["None"]),
        ("ikke i registeret", ["Helsenorge"]),
        ("død", ["Helsenorge", "PhysicalMailbox"]),
    ],
)
def test_nothing_sent(served: Served, persona: str, wanted: list[str]) -> None:
    before = len(served.simulator.letters.letters)
    answer = send(served, persona, notificationPriorityList=wanted)
    assert answer.status_code == 200
    assert answer.json() == {"notificationChannel": "0", "messageToCitizenId": ZERO_GUID}
    assert len(served.simulator.letters.letters) == before


def test_names_in_any_case(served: Served) -> None:
    members = {name.upper(): value for name, value in body(served).items()}
    assert served.post(members, path=PATH.lower()).json()["notificationChannel"] == "Helsenorge"


@pytest.mark.parametrize("key", ["another-key", "with spaces in it", "it's"])
def test_unknown_key(served: Served, key: str) -> None:
    answer = send(served, key=key)
    assert answer.status_code == 400
    assert answer.json() == {"Message": f"apiKey '{key}' doesn't exists"}
    kept = served.journal.exchanges()[-1].response
    assert kept is not None
    assert kept.json == {"Message": "apiKey '[skjult]' doesn't exists"}


def test_no_key(served: Served) -> None:
    answer = served.http.post(f"{served.url}{PATH}", json=body(served))
    assert (answer.status_code, answer.json()) == (400, {"Message": "apiKey '' doesn't exists"})


@pytest.mark.parametrize(
    "collection",
    [None, {}, [], "", {"mainDocument": None}, {"mainDocument": None, "attachments": document_collection(PDF)}],
)
def test_main_document_missing(served: Served, collection: Any) -> None:
    answer = send(served, documentCollection=collection)
    assert (answer.status_code, answer.json()) == (400, {"Message": "Main document in MessageToCitizen is missing"})


@pytest.mark.parametrize(
    "changes",
    [
        {"nationalId": None},
        {"nationalId": 17},
        {"senderInfo": None},
        {"messageInfo": []},
        {"notificationPriorityList": None},
        {"notificationPriorityList": "Helsenorge"},
        {"notificationPriorityList": ["Brevdue"]},
        {"notificationPriorityList": [None]},
        {"notificationPriorityList": [True]},
        {"testMode": "maybe"},
        {"paperColorPrint": 3},
    ],
)
def test_unreadable_refused(served: Served, changes: dict[str, Any]) -> None:
    assert send(served, **changes).status_code == 400


@pytest.mark.parametrize("junk", [b"", b"[]", b"x", b'{"documentCollection": ' * 10_000, b"\xff" * 40])
def test_junk_refused(served: Served, junk: bytes) -> None:
    assert served.post(junk, path=PATH).status_code == 400


@pytest.mark.parametrize(
    ("helsenorge", "status", "text"),
    [
        ("unreachable", 502, "Unable to communicate with Helsenorge. No message sent."),
        ("timeout", 504, "Timeout while waiting for response from Helsenorge"),
    ],
)
def test_helsenorge_down(served: Served, helsenorge: str, status: int, text: str) -> None:
    stimulate(served, "forelder", helsenorge=helsenorge)
    answer = send(served, "forelder")
    assert (answer.status_code, answer.json()) == (status, {"Message": text})
    other = send(served, "forelder", notificationPriorityList=["PhysicalMailbox", "Helsenorge"])
    assert other.json()["notificationChannel"] == "PhysicalMailbox"


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (30_000_000, 200), (MOST_BYTES, 200), (MOST_BYTES + 1, 413)])
def test_size(served: Served, size: int, status: int) -> None:
    began = monotonic()
    assert send(served, documentCollection=document_collection(make_pdf("Stort", size=size))).status_code == status
    seen = served.journal.exchanges()[-1]
    assert seen.request.member("nationalId") is not None
    assert monotonic() - began < 60
    assert served.journal.path.stat().st_size < 10_000_000


def test_order_still_limited(served: Served) -> None:
    assert served.post(b" " * (4 * 1024 * 1024 + 1)).status_code == 413


def test_research(serve: Serve) -> None:
    served = serve(research=True)
    assert send(served, "reservert mot forskning").json()["notificationChannel"] == "DigitalMailbox"
    lone = send(served, "reservert mot forskning uten andre kanaler")
    assert lone.json()["notificationChannel"] == "0"


@pytest.mark.parametrize(("edition", "channel", "sent"), [("2026-05", 2, 0), ("2023-10", "DigitalMailbox", "Sent")])
def test_status(serve: Serve, endpoint: EndpointOf, edition: str, channel: object, sent: object) -> None:
    taker = endpoint()
    served = serve(callback_url=taker.url, edition=edition)
    message_id = send(served, "bare digital postkasse").json()["messageToCitizenId"]
    assert taker.bodies(1) == [
        {"apiKey": KEY, "messageToCitizenId": message_id, "notificationChannel": channel, "sentStatus": sent}
    ]
    assert (taker.calls[0].method, taker.calls[0].path) == ("PUT", "/api/MessageToCitizen")


@pytest.mark.parametrize(("edition", "channel", "sent"), [("2026-05", 0, 1), ("2023-10", "None", "Error")])
def test_status_of_failed(serve: Serve, endpoint: EndpointOf, edition: str, channel: object, sent: object) -> None:
    taker = endpoint()
    served = serve(
        callback_url=taker.url, edition=edition, behaviour=replace(DOCUMENTED, letters=LetterBehaviour(fails=True))
    )
    assert send(served).json()["notificationChannel"] == "Helsenorge"
    assert taker.bodies(1)[0] | {"apiKey": "", "messageToCitizenId": ""} == {
        "apiKey": "",
        "messageToCitizenId": "",
        "notificationChannel": channel,
        "sentStatus": sent,
    }


def test_redelivered_until_accepted(serve: Serve, endpoint: EndpointOf) -> None:
    refusing = (NOT_ACCEPTED, Answer(status=500), Answer(body=b'{"success": "true"}'), Answer())
    taker = endpoint(*refusing)
    served = serve(callback_url=taker.url, redelivery=QUICK)
    message_id = send(served).json()["messageToCitizenId"]
    bodies = taker.bodies(4)
    assert all(each == bodies[0] for each in bodies)
    assert not taker.wait(5, timeout_s=0.3)
    accepted = [each.accepted for each in served.simulator.letters.letters[message_id].deliveries]
    assert accepted == [False, False, False, True]


def test_test_mode(serve: Serve, endpoint: EndpointOf) -> None:
    taker = endpoint()
    served = serve(callback_url=taker.url)
    assert send(served, testMode=True).json()["notificationChannel"] == "Helsenorge"
    assert not taker.wait(1, timeout_s=0.2)


def test_color_kept(served: Served) -> None:
    made = send(served, "bare papir", notificationPriorityList=[4], paperColorPrint=True).json()
    assert served.simulator.letters.letters[made["messageToCitizenId"]].color


def test_shown_in_control(serve: Serve) -> None:
    served = serve(control=True)
    message_id = send(served).json()["messageToCitizenId"]
    [shown] = served.http.get(f"{served.url}/_control/letters").json()
    assert (shown["id"], shown["channel"], shown["title"]) == (message_id, "Helsenorge", "Brev")
    assert shown["mainDocument"] == {"bytes": len(PDF), "sha256": Document.of(PDF).sha256}
    text = json.dumps(shown)
    assert KEY not in text
    assert base64.b64encode(PDF).decode()[:40] not in text
