"""What can be wrong in the simulator's privacy settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.privacy_behaviour import Body, Failure, PrivacyBehaviour


def _with(**changes: Any) -> Behaviour:
    return replace(DOCUMENTED, privacy=replace(PrivacyBehaviour(), **changes))


def _member(name: str, value: Any) -> Any:
    """One member always has this value."""
    return lambda body: body | {name: value}


def _created_when_changed(body: Body) -> Body:
    if "lastChangedDateTimeOffset" not in body:
        return body
    return body | {"createdDateTimeOffset": body["lastChangedDateTimeOffset"]}


def _fails_as(asked: int, given: int) -> Failure:
    """One failure of a reading or a change is answered with another status."""
    return lambda letter, status, body: (given if status == asked and letter != "H" else status, body)


def _pvk_text(letter: str, status: int, body: Body) -> tuple[int, Body | str]:
    return (status, f"502 {body['message']}") if status == 502 and letter != "H" else (status, body)


def _pvk_flag(letter: str, status: int, body: Body) -> tuple[int, Body | str]:
    return status, body | {"statusCode": True} if status == 502 else body


def _list_fails_otherwise(letter: str, status: int, body: Body) -> tuple[int, Body | str]:
    return (400 if status == 500 and letter == "H" else status, body)


def _negated(body: Body, key: str) -> Body:
    code = str(body["status"])
    return body | {"status": code[1:] if code.startswith("I") else f"I{code}"}


def _numbers(body: Body, key: str) -> Body:
    return body | {"status": 0 if str(body["status"]).startswith("I") else 1}


def _nameless(body: Body, key: str) -> Body:
    return {name: value for name, value in body.items() if name != "name"}


def _key_in_body(body: Body, key: str) -> Body:
    return body | {"apiKey": key}


def _without_numbers(body: Body) -> Body:
    residents = [each | {"sequenceNumber": 0} for each in body["personvernInnstillinger"]]
    return body | {"personvernInnstillinger": residents}


FAULTS: dict[str, Behaviour] = {
    "privacy-type-always-reservation": _with(setting=_member("type", 0)),
    "privacy-sequence-stands": _with(setting=lambda body: body | {"sequenceNumber": 1} if len(body) > 5 else body),
    "privacy-created-moves": _with(setting=_created_when_changed),
    "privacy-always-changed": _with(changed=_member("instansEndret", 1)),
    "privacy-never-changed": _with(changed=_member("instansEndret", 0)),
    "privacy-withdrawal-lost": _with(keeps=frozenset({"IkkeAktiv"})),
    "privacy-missing-id-accepted": _with(lenient=frozenset({"nationalId", "length"})),
    "privacy-id-length-ignored": _with(lenient=frozenset({"length"})),
    "privacy-missing-type-accepted": _with(lenient=frozenset({"type"})),
    "privacy-missing-status-accepted": _with(lenient=frozenset({"status"})),
    "privacy-unknown-key-accepted": _with(accepts_any_key=frozenset({"F", "G"})),
    "privacy-unknown-key-as-200": _with(failure=_fails_as(401, 200)),
    "privacy-failure-as-400": _with(failure=_fails_as(500, 400)),
    "privacy-pvk-error-as-500": _with(failure=_fails_as(502, 500)),
    "privacy-pvk-error-as-text": _with(failure=_pvk_text),
    "privacy-pvk-error-without-code": _with(failure=_pvk_flag),
    "privacy-list-has-inactive": _with(lists_inactive=True),
    "privacy-list-repeats": _with(starts_at=lambda reference: max(reference - 1, 0)),
    "privacy-list-skips": _with(starts_at=lambda reference: reference and reference + 1),
    "privacy-list-never-ends": _with(goes_on_at=lambda asked, reference: reference or asked),
    "privacy-list-by-position": _with(by_position=True),
    "privacy-list-other-owner": _with(page=lambda body: body | {"partKode": body["name"]}),
    "privacy-list-without-numbers": _with(page=_without_numbers),
    "privacy-list-takes-any-key": _with(accepts_any_key=frozenset({"H"})),
    "privacy-list-failure-as-400": _with(failure=_list_fails_otherwise),
    "privacy-list-without-part": _with(lenient=frozenset({"pvkPart"})),
    "privacy-codes-negated": _with(replication=_negated),
    "privacy-numbers-for-codes": _with(replication=_numbers),
    "privacy-withdrawn-consent-not-told": _with(forgets=frozenset({"ISAM"})),
    "privacy-message-nameless": _with(replication=_nameless),
    "privacy-message-key-in-body": _with(replication=_key_in_body, replication_headers=lambda key: {}),
    "privacy-message-other-key": _with(replication_key=lambda key: key[::-1]),
    "privacy-message-twice": _with(copies=2),
}
