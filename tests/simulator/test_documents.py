"""Who gets a signed document, and for how long. Source: SkjemaSomKreverSignatur, Mottak and Nedlasting."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from eprom_verify.exchange import ZERO_GUID
from eprom_verify.serving import Host
from eprom_verify.simulator.documents import SignedDocument
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH
from eprom_verify.simulator.signing_behaviour import SigningBehaviour
from tests.simulator.conftest import KEY, NOW, Serve, Served

OTHER_KEY = "en-annen-nokkel-som-er-kjent"
UNKNOWN = "e2717b16-965f-4472-9a4e-2a269aeee3e1"


@pytest.fixture
def signed(serve: Serve, host: Host) -> tuple[Served, SignedDocument]:
    """A simulator, and a document in it."""
    served = serve()
    return served, sign(served, host)


def sign(served: Served, host: Host) -> SignedDocument:
    order_id = served.order(mustBeSigned=True, signingText="Jeg bekrefter").json()["id"]
    order = served.simulator.orders[order_id]
    made: SignedDocument = host.run(
        served.simulator.documents.sign(order, {"HealthGeneral": 1}, signer=order.asked["nationalId"])
    )
    return made


def fetch(served: Served, signed_form_id: str, *, authorization: str | None = f"Basic {KEY}") -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return served.http.get(f"{served.url}{BASE_PATH}/api/ExternalDocument/{signed_form_id}", headers=headers)


Signed = tuple[Served, SignedDocument]


def test_given_as_pdf(signed: Signed) -> None:
    served, document = signed
    answer = fetch(served, document.id)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content == document.content
    assert answer.content.startswith(b"%PDF-")
    [noted] = [each for each in served.journal.exchanges() if each.operation == "E"]
    assert noted.violations == ()
    assert noted.response is not None
    assert noted.response.findings == ()


def test_same_each_time(signed: Signed) -> None:
    served, document = signed
    assert fetch(served, document.id.upper()).content == fetch(served, document.id).content


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic", "Basic wrong", f"Bearer {KEY}", KEY, f"Basic {KEY}x", f"Basic {KEY.upper()}"]
)
def test_needs_the_key(signed: Signed, authorization: str | None) -> None:
    served, document = signed
    answer = fetch(served, document.id, authorization=authorization)
    assert answer.status_code == 401
    assert b"%PDF" not in answer.content


def test_key_in_query_is_none(signed: Signed) -> None:
    served, document = signed
    assert fetch(served, f"{document.id}?apiKey={KEY}", authorization=None).status_code == 401


def test_not_for_another_system(signed: Signed) -> None:
    served, document = signed
    served.simulator.register(Bestillersystem("et annet", OTHER_KEY, None))
    assert fetch(served, document.id, authorization=f"Basic {OTHER_KEY}").status_code == 404


@pytest.mark.parametrize("unknown", [UNKNOWN, ZERO_GUID, "RAND-12", "%00", "1"])
def test_unknown_id(signed: Signed, unknown: str) -> None:
    assert fetch(signed[0], unknown).status_code == 404


@pytest.mark.parametrize("path", ["", f"{UNKNOWN}/1"])
def test_no_such_path(signed: Signed, path: str) -> None:
    assert fetch(signed[0], path).status_code == 404


def test_only_get(signed: Signed) -> None:
    served, document = signed
    url = f"{served.url}{BASE_PATH}/api/ExternalDocument/{document.id}"
    assert served.http.delete(url, headers={"Authorization": f"Basic {KEY}"}).status_code == 405


@pytest.mark.parametrize(
    ("passed", "status"),
    [
        (timedelta(), 200),
        (timedelta(days=30), 200),
        (timedelta(days=30, hours=23), 200),
        (timedelta(days=31), 404),
    ],
)
def test_kept_through_day_30(signed: Signed, passed: timedelta, status: int) -> None:
    served, document = signed
    served.now = NOW + passed
    assert fetch(served, document.id).status_code == status


def test_grows_older(signed: Signed) -> None:
    served, document = signed
    served.simulator.documents.grow_older(document.id, timedelta(days=30))
    assert fetch(served, document.id).status_code == 200
    served.simulator.documents.grow_older(document.id, timedelta(days=1))
    assert fetch(served, document.id).status_code == 404


def test_out_of_reach_at_first(signed: Signed) -> None:
    served, document = signed
    served.simulator.stimulate(document.order.asked["nationalId"], signing=SigningBehaviour(misses=2))
    assert [fetch(served, document.id).status_code for _ in range(3)] == [503, 503, 200]


def test_shown_under_control(serve: Serve, host: Host) -> None:
    served = serve(control=True)
    document = sign(served, host)
    [shown] = served.http.get(f"{served.url}/_control/documents").json()
    assert shown["id"] == document.id
    assert shown["formOrderId"] == document.order.id
    assert shown["bytes"] == len(document.content)
