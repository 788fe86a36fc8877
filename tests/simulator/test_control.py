"""What the simulator shows of itself: its contents when asked for, and the contract always."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from openapi_spec_validator import validate

from tests.simulator.conftest import KEY, Serve, Served
from tests.simulator.endpoint import Endpoint

PAGES = ("", "/orders", "/messages", "/privacy", "/persons", "/forms", "/systems", "/outbox")


@pytest.mark.parametrize("page", PAGES)
def test_off_by_default(served: Served, page: str) -> None:
    answer = served.http.get(f"{served.url}/_control{page}")
    assert (answer.status_code, answer.json()) == (404, {"Message": "Not Found"})


@pytest.mark.parametrize("prefix", ["/promswebapi", "/promswebapi/api", "/PromsWebApi/api/v2"])
@pytest.mark.parametrize("page", PAGES)
def test_never_below_api(serve: Serve, page: str, prefix: str) -> None:
    served = serve(control=True)
    assert served.http.get(f"{served.url}{prefix}/_control{page}").status_code == 404


def test_contents(serve: Serve, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, control=True)
    order_id = served.order("bare e-post", distributionRule="AllowUnsecure", metadata='{"age": 76}').json()["id"]
    assert system.wait(1)
    pages = {page: served.http.get(f"{served.url}/_control{page}") for page in PAGES}
    assert {answer.status_code for answer in pages.values()} == {200}
    assert all(KEY not in answer.text for answer in pages.values())
    assert pages[""].json()["orders"] == "/_control/orders"
    [order] = pages["/orders"].json()
    assert (order["id"], order["bestillersystem"], order["channel"]) == (order_id, "registeret", "Unsecure")
    assert (order["status"], order["order"]["metadata"]) == ("Ordered", '{"age": 76}')
    assert pages["/messages"].json() == []
    assert pages["/systems"].json() == [{"name": "registeret", "apiBaseUrl": system.url, "research": False}]
    assert {
        "id": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a",
        "title": "RAND-12",
        "status": "Publisert",
        "paperEnabled": True,
        "patientMayOrder": False,
        "patientMustSign": False,
        "publicPath": None,
        "owner": "",
        "forms": [],
    } in pages["/forms"].json()


def test_persons(serve: Serve) -> None:
    served = serve(control=True)
    shown = served.http.get(f"{served.url}/_control/persons").json()
    by_name = {person["name"]: person for person in shown}
    assert {name: person["nationalId"] for name, person in by_name.items()} == {
        person.name: person.national_id for person in served.simulator.population
    }
    everything = by_name["alle kanaler"]
    assert everything["mailbox"] in ("Digipost", "eBoks")
    assert everything["helsenorge"] == {"consentFull": True, "represented": False, "reservedAgainstResearch": False}
    assert by_name["reservert i KRR"]["reservedInKrr"] is True
    assert by_name["ikke i registeret"]["inRegistry"] is False
    assert by_name["død"]["deceased"] is True


@pytest.mark.parametrize("path", ["/_control/", "/_CONTROL/Orders", "/_control/orders/"])
def test_path_in_any_case(serve: Serve, path: str) -> None:
    served = serve(control=True)
    assert served.http.get(f"{served.url}{path}").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_shows(serve: Serve, method: str) -> None:
    served = serve(control=True)
    assert served.http.request(method, f"{served.url}/_control/orders").status_code == 405


@pytest.mark.parametrize("edition", ["2026-05", "2023-10"])
def test_openapi(serve: Serve, edition: str) -> None:
    served = serve(edition=edition)
    answer = served.http.get(f"{served.url}/promswebapi/openapi.json")
    assert answer.headers["Content-Type"].startswith("application/json")
    document = answer.json()
    validate(document)
    assert document["info"]["version"] == edition
    assert document["servers"] == [{"url": f"{served.url}/promswebapi"}]


@pytest.mark.parametrize("path", ["/", "/promswebapi/", "/PROMSWEBAPI/"])
def test_page(served: Served, path: str) -> None:
    answer = served.http.get(f"{served.url}{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    page = answer.text
    assert page.startswith("<!doctype html>")
    assert "/api/v2/formorder" in page
    assert "<script" not in page.casefold()
    assert "@import" not in page
    assert "url(" not in page
    references = re.findall(r"""(?:src|href|action|data)\s*=\s*["']?([^"'\s>]+)""", page, re.IGNORECASE)
    assert references
    assert all(each.startswith("/") and not each.startswith("//") for each in references)
    assert not re.search(r"\son[a-z]+\s*=", page)


def test_base_path_leads_to_page(served: Served) -> None:
    answer = served.http.get(f"{served.url}/promswebapi", follow_redirects=True)
    assert answer.text.startswith("<!doctype html>")


def test_citizen_chooses(serve: Serve, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(callback_url=system.url, control=True)
    url = f"{served.url}/_control/privacy"
    before = served.http.get(url).json()
    assert [each["type"] for each in before["definitions"]] == ["Reservasjon", "Samtykke"]
    assert before["settings"] == before["deliveries"] == []
    chosen = {
        "nationalId": served.simulator.population["alle kanaler"].national_id,
        "pvkId": before["definitions"][1]["pvkId"],
        "status": "Aktiv",
    }
    after = served.http.post(url, json=chosen).json()
    assert after["settings"] == [chosen | {"sequenceNumber": 1, "lastChanged": after["settings"][0]["lastChanged"]}]
    assert [each["status"] for each in system.bodies(1)] == ["SAM"]


@pytest.mark.parametrize(
    "change", [{"nationalId": "1"}, {"pvkId": "x"}, {"status": "RES"}, {"status": None}, {"nationalId": []}]
)
def test_citizen_cannot_choose(serve: Serve, change: dict[str, object]) -> None:
    served = serve(control=True)
    url = f"{served.url}/_control/privacy"
    pvk_id = served.http.get(url).json()["definitions"][0]["pvkId"]
    number = served.simulator.population["alle kanaler"].national_id
    answer = served.http.post(url, json={"nationalId": number, "pvkId": pvk_id, "status": 1} | change)
    assert answer.status_code == 400
    assert served.http.get(url).json()["settings"] == []
