"""How the built-in bestillersystem reads, changes and lists privacy settings, and is told of them.

Source: Personverninnstillinger.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from eprom_verify.bestillersystem.privacy_client import Unanswered
from eprom_verify.bestillersystem.privacy_store import KnownSetting, PrivacyStore
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.contract.privacy_codes import InstanceChanged, SettingStatus, SettingType
from tests.bestillersystem.conftest import KEY, Caller
from tests.simulator.endpoint import Answer, Endpoint

CITIZEN, OTHER = "26670271527", "26670271528"
PVK_ID = "b3cda307-154c-4af4-87d3-30567c931924"
RESERVATION, CONSENT = SettingType.Reservasjon, SettingType.Samtykke
ACTIVE, INACTIVE = SettingStatus.Aktiv, SettingStatus.IkkeAktiv

SystemOf = Callable[..., BuiltInSystem]
Eprom = Callable[..., Endpoint]
Receive = Callable[[BuiltInSystem], Caller]


def told(**changes: Any) -> dict[str, Any]:
    """The documentation's example of a change."""
    return {"nationalId": CITIZEN, "id": PVK_ID, "name": "Reservasjon mot registrering", "status": "RES"} | changes


def says(code: int = 200, /, **changes: Any) -> Answer:
    """An answer to a reading."""
    body = {"nationalId": CITIZEN, "type": 0, "id": PVK_ID, "name": "x", "status": 1, "sequenceNumber": 3} | changes
    return Answer(code, json.dumps(body).encode())


def page(reference: object, *citizens: str, **changes: Any) -> Answer:
    residents = [{"nationalId": citizen, "sequenceNumber": 1} for citizen in citizens]
    body = {"pagingReference": reference, "id": PVK_ID, "type": 0, "personvernInnstillinger": residents} | changes
    return Answer(200, json.dumps(body).encode())


def known(system: BuiltInSystem, citizen: str = CITIZEN) -> list[tuple[SettingType, SettingStatus]]:
    return [(each.type, each.status) for each in system.privacy_store.known(citizen, PVK_ID)]


def put(
    caller: Caller, body: Any, headers: dict[str, str] | None = None, path: str = "/api/PersonvernInnstilling"
) -> httpx.Response:
    content = {"content": body} if isinstance(body, bytes) else {"json": body}
    given = {"Authorization": f"Basic {KEY}"} if headers is None else headers
    return caller.http.put(f"{caller.url}{path}", headers=given, **content)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (says(), (RESERVATION, ACTIVE)),
        (says(status=0), (RESERVATION, INACTIVE)),
        (says(type=1), (CONSENT, ACTIVE)),
        (says(type="Samtykke", status="IkkeAktiv"), (CONSENT, INACTIVE)),
        (says(type="reservasjon", status="aktiv"), (RESERVATION, ACTIVE)),
        (says(sequenceNumber=None), (RESERVATION, ACTIVE)),
        (says(id=PVK_ID.upper(), nyttFelt=[]), (RESERVATION, ACTIVE)),
    ],
)
def test_reading(system: SystemOf, eprom: Eprom, answer: Answer, expected: tuple[SettingType, SettingStatus]) -> None:
    there = eprom(answer)
    opened = system(there.url)
    assert opened.privacy.read(CITIZEN, PVK_ID, RESERVATION) is not None
    assert known(opened) == [expected]
    (call,) = there.calls
    assert (call.method, call.path) == ("POST", "/api/v2/getpersonverninnstilling")
    assert call.headers["Authorization"] == f"Basic {KEY}"
    assert call.json == {"nationalId": CITIZEN, "type": 0, "pvkId": PVK_ID}


UNKNOWN = [
    says(400),
    says(401),
    says(500),
    says(502),
    says(404),
    says(204),
    Answer(200, b"Aktiv"),
    Answer(200, b"null"),
    Answer(200, b"[]"),
    Answer(200, b"{}"),
    says(status="RES"),
    says(status=2),
    says(status=True),
    says(type=None),
    says(nationalId=OTHER),
    says(id="00000000-0000-0000-0000-000000000000"),
]


