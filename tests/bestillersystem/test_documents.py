"""How the built-in bestillersystem fetches and keeps signed documents. Source: SkjemaSomKreverSignatur, Mottak."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.bestillersystem.documents import DocumentStore, retry_delay_s
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.exchange import ZERO_GUID
from tests.bestillersystem.conftest import KEY, ORDER_ID, Caller, status
from tests.simulator.endpoint import Answer, Endpoint

SystemOf = Callable[..., BuiltInSystem]
EpromOf = Callable[..., Endpoint]
Receive = Callable[[BuiltInSystem], Caller]

SIGNED_ID = "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e99"
PDF = b"%PDF-1.7\n\xff\x00 med alle slags byte\n%%EOF\n"
GIVEN = Answer(body=PDF, content_type="application/pdf")


def returned(**changes: Any) -> dict[str, Any]:
    facts = {"formOrderStatus": "Completed", "formData": '{"HealthGeneral":1}', "signedFormId": SIGNED_ID}
    return status() | facts | changes


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_fetched_and_kept(eprom: EpromOf, system: SystemOf, receive: Receive) -> None:
    server = eprom(GIVEN)
    opened = system(f"{server.url}/webapi")
    assert receive(opened).put(returned()).json() == {"success": True}
    assert opened.documents.sha256(ORDER_ID, timeout_s=5) == digest(PDF)
    assert opened.documents.content(ORDER_ID) == PDF
    [call] = server.calls
    assert (call.method, call.path) == ("GET", f"/webapi/api/ExternalDocument/{SIGNED_ID}")
    assert {name: value for name, value in call.headers.items() if KEY in value} == {"Authorization": f"Basic {KEY}"}


def test_return_answered_first(eprom: EpromOf, system: SystemOf, receive: Receive) -> None:
    server = eprom(Answer(hangs=True))
    opened = system(server.url, timeout_s=0.2)
    assert receive(opened).put(returned()).json() == {"success": True}
    assert server.wait(1)
    assert opened.documents.sha256(ORDER_ID) is None


@pytest.mark.parametrize(
    "first",
    [
        Answer(status=503, body=b"{}"),
        Answer(status=404, body=b"{}"),
        Answer(status=401, body=b"{}"),
        Answer(drops=True),
        Answer(body=b""),
        Answer(body=b"<html></html>", content_type="application/pdf"),
        Answer(status=206, body=PDF),
    ],
    ids=lambda answer: f"{answer.status} {answer.body[:5]!r}{' drops' if answer.drops else ''}",
)
def test_tried_again(eprom: EpromOf, system: SystemOf, receive: Receive, first: Answer) -> None:
    server = eprom(first, GIVEN)
    opened = system(server.url)
    receive(opened).put(returned())
    assert opened.documents.sha256(ORDER_ID, timeout_s=5) == digest(PDF)
    assert len(server.calls) == 2


@pytest.mark.parametrize("signed_form_id", [ZERO_GUID, None, "", "RAND-12", 7])
def test_unsigned_has_none(eprom: EpromOf, system: SystemOf, receive: Receive, signed_form_id: object) -> None:
    server = eprom(GIVEN)
    opened = system(server.url)
    caller = receive(opened)
    assert caller.put(returned(signedFormId=signed_form_id)).json() == {"success": True}
    signed = returned(formOrderId="184738d0-3c39-e611-9c2a-34e6d72e0300")
    caller.put(signed)
    # What was asked for before would have come before.
    assert opened.documents.sha256(signed["formOrderId"], timeout_s=5) == digest(PDF)
    assert len(server.calls) == 1


@pytest.mark.parametrize("changes", [{"formOrderStatus": "Expired"}, {"apiKey": "wrong"}, {"formData": "{"}])
def test_only_what_is_taken(eprom: EpromOf, system: SystemOf, receive: Receive, changes: dict[str, Any]) -> None:
    opened = system(eprom(GIVEN).url)
    receive(opened).put(returned(**changes))
    assert opened.documents.wanted() == []
    assert opened.documents.sha256(ORDER_ID) is None


def test_fetched_once(eprom: EpromOf, system: SystemOf, receive: Receive) -> None:
    server = eprom(GIVEN, Answer(body=b"%PDF-1.7 another"))
    opened = system(server.url)
    caller = receive(opened)
    for _ in range(3):
        caller.put(returned(signedFormId=SIGNED_ID.upper()))
        assert opened.documents.sha256(ORDER_ID, timeout_s=5) == digest(PDF)
    assert len(server.calls) == 1


def test_one_that_fails_holds_up_no_other(eprom: EpromOf, system: SystemOf, receive: Receive) -> None:
    server = eprom(Answer(status=404), GIVEN, Answer(status=404))
    opened = system(server.url)
    caller = receive(opened)
    caller.put(returned())
    assert server.wait(1)
    other = "184738d0-3c39-e611-9c2a-34e6d72e0301"
    caller.put(returned(formOrderId=other, signedFormId="5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e98"))
    assert opened.documents.sha256(other, timeout_s=5) == digest(PDF)


def test_goes_on_after_a_restart(eprom: EpromOf, system: SystemOf, receive: Receive) -> None:
    away = system("http://127.0.0.1:9")
    receive(away).put(returned())
    assert away.documents.wanted() == [SIGNED_ID]
    away.close()
    back = system(eprom(GIVEN).url)
    assert back.documents.sha256(ORDER_ID, timeout_s=5) == digest(PDF)
    assert back.documents.wanted() == []


def test_in_the_same_file(eprom: EpromOf, system: SystemOf, receive: Receive, tmp_path: Path) -> None:
    opened = system(eprom(GIVEN).url)
    receive(opened).put(returned())
    opened.documents.sha256(ORDER_ID, timeout_s=5)
    with sqlite3.connect(tmp_path / "store.sqlite") as db:
        assert db.execute("SELECT form_order_id, content, sha256 FROM signed_documents").fetchall() == [
            (ORDER_ID, PDF, digest(PDF))
        ]
    db.close()


def test_kept_is_never_replaced() -> None:
    store = DocumentStore()
    store.keep(SIGNED_ID, PDF)
    assert not store.has(SIGNED_ID)
    store.want(SIGNED_ID, ORDER_ID)
    store.keep(SIGNED_ID, PDF)
    store.keep(SIGNED_ID, b"%PDF-1.7 another")
    store.want(SIGNED_ID, "another order")
    assert store.content(ORDER_ID) == PDF
    assert store.content("another order") is None
    store.close()


def test_ever_more_seldom() -> None:
    delays = [retry_delay_s(attempts) for attempts in range(1, 100)]
    assert delays == sorted(delays)
    assert delays[:3] == [0.1, 0.4, 1.6]
    assert delays[-1] == 3600
