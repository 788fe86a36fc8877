"""The simulator's privacy settings. Source: Personverninnstillinger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from eprom_verify.contract.privacy_codes import SettingStatus, SettingType
from eprom_verify.serving import Host
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.simulator.privacy_behaviour import PrivacyBehaviour
from eprom_verify.simulator.privacy_store import DEFINITIONS
from eprom_verify.simulator.settings import BASE_PATH
from tests.simulator.conftest import KEY, NOW, QUICK, Serve, Served
from tests.simulator.endpoint import Answer, Endpoint

RESERVATION, CONSENT = DEFINITIONS
GET, SET, LIST = "getpersonverninnstilling", "setpersonverninnstilling", "get-residents-active-pi-for-definition"
ACTIVE, INACTIVE = SettingStatus.Aktiv, SettingStatus.IkkeAktiv


def post(served: Served, call: str, body: Any, *, key: str = KEY) -> httpx.Response:
    return served.post(body, key=key, path=f"{BASE_PATH}/api/v2/{call}")


def question(served: Served, persona: str = "alle kanaler", **changes: Any) -> dict[str, Any]:
    number = served.simulator.population[persona].national_id
    return {"nationalId": number, "type": 0, "pvkId": RESERVATION.pvk_id} | changes


def pages(served: Served, pvk_id: str) -> list[dict[str, Any]]:
    found, reference = [], 0
    while not found or reference:
        found.append(post(served, LIST, {"pvkId": pvk_id, "pagingReference": reference}).json())
        reference = found[-1]["pagingReference"]
    return found


def fill(served: Served, count: int, kind: SettingType = SettingType.Reservasjon) -> tuple[str, list[str]]:
    """A new setting, and those who have it active."""
    definition = served.simulator.privacy.store.define(kind, "Ny innstilling")
    numbers = [person.national_id for person in served.simulator.population][:count]
    for number in numbers:
        served.simulator.privacy.store.put(number, definition.pvk_id, ACTIVE)
    return definition.pvk_id, numbers


def test_never_chosen(serve: Serve) -> None:
    served = serve()
    assert post(served, GET, question(served)).json() == {
        "nationalId": served.simulator.population["alle kanaler"].national_id,
        "type": 0,
        "id": RESERVATION.pvk_id,
        "name": "Reservasjon mot registrering",
        "status": 0,
        "sequenceNumber": 0,
        "createdDateTimeOffset": None,
        "lastChangedDateTimeOffset": None,
    }


def test_change_and_history(serve: Serve) -> None:
    served = serve()
    asked = question(served)
    changes = []
    for status in (1, 1, 0, "Aktiv"):
        changes.append(post(served, SET, asked | {"status": status}).json())
        served.now += timedelta(hours=1)
    assert changes == [{"instansEndret": number} for number in (1, 0, 1, 1)]
    told = post(served, GET, asked).json()
    assert (told["status"], told["sequenceNumber"]) == (1, 3)
    assert told["createdDateTimeOffset"] == "2026-03-02T10:30:15.123456+01:00"
    assert told["lastChangedDateTimeOffset"] == "2026-03-02T13:30:15.123456+01:00"
    assert NOW.isoformat().startswith("2026-03-02T09:30:15")


def test_edition_without_history(serve: Serve) -> None:
    served = serve(edition="2023-10")
    assert set(post(served, GET, question(served)).json()) == {"nationalId", "type", "id", "name", "status"}
    assert post(served, LIST, {"pvkId": RESERVATION.pvk_id, "pagingReference": 0}).status_code == 404


@pytest.mark.parametrize(
    ("call", "changes", "status"),
    [
        (GET, {"nationalId": None}, 400),
        (GET, {"nationalId": ""}, 400),
        (GET, {"nationalId": "1234567890"}, 400),
        (GET, {"nationalId": "123456789012"}, 400),
        (GET, {"type": None}, 400),
        (GET, {"type": "RES"}, 400),
        (GET, {"pvkId": None}, 400),
        (GET, {"type": "Samtykke"}, 502),
        (GET, {"type": "reservasjon"}, 200),
        (GET, {"pvkId": RESERVATION.pvk_id.upper()}, 200),
        (GET, {"pvkId": "00000000-0000-0000-0000-000000000000"}, 502),
        (SET, {}, 400),
        (SET, {"status": None}, 400),
        (SET, {"status": "RES"}, 400),
        (SET, {"status": "Aktiv", "nationalId": "1"}, 400),
        (LIST, {"pagingReference": -1}, 400),
        (LIST, {"pagingReference": "0"}, 400),
        (LIST, {}, 200),
    ],
)
def test_statuses(serve: Serve, call: str, changes: dict[str, Any], status: int) -> None:
    served = serve()
    answer = post(served, call, question(served) | changes)
    assert answer.status_code == status
    if status == 502:
        assert set(answer.json()) == {"statusCode", "status", "message"}


@pytest.mark.parametrize("call", [GET, SET, LIST])
@pytest.mark.parametrize("body", [None, b"no JSON", b"[]"])
def test_unknown_key(serve: Serve, call: str, body: bytes | None) -> None:
    served = serve()
    assert post(served, call, question(served) if body is None else body, key="en-annen").status_code == 401


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'"text"'])
def test_no_object(serve: Serve, body: bytes) -> None:
    assert post(serve(), GET, body).status_code == 400


def test_names_in_any_case(serve: Serve) -> None:
    served = serve()
    body = {name.upper(): value for name, value in (question(served) | {"status": 1}).items()}
    assert served.post(body, path=f"{BASE_PATH}/API/V2/SetPersonvernInnstilling/").json() == {"instansEndret": 1}


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])])
def test_pages(serve: Serve, count: int, sizes: list[int]) -> None:
    served = serve()
    pvk_id, numbers = fill(served, count, SettingType.Samtykke)
    found = pages(served, pvk_id)
    assert [len(page["personvernInnstillinger"]) for page in found] == sizes
    assert [each["nationalId"] for page in found for each in page["personvernInnstillinger"]] == numbers
    assert [bool(page["pagingReference"]) for page in found] == [True] * (len(sizes) - 1) + [False]
    assert {(page["id"], page["name"], page["type"], page["partKode"]) for page in found} == {
        (pvk_id, "Ny innstilling", 1, "eprom-test")
    }


def test_list_changes_under_way(serve: Serve) -> None:
    served = serve()
    pvk_id, numbers = fill(served, 7)
    store = served.simulator.privacy.store
    first = post(served, LIST, {"pvkId": pvk_id, "pagingReference": 0}).json()
    newcomer = served.simulator.population["92 år"].national_id
    store.put(numbers[0], pvk_id, INACTIVE)
    store.put(newcomer, pvk_id, ACTIVE)
    listed, reference = [], first["pagingReference"]
    while reference:
        page = post(served, LIST, {"pvkId": pvk_id, "pagingReference": reference}).json()
        listed += [each["nationalId"] for each in page["personvernInnstillinger"]]
        reference = page["pagingReference"]
    assert listed == [*numbers[3:], newcomer]


def test_answers_follow_contract(serve: Serve) -> None:
    served = serve()
    pvk_id, numbers = fill(served, 2)
    post(served, GET, question(served, pvkId=pvk_id, nationalId=numbers[0]))
    post(served, SET, question(served, status=1))
    post(served, GET, question(served))
    post(served, GET, question(served, type=1))
    pages(served, pvk_id)
    seen = served.journal.exchanges()
    assert [each.operation for each in seen] == ["F", "G", "F", "F", "H"]
    assert all(each.violations == () and each.key_matches for each in seen)


@pytest.mark.parametrize(
    ("definition", "before", "after", "code"),
    [
        (RESERVATION, INACTIVE, ACTIVE, "RES"),
        (RESERVATION, ACTIVE, INACTIVE, "IRES"),
        (CONSENT, INACTIVE, ACTIVE, "SAM"),
        (CONSENT, ACTIVE, INACTIVE, "ISAM"),
    ],
)
def test_citizen_changes(
    serve: Serve,
    host: Host,
    endpoint: Callable[..., Endpoint],
    definition: Any,
    before: SettingStatus,
    after: SettingStatus,
    code: str,
) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    number = served.simulator.population["alle kanaler"].national_id
    served.simulator.privacy.store.put(number, definition.pvk_id, before)
    host.run(served.simulator.privacy.change(number, definition.pvk_id.upper(), after))
    assert system.bodies(1) == [
        {"nationalId": number, "id": definition.pvk_id, "name": definition.name, "status": code}
    ]
    call = system.calls[0]
    assert (call.method, call.path) == ("PUT", "/api/PersonvernInnstilling")
    assert call.headers["Authorization"] == f"Basic {KEY}"
    assert post(served, GET, question(served, type=int(definition.type), pvkId=definition.pvk_id)).json()[
        "status"
    ] == int(after)


def test_no_change_is_not_told(serve: Serve, host: Host, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    number = served.simulator.population["alle kanaler"].national_id
    host.run(served.simulator.privacy.change(number, RESERVATION.pvk_id, INACTIVE))
    host.run(served.simulator.privacy.change(number, CONSENT.pvk_id, ACTIVE))
    assert [each["status"] for each in system.bodies(1)] == ["SAM"]


def test_change_by_system_is_not_told(serve: Serve, host: Host, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint()
    served = serve(callback_url=system.url)
    post(served, SET, question(served, status=1))
    number = served.simulator.population["bare papir"].national_id
    host.run(served.simulator.privacy.change(number, RESERVATION.pvk_id, ACTIVE))
    assert [each["nationalId"] for each in system.bodies(1)] == [number]


def test_redelivered_until_accepted(serve: Serve, host: Host, endpoint: Callable[..., Endpoint]) -> None:
    system = endpoint(Answer(500), Answer(body=b'{"success": false}'), Answer())
    served = serve(callback_url=system.url, redelivery=QUICK)
    number = served.simulator.population["alle kanaler"].national_id
    host.run(served.simulator.privacy.change(number, RESERVATION.pvk_id, ACTIVE))
    assert [each["status"] for each in system.bodies(3)] == ["RES"] * 3
    assert [each.accepted for each in served.simulator.privacy.deliveries][:2] == [False, False]


def test_unknown_setting(serve: Serve, host: Host) -> None:
    served = serve()
    with pytest.raises(KeyError):
        host.run(served.simulator.privacy.change("1", "00000000-0000-0000-0000-000000000000", ACTIVE))


@pytest.mark.parametrize("status", [400, 401, 500, 502])
def test_stimulated_failure(serve: Serve, status: int) -> None:
    served = serve()
    asked = question(served)
    served.simulator.stimulate(asked["nationalId"], privacy=replace(PrivacyBehaviour(), fails=status))
    assert post(served, GET, asked).status_code == status
    assert post(served, GET, question(served, "bare papir")).status_code == 200
    served.simulator.calm(asked["nationalId"])
    assert post(served, GET, asked).status_code == 200


def test_words(serve: Serve) -> None:
    served = serve(behaviour=replace(DOCUMENTED, privacy=replace(PrivacyBehaviour(), words=True)))
    told = post(served, GET, question(served)).json()
    assert (told["type"], told["status"]) == ("Reservasjon", "IkkeAktiv")
    assert post(served, SET, question(served, status="Aktiv")).json() == {"instansEndret": "Endret"}