@pytest.mark.parametrize("answer", UNKNOWN)
def test_error_leaves_unknown(system: SystemOf, eprom: Eprom, answer: Answer) -> None:
    opened = system(eprom(answer).url)
    assert opened.privacy.read(CITIZEN, PVK_ID, RESERVATION) is None
    assert known(opened) == []


@pytest.mark.parametrize("answer", UNKNOWN)
def test_error_leaves_known(system: SystemOf, eprom: Eprom, answer: Answer) -> None:
    opened = system(eprom(says(), answer).url)
    opened.privacy.read(CITIZEN, PVK_ID, RESERVATION)
    assert opened.privacy.read(CITIZEN, PVK_ID, RESERVATION) is None
    assert known(opened) == [(RESERVATION, ACTIVE)]


def test_unreachable(system: SystemOf) -> None:
    opened = system()
    for call in (
        lambda: opened.privacy.read(CITIZEN, PVK_ID, RESERVATION),
        lambda: opened.privacy.change(CITIZEN, PVK_ID, RESERVATION, ACTIVE),
        lambda: opened.privacy.list_active(PVK_ID),
    ):
        with pytest.raises(Unanswered):
            call()
    assert known(opened) == []


@pytest.mark.parametrize(
    ("answer", "changed"), [(1, InstanceChanged.Endret), ("IkkeEndret", InstanceChanged.IkkeEndret)]
)
def test_change(system: SystemOf, eprom: Eprom, answer: object, changed: InstanceChanged) -> None:
    there = eprom(Answer(200, json.dumps({"instansEndret": answer}).encode()))
    opened = system(there.url)
    assert opened.privacy.change(CITIZEN, PVK_ID, CONSENT, INACTIVE) is changed
    assert known(opened) == [(CONSENT, INACTIVE)]
    assert there.calls[0].json == {"nationalId": CITIZEN, "pvkId": PVK_ID, "type": 1, "status": 0}


@pytest.mark.parametrize("answer", [Answer(502), Answer(200, b"{}"), Answer(200, b'{"instansEndret": true}')])
def test_change_unknown(system: SystemOf, eprom: Eprom, answer: Answer) -> None:
    opened = system(eprom(answer).url)
    assert opened.privacy.change(CITIZEN, PVK_ID, RESERVATION, ACTIVE) is None
    assert known(opened) == []


def test_listing(system: SystemOf, eprom: Eprom) -> None:
    there = eprom(page(7, CITIZEN), page(9, CITIZEN, OTHER), page(0))
    opened = system(there.url)
    found = opened.privacy.list_active(PVK_ID)
    assert found is not None
    assert [call.json for call in there.calls] == [{"pvkId": PVK_ID, "pagingReference": each} for each in (0, 7, 9)]
    assert known(opened) == known(opened, OTHER) == [(RESERVATION, ACTIVE)]


@pytest.mark.parametrize(
    "answers",
    [
        [page(7, CITIZEN), page(7, OTHER)],
        [page(7, CITIZEN), page(9, OTHER), page(7)],
        [page(7, CITIZEN), Answer(502)],
        [page(None, CITIZEN)],
        [page(True, CITIZEN)],
        [page(0, CITIZEN, id="00000000-0000-0000-0000-000000000000")],
        [page(0, CITIZEN, type=None)],
        [page(0, personvernInnstillinger=None)],
        [page(0, personvernInnstillinger=[{"nationalId": CITIZEN}, {}])],
    ],
)
def test_listing_broken_off(system: SystemOf, eprom: Eprom, answers: list[Answer]) -> None:
    there = eprom(*answers)
    opened = system(there.url)
    assert opened.privacy.list_active(PVK_ID) is None
    assert len(there.calls) == len(answers)
    assert known(opened) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("RES", (RESERVATION, ACTIVE)),
        ("IRES", (RESERVATION, INACTIVE)),
        ("SAM", (CONSENT, ACTIVE)),
        ("ISAM", (CONSENT, INACTIVE)),
        ("sam", (CONSENT, ACTIVE)),
    ],
)
def test_told(system: SystemOf, receive: Receive, code: str, expected: tuple[SettingType, SettingStatus]) -> None:
    opened = system()
    answer = put(receive(opened), told(status=code))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert known(opened) == [expected]


