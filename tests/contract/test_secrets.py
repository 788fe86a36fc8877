"""No finding shows a key, a code, a login address or a national id, wherever it was put."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from eprom_verify.contract import EDITIONS, Contract, Finding, operation

KEY = "K3y-planted-here"
CODE = "c0de-planted"
URL = "https://proms.hemitdev.org/proms/form/planted-guid"
NATIONAL_ID = "26670271527"
RETURNED = [
    "formData",
    "formDataWarnings",
    "patientInitiatedValues",
    "formOrderEventLog",
    "filledOutBy",
    "signedFormId",
]
LETTERS = [("B", 0), ("B", 200), ("B", 400), ("B", 502), ("B", 504), ("K", 0), ("K", 200)]
PLANTED = (KEY, CODE, URL, "planted", NATIONAL_ID)


def planted_everywhere(names: list[str]) -> Iterator[dict[str, Any]]:
    """Messages with something secret as each member, as its name, and deeper down."""
    for secret in (
        KEY,
        CODE,
        URL,
        NATIONAL_ID,
        int(NATIONAL_ID),
        float(NATIONAL_ID),
        f"{NATIONAL_ID[:6]} {NATIONAL_ID[6:]}",
    ):
        secrets = {"apiKey": KEY, "singleUseCode": CODE, "loginUrl": URL}
        for name in names:
            yield {**secrets, name: secret}
            yield {**secrets, name: [secret]}
            yield {**secrets, name.upper(): secret}
        yield {**secrets, str(secret): 1}
        yield {**secrets, "physicalAddress": {str(secret): secret, "postalCode": secret}}


def shows(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if any(secret in json.dumps(finding.to_dict()) for secret in PLANTED)]


@pytest.mark.parametrize(
    ("letter", "status"), [("A", 0), ("A", 200), ("A", 400), ("I", 0), ("I", 200), ("J", 0), *LETTERS]
)
@pytest.mark.parametrize("authorization", ["Basic " + KEY, "Bearer " + KEY, KEY, KEY + " x", "Basic " + KEY + " x"])
def test_secret_hidden(letter: str, status: int, authorization: str, contract: Contract) -> None:
    row = operation(letter)
    headers = {"Authorization": authorization, "Content-Type": f"{KEY}; charset={KEY}"}
    names = [*contract.echoed_parameters, "id", "notificationChannel", "formOrderStatus", "timestamp", "success", "x"]
    names += RETURNED if letter == "J" else []
    for message in planted_everywhere(names):
        body = json.dumps(message).encode()
        found = (
            contract.check_response(row, status, headers, body)
            if status
            else contract.check_request(row, headers, body)
        )
        assert shows(found) == []


ANSWER = "planted answer of the patient"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("secret", [KEY, NATIONAL_ID, int(NATIONAL_ID), [NATIONAL_ID], {NATIONAL_ID: KEY}])
def test_returned_form_hidden(secret: Any, edition: str) -> None:
    inner = [
        {"formData": secret},
        {"formData": json.dumps(secret)},
        {"formData": {"name": ANSWER}},
        {"formData": f'{{"name": "{ANSWER}"'},
        {"formDataWarnings": [{"fieldName": secret, "warning": secret, "x": secret}]},
        {"formDataWarnings": [{"fieldName": 1, "warning": [ANSWER]}, ANSWER]},
        {"formOrderEventLog": [{"eventType": secret, "questionId": secret, "timestampUtc": secret}, secret]},
        {"isPatientInitiated": secret, "patientInitiatedValues": {"formId": secret, "nationalId": secret}},
        {"patientInitiatedValues": {"orderTimestamp": secret, "orderTimestampUTC": secret, str(secret): 1}},
        {"filledOutBy": {"filledOutByActNationalId": secret, "filledOutByActType": secret}},
        {"scannedPaperId": secret, "notificationChannel": secret, "formOrderStatus": secret},
    ]
    contract = Contract(edition)
    for members in inner:
        body = json.dumps({"apiKey": KEY, "formOrderStatus": "Completed", **members}).encode()
        assert shows(contract.check_request(operation("J"), {}, body)) == []


def test_bare_text_hidden(contract: Contract) -> None:
    body = json.dumps(KEY).encode()
    assert shows(contract.check_request(operation("I"), {}, body)) == []
    assert shows(contract.check_response(operation("A"), 200, {}, body)) == []


def test_repeated_name_hidden(contract: Contract) -> None:
    body = f'{{"{NATIONAL_ID}": 1, "{NATIONAL_ID}": 2}}'.encode()
    findings = contract.check_request(operation("A"), {}, body)
    assert "duplicate-member" in {finding.rule for finding in findings}
    assert shows(findings) == []


def test_lone_surrogate_storable(contract: Contract) -> None:
    findings = contract.check_request(operation("A"), {}, b'{"formId": "\\ud800", "\\udfff": 1}')
    for finding in findings:
        json.dumps(finding.to_dict(), ensure_ascii=False).encode("utf-8")
