"""The citizen's side without a browser: what is sent, who is let in, and the control paths that a test can use."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from eprom_verify.simulator.forms import ALL_KINDS, ANONYMOUS, COLLECTION, DRAFT, RAND_12, TO_WITHDRAW, collection_key
from eprom_verify.simulator.throttle import Throttle
from tests.simulator.conftest import NOW, Serve, Served
from tests.simulator.endpoint import Endpoint

ALL_TWOS = {question.name: 2 for question in RAND_12.fields}
HOSTILE = "<script>alert(1)</script>\"'&"


def made(served: Served, persona: str = "alle kanaler", **changes: Any) -> dict[str, Any]:
    answer = served.order(persona, **changes)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def control(served: Served, method: str, path: str, **options: Any) -> httpx.Response:
    return served.http.request(method, f"{served.url}/_control/{path}", **options)


def answer(served: Served, order_id: str, answers: Any, **more: Any) -> httpx.Response:
    return control(served, "POST", f"orders/{order_id}/answer", json={"answers": answers, **more})


def outbox(served: Served, order_id: str) -> list[dict[str, Any]]:
    return list(control(served, "GET", "outbox", params={"orderId": order_id}).json())


@pytest.mark.parametrize(
    ("persona", "rule", "kind", "link"),
    [
        ("alle kanaler", "Basic", "skjemaoppgave", "/proms/form/"),
        ("bare digital postkasse", "Basic", "brev i digital postkasse", "/proms/formIdp/"),
        ("e-post og mobil", "UnsecureOnly", "e-post", "/proms/formIdp/"),
        ("bare mobil", "UnsecureOnly", "sms", "/proms/formIdp/"),
        ("bare papir", "PaperOnly", "papirskjema", None),
    ],
)
def test_outbox(serve: Serve, persona: str, rule: str, kind: str, link: str | None) -> None:
    served = serve(control=True)
    order = made(served, persona, distributionRule=rule)
    [posting] = outbox(served, order["id"])
    person = served.simulator.population[persona]
    assert (posting["kind"], posting["nationalId"]) == (kind, person.national_id)
    if link is None:
        assert posting["link"] is None
        assert person.full_name in posting["address"]
    else:
        assert posting["link"] == order["loginUrl"]
        assert link in posting["link"]
    assert [each.kind.value for each in served.simulator.outbox.postings] == [kind]


@pytest.mark.parametrize(("persona", "rule"), [("ingen kanaler", "Basic"), ("alle kanaler", "NoDistribution")])
def test_nobody_told(serve: Serve, persona: str, rule: str) -> None:
    served = serve(control=True)
    assert outbox(served, made(served, persona, distributionRule=rule)["id"]) == []


def test_outbox_of_a_person(serve: Serve) -> None:
    served = serve(control=True)
    order = made(served)
    made(served, "bare digital postkasse")
    shown = control(served, "GET", "outbox", params={"nationalId": order["nationalId"]}).json()
    assert [each["orderId"] for each in shown] == [order["id"]]


def test_paper_to_given_address(serve: Serve) -> None:
    served = serve(control=True)
    address = {"fullName": "Test Testesen", "addressLine1": "Veien 1", "postalCode": "0000", "postalPlace": "Sted"}
    order = made(served, "bare papir", distributionRule="PaperOnly", physicalAddress=address)
    assert outbox(served, order["id"])[0]["address"] == "Test Testesen, Veien 1, 0000, Sted"


@pytest.mark.parametrize(
    "path", ["outbox", "orders/x/form", "orders/x/answer", "orders/x/expire"], ids=lambda path: path.rpartition("/")[2]
)
def test_control_is_off(serve: Serve, path: str) -> None:
    served = serve()
    for method in ("GET", "POST"):
        assert control(served, method, path).status_code == 404


def test_answer(serve: Serve, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(control=True, callback_url=system.url)
    order = made(served)
    done = answer(served, order["id"], ALL_TWOS)
    assert done.json() == {"formData": ALL_TWOS, "warnings": [], "copy": "Helsenorge"}
    assert system.wait(2)
    returned = next(call.json for call in system.calls if call.json["formOrderStatus"] == "Completed")
    assert json.loads(returned["formData"]) == ALL_TWOS
    task, copy = outbox(served, order["id"])
    assert (task["kind"], copy["kind"]) == ("skjemaoppgave", "kopi")
    assert "HealthGeneral: 2" in copy["text"]
    assert "Takk for at du vil svare" in copy["text"]
    again = answer(served, order["id"], ALL_TWOS)
    assert (again.status_code, again.json()) == (409, {"Message": "Skjemaet er allerede besvart og levert."})


def test_answer_of_collection(serve: Serve) -> None:
    served = serve(control=True)
    about, rand_12 = collection_key(COLLECTION.parts[0].id), collection_key(RAND_12.id)
    given = {about: {"tallfelt": 2}, rand_12: ALL_TWOS}
    done = answer(served, made(served, formId=COLLECTION.id)["id"], given)
    assert done.json()["formData"] == {about: {"tallfelt": 2, "avkrysningsboks": False}, rand_12: ALL_TWOS}


def test_form_shown(serve: Serve) -> None:
    served = serve(control=True)
    order = made(served, formId=ALL_KINDS.id, metadata=json.dumps({"sykehusnavn": HOSTILE, "Vekt": 70}))
    shown = control(served, "GET", f"orders/{order['id']}/form").json()
    assert (
        shown["coverLetter"] == f"I forbindelse med ditt opphold på {HOSTILE} ønsker vi at du svarer på noen spørsmål."
    )
    assert shown["texts"] == {"Sykehus": HOSTILE}
    assert {each["key"]: each["value"] for each in shown["questions"]}["Vekt"] == 70
    assert "valgfelt" not in {each["key"] for each in shown["questions"]}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {}}, 400),
        ({"json": {"answers": []}}, 400),
        ({"json": {"answers": {"Ukjent": 1}}}, 400),
        ({"json": {"answers": {"HealthGeneral": 9}}}, 400),
        ({"json": {"answers": {}, "filledOutBy": "x"}}, 409),
        ({"content": b"not json", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b'{"answers": {}}', "headers": {"Content-Type": "text/plain"}}, 415),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 400),
    ],
)
def test_answer_refused(serve: Serve, sent: dict[str, Any], status: int) -> None:
    served = serve(control=True)
    order = made(served)
    assert control(served, "POST", f"orders/{order['id']}/answer", **sent).status_code == status
    assert served.simulator.citizens.receipts == {}


@pytest.mark.parametrize("path", ["form", "answer", "expire"])
def test_no_such_order(serve: Serve, path: str) -> None:
    served = serve(control=True)
    method = "GET" if path == "form" else "POST"
    assert control(served, method, f"orders/nothing/{path}", json={"answers": {}}).status_code == 409


def test_must_be_signed(serve: Serve) -> None:
    served = serve(control=True)
    order = made(served, mustBeSigned=True, signingText="Jeg bekrefter")
    assert "signeres" in answer(served, order["id"], ALL_TWOS).json()["Message"]
    assert answer(served, order["id"], ALL_TWOS, signed=True).status_code == 200
    assert served.simulator.citizens.receipts[order["id"]].answer.signed


def test_expired_by_request(serve: Serve, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(control=True, callback_url=system.url)
    order = made(served)
    assert control(served, "POST", f"orders/{order['id']}/expire").status_code == 200
    assert "gått ut" in answer(served, order["id"], ALL_TWOS).json()["Message"]
    assert system.wait(2)
    assert "Expired" in {call.json["formOrderStatus"] for call in system.calls}


@pytest.mark.parametrize("expiry", ["2026-03-03T10:00:00+01:00", "2026-03-03T10:00:00", "2026-03-03T09:00:00.000Z"])
def test_expired_by_clock(serve: Serve, expiry: str) -> None:
    served = serve(control=True)
    order = made(served, expiryDate=expiry)
    served.now = NOW.replace(day=3, hour=8, minute=59)
    assert control(served, "GET", f"orders/{order['id']}/form").status_code == 200
    served.now = NOW.replace(day=3, hour=9, minute=0, second=0, microsecond=0)
    assert control(served, "GET", f"orders/{order['id']}/form").status_code == 409


def test_withdrawn(serve: Serve) -> None:
    served = serve(control=True)
    order = made(served, formId=TO_WITHDRAW.id)
    served.simulator.office.withdraw(TO_WITHDRAW.id)
    assert served.order(formId=TO_WITHDRAW.id).status_code == 400
    assert answer(served, order["id"], {"Kommentar": "Hei"}).status_code == 200
    served.simulator.office.publish(TO_WITHDRAW.id)
    assert served.order(formId=TO_WITHDRAW.id).status_code == 200
    assert served.order(formId=DRAFT.id).status_code == 400


def test_parent_answers_for_child(serve: Serve, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(control=True, callback_url=system.url)
    parent, child = (served.simulator.population[name] for name in ("forelder", "representert barn"))
    order = made(served, "representert barn")
    assert answer(served, order["id"], ALL_TWOS, filledOutBy=parent.national_id).status_code == 200
    assert system.wait(2)
    returned = next(call.json for call in system.calls if call.json["formOrderStatus"] == "Completed")
    assert returned["filledOutBy"] == {
        "filledOutByActNationalId": parent.national_id,
        "filledOutByActType": "Foreldrerepresentasjon",
    }
    assert outbox(served, order["id"])[-1]["nationalId"] == child.national_id


@pytest.mark.parametrize(("edition", "to"), [("2026-05", "representert barn"), ("2023-10", "forelder")])
def test_represented_gets_it(serve: Serve, edition: str, to: str) -> None:
    served = serve(control=True, edition=edition)
    child, receiver = (served.simulator.population[name] for name in ("representert barn", to))
    order = made(served, "forelder", onBehalfOfNationalId=child.national_id)
    [task] = outbox(served, order["id"])
    assert task["nationalId"] == receiver.national_id
    assert (f"på vegne av {child.full_name}" in task["text"]) is (edition == "2023-10")


def test_on_behalf_goes_round_helsenorge(serve: Serve) -> None:
    served = serve(control=True)
    child = served.simulator.population["12 år"]
    order = made(served, "forelder", onBehalfOfNationalId=child.national_id)
    [letter] = outbox(served, order["id"])
    assert letter["kind"] == "brev i digital postkasse"
    assert f"på vegne av {child.full_name}" in letter["text"]


def test_anonymous_on_behalf(serve: Serve) -> None:
    served = serve(control=True)
    child = served.simulator.population["12 år"]
    order = made(served, "forelder", formId=ANONYMOUS.id, onBehalfOfNationalId=child.national_id)
    assert child.full_name not in outbox(served, order["id"])[0]["text"]
    shown = control(served, "GET", f"orders/{order['id']}/form").json()
    assert shown["onBehalfOf"] == "Skjemaet skal fylles ut sammen med pasienten."


def post(served: Served, path: str, **data: str) -> httpx.Response:
    """A form, posted by a client without cookies."""
    with httpx.Client(timeout=30) as client:
        return client.post(f"{served.url}{path}", data=data)


def test_pages_are_closed(serve: Serve) -> None:
    """Without a log-in nothing of the form is shown, whatever is asked for."""
    served = serve()
    order = made(served, metadata='{"sted": "kne"}')
    for path in ("", "/signer", "/levert"):
        for method in ("GET", "POST"):
            shown = served.http.request(method, f"{order['loginUrl']}{path}")
            assert "Spørsmål om helsen din" not in shown.text
    assert served.simulator.citizens.receipts == {}
    assert post(served, f"/proms/form/{order['id']}", HealthGeneral="1").status_code == 200


def test_unknown_link(serve: Serve) -> None:
    served = serve()
    shown = served.http.get(f"{served.url}/proms/form/{HOSTILE}")
    assert shown.status_code in (404, 405)
    assert "<script>alert" not in shown.text


@pytest.mark.parametrize("path", ["/proms", "/PROMS/", "/Proms/Form/{}", "/proms/FORM/EDIT/{}", "/proms/formidp/{}"])
def test_paths_in_any_case(serve: Serve, path: str) -> None:
    served = serve()
    shown = served.http.get(f"{served.url}{path.format(made(served)['id'].upper())}")
    assert shown.status_code == 200
    assert "Logg inn" in shown.text


def test_headers(serve: Serve) -> None:
    served = serve()
    shown = served.http.get(f"{served.url}/proms")
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert shown.headers["Cache-Control"] == "no-store"
    born = f"{served.simulator.population['ingen kanaler'].birth_date:%d%m%y}"
    code = made(served, "ingen kanaler", distributionRule="NoDistribution")["singleUseCode"]
    cookie = post(served, "/proms/kode", fodselsdato=born, kode=code).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.casefold()


def test_code_of_another(serve: Serve) -> None:
    served = serve()
    code = made(served, "ingen kanaler", distributionRule="NoDistribution")["singleUseCode"]
    for name in ("92 år", "17 år"):
        born = f"{served.simulator.population[name].birth_date:%d%m%y}"
        assert post(served, "/proms/kode", fodselsdato=born, kode=code).status_code == 403
    for birth_date, typed in (("", code), (HOSTILE, HOSTILE), ("010203", "Ø"), ("x" * 300_000, "")):
        refused = post(served, "/proms/kode", fodselsdato=birth_date, kode=typed)
        assert refused.status_code == 403
        assert "<script>alert" not in refused.text


def test_either_six_digits(serve: Serve) -> None:
    """Both the birth date and the six digits of the number open: which are meant is not documented."""
    served = serve()
    person = served.simulator.population["D-nummer"]
    for digits in (f"{person.birth_date:%d%m%y}", person.national_id[:6]):
        code = made(served, "D-nummer", distributionRule="NoDistribution")["singleUseCode"]
        assert post(served, "/proms/kode", fodselsdato=digits, kode=code).status_code == 303


def test_guessing_never_locks(serve: Serve) -> None:
    """However often it went wrong, the right code opens; only wrong ones have to wait."""
    served = serve()
    born = f"{served.simulator.population['ingen kanaler'].birth_date:%d%m%y}"
    code = made(served, "ingen kanaler", distributionRule="NoDistribution")["singleUseCode"]
    for _ in range(6):
        assert post(served, "/proms/kode", fodselsdato=born, kode="FEIL").status_code == 403
    assert post(served, "/proms/kode", fodselsdato=born, kode=code).status_code == 303


def test_throttle() -> None:
    throttle = Throttle(free=2, first_s=1.0, longest_s=3.0)
    assert [throttle.after_failure("a") for _ in range(6)] == [0, 0, 1, 2, 3, 3]
    assert throttle.after_failure("b") == 0
    throttle.forget("a")
    assert throttle.after_failure("a") == 0


def test_signed_twice_at_once(serve: Serve) -> None:
    """While one delivery is being signed, another of the same form is turned away."""
    served = serve(control=True)
    order = made(served, mustBeSigned=True, signingText="Jeg bekrefter")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: answer(served, order["id"], ALL_TWOS, signed=True).status_code, range(4)))
    assert sorted(done) == [200, 409, 409, 409]
    assert len(served.simulator.documents.documents) == 1


def test_delivered_once(serve: Serve) -> None:
    """The second of two deliveries is told that it comes too late."""
    served = serve(control=True)
    order = made(served)
    assert {answer(served, order["id"], ALL_TWOS).status_code for _ in range(3)} == {200, 409}
    assert len([each for each in served.simulator.outbox.postings if each.kind.value == "kopi"]) == 1


def test_unreachable_is_closed(serve: Serve) -> None:
    served = serve(control=True)
    order = made(served, "ingen kanaler")
    assert control(served, "GET", f"orders/{order['id']}/form").status_code == 409


def test_contact_that_is_old(serve: Serve) -> None:
    """An e-mail address that is too old is passed over for a number that is not."""
    person = serve().simulator.population["e-post og mobil"]
    assert person.contact.email is not None
    old = replace(person.contact.email, updated_on=NOW.date() - timedelta(days=900), verified_on=None)
    aged = replace(person, contact=replace(person.contact, email=old))
    office = serve().simulator.office
    assert office.reach(office.behaviour()).contact_point(person) == person.contact.email
    assert person.contact.mobile is not None
    assert office.reach(office.behaviour()).contact_point(aged) == person.contact.mobile