def test_told_again(system: SystemOf, receive: Receive) -> None:
    opened = system()
    caller = receive(opened)
    for code in ("RES", "RES", "IRES", "IRES", "RES"):
        assert put(caller, told(status=code)).json() == {"success": True}
    assert known(opened) == [(RESERVATION, ACTIVE), (RESERVATION, INACTIVE), (RESERVATION, ACTIVE)]


@pytest.mark.parametrize(
    "headers", [{"authorization": f"basic {KEY}"}, {"Authorization": KEY}, {"ApiKey": KEY}, {"APIKEY": KEY}]
)
def test_key_in_header(system: SystemOf, receive: Receive, headers: dict[str, str]) -> None:
    assert put(receive(system()), told(), headers).json() == {"success": True}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "Basic"}, {"Authorization": f"Basic {KEY[::-1]}"}, {"Other": KEY}],
)
@pytest.mark.parametrize("body", [told(), told(apiKey=KEY)])
def test_stranger(system: SystemOf, receive: Receive, headers: dict[str, str], body: dict[str, Any]) -> None:
    opened = system()
    answer = put(receive(opened), body, headers)
    assert (answer.status_code, answer.json()) == (401, {"success": False})
    assert known(opened) == []


@pytest.mark.parametrize(
    "body",
    [
        told(status=1),
        told(status="Aktiv"),
        told(status=None),
        told(nationalId="1"),
        told(nationalId=26670271527),
        told(id="x"),
        b"",
        b"[]",
        b"\xff",
    ],
)
def test_unreadable(system: SystemOf, receive: Receive, body: Any) -> None:
    opened = system()
    answer = put(receive(opened), body)
    assert (answer.status_code, answer.json()) == (400, {"success": False})
    assert known(opened) == []


def test_names_and_path_in_any_case(system: SystemOf, receive: Receive) -> None:
    opened = system()
    body = {name.upper(): value for name, value in told(nyttFelt={"a": 1}, ID=PVK_ID.upper()).items()}
    assert put(receive(opened), body, path="/API/personverninnstilling/").json() == {"success": True}
    assert known(opened) == [(RESERVATION, ACTIVE)]


def setting(status: SettingStatus, number: int | None = None) -> KnownSetting:
    return KnownSetting(national_id=CITIZEN, pvk_id=PVK_ID, type=RESERVATION, status=status, sequence_number=number)


def statuses(store: PrivacyStore) -> list[SettingStatus]:
    return [each.status for each in store.known(CITIZEN, PVK_ID)]


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = PrivacyStore(str(tmp_path / "store.sqlite"))
    yield opened
    opened.close()


def test_higher_number_wins(store: PrivacyStore) -> None:
    for status, number in ((ACTIVE, 3), (INACTIVE, 2), (INACTIVE, 4), (ACTIVE, 3), (INACTIVE, 4)):
        store.answered(setting(status, number), asked=store.asking())
    assert statuses(store) == [ACTIVE, INACTIVE]


def test_message_wins_over_older_question(store: PrivacyStore) -> None:
    asked = store.asking()
    store.told(setting(INACTIVE))
    store.answered(setting(ACTIVE, 9), asked=asked)
    assert statuses(store) == [INACTIVE]


def test_later_question_wins_over_message(store: PrivacyStore) -> None:
    store.answered(setting(ACTIVE, 3), asked=store.asking())
    store.told(setting(INACTIVE))
    store.answered(setting(ACTIVE, 3), asked=store.asking())
    store.answered(setting(INACTIVE, 2), asked=store.asking())
    assert statuses(store) == [ACTIVE, INACTIVE, ACTIVE]


def test_kept_over_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "store.sqlite")
    first = PrivacyStore(path)
    first.told(setting(ACTIVE))
    asked = first.asking()
    first.close()
    second = PrivacyStore(path)
    assert (statuses(second), second.asking()) == ([ACTIVE], asked)
    second.answered(setting(INACTIVE, 1), asked=second.asking())
    assert statuses(second) == [ACTIVE, INACTIVE]
    second.close()
