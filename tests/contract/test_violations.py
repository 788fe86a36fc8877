"""What breaks the contract, message by message: the rule and the place that are reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from eprom_verify.contract import EDITIONS, Finding

Check = Callable[..., tuple[Finding, ...]]
Example = Callable[[str], dict[str, Any]]

GONE = object()
GUID = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
WHO = {"formId": GUID, "nationalId": "26670271527"}

LETTER_MEMBERS = ("nationalId", "senderInfo", "messageInfo", "documentCollection", "notificationPriorityList")
LETTER_STATUS_MEMBERS = ("apiKey", "messageToCitizenId", "notificationChannel", "sentStatus")

EXAMPLE = {
    "A in": "order-request",
    "A out": "order-response",
    "I in": "callback-ordered.2026-05",
    "I out": "answer-processed",
    "J in": "form-completed.2026-05",
    "J out": "answer-processed",
    "B in": "letter-request",
    "B out": "letter-response",
    "K in": "letter-status.2026-05",
    "K out": "answer-processed",
    "F in": "privacy-get-request",
    "F out": "privacy-get-response.2026-05",
    "G in": "privacy-set-request",
    "G out": "privacy-set-response",
    "H in": "privacy-list-request",
    "H out": "privacy-list-response",
    "L in": "privacy-replication",
    "L out": "answer-processed",
}

# message, what is changed in its example, rule, pointer
CHANGED: list[tuple[str, dict[str, Any], str, str]] = [
    ("A in", {"formId": GONE}, "required", "/formId"),
    ("A in", {"formId": "RAND-12"}, "format", "/formId"),
    ("A in", {"formId": "{1bc5f9f0-2607-49eb-94f0-6af955bbd79a}"}, "format", "/formId"),
    ("A in", {"formId": None}, "type", "/formId"),
    ("A in", {"nationalId": GONE}, "required", "/nationalId"),
    ("A in", {"nationalId": 26670271527}, "type", "/nationalId"),
    ("A in", {"nationalId": "2667027152"}, "pattern", "/nationalId"),
    ("A in", {"nationalId": "266702 71527"}, "pattern", "/nationalId"),
    ("A in", {"nationalId": "26670271527\n"}, "pattern", "/nationalId"),
    ("A in", {"expiryDate": GONE}, "required", "/expiryDate"),
    ("A in", {"expiryDate": "1 July 2026"}, "format", "/expiryDate"),
    ("A in", {"expiryDate": "2026-02-30T12:00:00Z"}, "format", "/expiryDate"),
    ("A in", {"expiryDate": "2026-02-30"}, "format", "/expiryDate"),
    ("A in", {"expiryDate": 1782907200000}, "type", "/expiryDate"),
    ("A in", {"metadata": {"age": 76}}, "type", "/metadata"),
    ("A in", {"metadata": "[76]"}, "metadata-not-object", "/metadata"),
    ("A in", {"metadata": "null"}, "metadata-not-object", "/metadata"),
    ("A in", {"metadata": "{age: 76}"}, "metadata-not-json", "/metadata"),
    ("A in", {"metadata": '{"age": NaN}'}, "metadata-not-json", "/metadata"),
    ("A in", {"metadata": ""}, "metadata-not-json", "/metadata"),
    ("A in", {"distributionRule": "Carrier pigeon"}, "enum", "/distributionRule"),
    ("A in", {"distributionRule": 9}, "enum", "/distributionRule"),
    ("A in", {"distributionRule": True}, "type", "/distributionRule"),
    ("A in", {"mustBeSigned": "true"}, "type", "/mustBeSigned"),
    ("A in", {"dontStoreCompletedFormInPha": 1}, "type", "/dontStoreCompletedFormInPha"),
    ("A in", {"testMode": None}, "type", "/testMode"),
    ("A in", {"signingText": 5}, "type", "/signingText"),
    ("A in", {"physicalAddress": "Testeveien 1"}, "type", "/physicalAddress"),
    ("A in", {"physicalAddress": {"postalCode": 1234}}, "type", "/physicalAddress/postalCode"),
    ("A in", {"onBehalfOfNationalId": "2667"}, "pattern", "/onBehalfOfNationalId"),
    ("A in", {"FORMID": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"}, "duplicate-member", "/formId"),
    ("A in", {"apiKey": "6f1c-bare-key"}, "key-place", "/apiKey"),
    ("A in", {"APIKEY": "6f1c-bare-key"}, "key-place", "/apiKey"),
    ("A out", {"id": GONE}, "required", "/id"),
    ("A out", {"id": GONE, "Id": "184738d0-3c39-e611-9c2a-34e6d72e03c7"}, "required", "/id"),
    ("A out", {"id": 17}, "type", "/id"),
    ("A out", {"loginUrl": GONE}, "required", "/loginUrl"),
    ("A out", {"loginUrl": "/proms/form/1"}, "format", "/loginUrl"),
    ("A out", {"loginUrl": "https://proms.hemitdev.org/proms/form/184738"}, "pattern", "/loginUrl"),
    ("A out", {"loginUrl": "https://proms.hemitdev.org/proms/form/"}, "pattern", "/loginUrl"),
    (
        "A out",
        {"loginUrl": "https://proms.hemitdev.org/proms/0c5b2a60-2b0e-4f5c-9a55-7f2e3d1c8b4a"},
        "pattern",
        "/loginUrl",
    ),
    (
        "A out",
        {"loginUrl": "https://proms.hemitdev.org/proms/form/0c5b2a60-2b0e-4f5c-9a55-7f2e3d1c8b4a0"},
        "pattern",
        "/loginUrl",
    ),
    ("A out", {"notificationChannel": GONE}, "required", "/notificationChannel"),
    ("A out", {"notificationChannel": "helsenorge"}, "enum", "/notificationChannel"),
    ("A out", {"notificationChannel": 5}, "enum", "/notificationChannel"),
    ("A out", {"singleUseCode": 123456}, "type", "/singleUseCode"),
    *(("B in", {name: GONE}, "required", f"/{name}") for name in LETTER_MEMBERS),
    ("B in", {"nationalId": 26670271527}, "type", "/nationalId"),
    ("B in", {"senderInfo": "Prøveregisteret"}, "type", "/senderInfo"),
    ("B in", {"messageInfo": {"title": 1}}, "type", "/messageInfo/title"),
    ("B in", {"documentCollection": None}, "type", "/documentCollection"),
    ("B in", {"documentCollection": "JVBERi0xLjQK"}, "type", "/documentCollection"),
    ("B in", {"notificationPriorityList": "Helsenorge"}, "type", "/notificationPriorityList"),
    ("B in", {"notificationPriorityList": ["Brevdue"]}, "enum", "/notificationPriorityList/0"),
    ("B in", {"notificationPriorityList": [1, 5]}, "enum", "/notificationPriorityList/1"),
    ("B in", {"notificationPriorityList": [None]}, "type", "/notificationPriorityList/0"),
    ("B in", {"testMode": "true"}, "type", "/testMode"),
    ("B in", {"paperColorPrint": 1}, "type", "/paperColorPrint"),
    ("B in", {"apiKey": "6f1c-bare-key"}, "key-place", "/apiKey"),
    ("B out", {"notificationChannel": GONE}, "required", "/notificationChannel"),
    ("B out", {"notificationChannel": "helsenorge"}, "enum", "/notificationChannel"),
    ("B out", {"notificationChannel": 5}, "enum", "/notificationChannel"),
    ("B out", {"messageToCitizenId": GONE}, "required", "/messageToCitizenId"),
    ("B out", {"messageToCitizenId": None}, "type", "/messageToCitizenId"),
    ("B out", {"messageToCitizenId": "17"}, "format", "/messageToCitizenId"),
    ("B out", {"notificationChannel": "0", "messageToCitizenId": "ingen"}, "format", "/messageToCitizenId"),
    *(("K in", {name: GONE}, "required", f"/{name}") for name in LETTER_STATUS_MEMBERS),
    ("K in", {"messageToCitizenId": "17"}, "format", "/messageToCitizenId"),
    ("K in", {"notificationChannel": 5}, "enum", "/notificationChannel"),
    ("K in", {"sentStatus": 2}, "enum", "/sentStatus"),
    ("K in", {"sentStatus": "0"}, "type", "/sentStatus"),
    ("K in", {"sentStatus": True}, "type", "/sentStatus"),
    ("K out", {"success": "true"}, "type", "/success"),
    ("K out", {"success": GONE}, "required", "/success"),
    ("I in", {"apiKey": GONE}, "required", "/apiKey"),
    ("I in", {"apiKey": GONE, "ApiKey": "6f1c-bare-key"}, "required", "/apiKey"),
    ("I in", {"apiKey": None}, "type", "/apiKey"),
    ("I in", {"formOrderId": GONE}, "required", "/formOrderId"),
    ("I in", {"formOrderId": "184738d0"}, "format", "/formOrderId"),
    ("I in", {"notificationChannel": GONE}, "required", "/notificationChannel"),
    ("I in", {"notificationChannel": 5}, "enum", "/notificationChannel"),
    ("I in", {"notificationChannel": "1"}, "type", "/notificationChannel"),
    ("I in", {"timestamp": GONE}, "required", "/timestamp"),
    ("I in", {"timestampUtc": GONE}, "required", "/timestampUtc"),
    ("I in", {"timestamp": None}, "type", "/timestamp"),
    ("I in", {"timestamp": "2023-03-29T10:20:10+02:00"}, "format", "/timestamp"),
    ("I in", {"timestampUtc": "2023-03-29T08:20:10"}, "format", "/timestampUtc"),
    ("I in", {"timestampUtc": "2023-03-29T10:20:10+02:00"}, "pattern", "/timestampUtc"),
    ("I in", {"timestampUtc": "2023-03-29T25:20:10Z"}, "format", "/timestampUtc"),
    ("I in", {"formOrderStatus": "Sent"}, "enum", "/formOrderStatus"),
    ("I in", {"formOrderStatus": 2}, "type", "/formOrderStatus"),
    ("I in", {"formOrderStatusErrorCode": GONE}, "required", "/formOrderStatusErrorCode"),
    ("I in", {"formOrderStatusErrorCode": 0}, "type", "/formOrderStatusErrorCode"),
    ("I in", {"formOrderStatusErrorCode": "Unknown"}, "enum", "/formOrderStatusErrorCode"),
    ("I in", {"formOrderStatus": "Completed"}, "enum", "/formOrderStatus"),
    ("F in", {"nationalId": GONE}, "required", "/nationalId"),
    ("F in", {"nationalId": "2667027152"}, "pattern", "/nationalId"),
    ("F in", {"type": GONE}, "required", "/type"),
    ("F in", {"type": 2}, "enum", "/type"),
    ("F in", {"type": "0"}, "enum", "/type"),
    ("F in", {"type": "RES"}, "enum", "/type"),
    ("F in", {"pvkId": "eprom-test"}, "format", "/pvkId"),
    ("F in", {"apiKey": "6f1c-bare-key"}, "key-place", "/apiKey"),
    ("F out", {"status": "RES"}, "enum", "/status"),
    ("F out", {"type": None}, "type", "/type"),
    ("F out", {"id": GONE}, "required", "/id"),
    ("F out", {"Status": 1, "status": GONE}, "required", "/status"),
    ("F out", {"sequenceNumber": "3"}, "type", "/sequenceNumber"),
    ("F out", {"sequenceNumber": -1}, "minimum", "/sequenceNumber"),
    ("F out", {"createdDateTimeOffset": "2025-10-14T12:00:00"}, "format", "/createdDateTimeOffset"),
    ("F out", {"lastChangedDateTimeOffset": GONE}, "required", "/lastChangedDateTimeOffset"),
    ("G in", {"status": GONE}, "required", "/status"),
    ("G in", {"status": "IRES"}, "enum", "/status"),
    ("G in", {"status": True}, "type", "/status"),
    ("G out", {"instansEndret": True}, "type", "/instansEndret"),
    ("G out", {"instansEndret": 2}, "enum", "/instansEndret"),
    ("G out", {"instansEndret": GONE}, "required", "/instansEndret"),
    ("H in", {"pvkId": GONE}, "required", "/pvkId"),
    ("H in", {"pagingReference": GONE}, "required", "/pagingReference"),
    ("H in", {"pagingReference": -1}, "minimum", "/pagingReference"),
    ("H in", {"pagingReference": "0"}, "type", "/pagingReference"),
    ("H out", {"pagingReference": None}, "type", "/pagingReference"),
    ("H out", {"personvernInnstillinger": None}, "type", "/personvernInnstillinger"),
    ("H out", {"partKode": GONE}, "required", "/partKode"),
    ("H out", {"personvernInnstillinger": ["26670271527"]}, "type", "/personvernInnstillinger/0"),
    ("L in", {"nationalId": GONE}, "required", "/nationalId"),
    ("L in", {"id": "x"}, "format", "/id"),
    ("L in", {"name": GONE}, "required", "/name"),
    ("L in", {"status": 1}, "type", "/status"),
    ("L in", {"status": "Aktiv"}, "enum", "/status"),
    ("L in", {"status": "res"}, "enum", "/status"),
    ("L in", {"apiKey": "6f1c-bare-key"}, "key-place", "/apiKey"),
    ("L out", {"success": "true"}, "type", "/success"),
    ("J in", {"apiKey": GONE}, "required", "/apiKey"),
    ("J in", {"apiKey": 5}, "type", "/apiKey"),
    ("J in", {"formOrderId": GONE}, "required", "/formOrderId"),
    ("J in", {"formOrderId": "184738d0"}, "format", "/formOrderId"),
    ("J in", {"formData": GONE}, "required", "/formData"),
    ("J in", {"formData": None}, "type", "/formData"),
    ("J in", {"formData": ""}, "pattern", "/formData"),
    ("J in", {"formData": {"HealthGeneral": 1}}, "type", "/formData"),
    ("J in", {"formData": "{HealthGeneral: 1}"}, "formData-not-json", "/formData"),
    ("J in", {"formData": "[1]"}, "formData-not-object", "/formData"),
    ("J in", {"formOrderStatus": "Expired", "formData": "no"}, "formData-not-json", "/formData"),
    ("J in", {"formOrderStatus": GONE}, "required", "/formOrderStatus"),
    ("J in", {"formOrderStatus": GONE, "FormOrderStatus": "Completed"}, "required", "/formOrderStatus"),
    ("J in", {"formOrderStatus": "Ordered"}, "enum", "/formOrderStatus"),
    ("J in", {"formOrderStatus": "completed"}, "enum", "/formOrderStatus"),
    ("J in", {"formOrderStatus": 0}, "type", "/formOrderStatus"),
    ("J in", {"signedFormId": ""}, "format", "/signedFormId"),
    ("J in", {"scannedPaperId": 0}, "type", "/scannedPaperId"),
    ("J in", {"timestamp": "2019-05-03T00:00:00"}, "format", "/timestamp"),
    ("J in", {"timestamp": "03.05.2019"}, "format", "/timestamp"),
    ("J in", {"formDataWarnings": {"Key": "Value"}}, "type", "/formDataWarnings"),
    ("J in", {"formDataWarnings": ["Key"]}, "type", "/formDataWarnings/0"),
    ("J in", {"formDataWarnings": [{"fieldName": 1, "warning": "x"}]}, "type", "/formDataWarnings/0/fieldName"),
    ("J in", {"notificationChannel": "SMS"}, "enum", "/notificationChannel"),
    ("J in", {"notificationChannel": None}, "type", "/notificationChannel"),
    ("J in", {"isPatientInitiated": "true"}, "type", "/isPatientInitiated"),
    ("J in", {"isPatientInitiated": True}, "required", "/patientInitiatedValues"),
    ("J in", {"isPatientInitiated": True, "patientInitiatedValues": None}, "type", "/patientInitiatedValues"),
    *(
        (
            "J in",
            {"isPatientInitiated": True, "patientInitiatedValues": values},
            rule,
            f"/patientInitiatedValues/{name}",
        )
        for values, rule, name in [
            ({"formId": GUID}, "required", "nationalId"),
            ({"nationalId": "26670271527"}, "required", "formId"),
            ({"formId": GUID, "nationalId": "2667"}, "pattern", "nationalId"),
            ({**WHO, "orderTimestamp": "2023-03-29T10:01:49Z"}, "format", "orderTimestamp"),
            ({**WHO, "orderTimestampUTC": "2023-03-29T10:01:49+02:00"}, "pattern", "orderTimestampUTC"),
        ]
    ),
    *(
        ("J in", {"formOrderEventLog": [event]}, rule, f"/formOrderEventLog/0/{name}")
        for event, rule, name in [
            ({"eventType": "FormClosed", "timestampUtc": "2021-05-07 09:17:51.220"}, "enum", "eventType"),
            ({"eventType": 0, "timestampUtc": "2021-05-07 09:17:51.220"}, "type", "eventType"),
            ({"eventType": "FormOpened", "timestampUtc": "2021-05-07T09:17:51.220"}, "format", "timestampUtc"),
            ({"eventType": "FormOpened", "timestampUtc": "2021-05-07 09:17:51.220Z"}, "format", "timestampUtc"),
            ({"eventType": "FormOpened", "timestampUtc": "2021-02-30 09:17:51.220"}, "format", "timestampUtc"),
            ({"eventType": "FormOpened", "timestampUtc": "2021-05-07 09:17:51.220\n"}, "format", "timestampUtc"),
            ({"eventType": "FormOpened", "timestampUtc": None}, "type", "timestampUtc"),
        ]
    ),
    ("J in", {"filledOutBy": "SegSelv"}, "type", "/filledOutBy"),
    ("J in", {"filledOutBy": {"filledOutByActType": "Verge"}}, "enum", "/filledOutBy/filledOutByActType"),
    ("J in", {"filledOutBy": {"filledOutByActType": 1}}, "type", "/filledOutBy/filledOutByActType"),
    (
        "J in",
        {"filledOutBy": {"filledOutByActNationalId": "1234567890"}},
        "pattern",
        "/filledOutBy/filledOutByActNationalId",
    ),
    ("J out", {"success": "true"}, "type", "/success"),
    ("I out", {"success": GONE}, "required", "/success"),
    ("I out", {"success": "true"}, "type", "/success"),
    ("I out", {"success": None}, "type", "/success"),
]

# message, body, rule
BODIES: list[tuple[str, bytes, str]] = [
    ("A in", b"", "not-json"),
    ("A in", b"{", "not-json"),
    ("A in", b'{"age": NaN}', "not-json"),
    ("A in", b'{"n": ' + b"9" * 5000 + b"}", "not-json"),
    ("A in", b"[" * 100_000, "not-json"),
    ("A in", '{"signingText": "Å"}'.encode("latin-1"), "not-utf8"),
    ("A in", b"[]", "type"),
    ("A out", b"Internal error", "not-json"),
    ("I in", b'"status"', "type"),
    ("I out", b"OK", "not-json"),
    ("I out", b"true", "type"),
]

# headers, rule
HEADERS: list[tuple[list[tuple[str, str]], str]] = [
    ([], "key-missing"),
    ([("authorization", "Basic ")], "key-missing"),
    ([("authorization", "Bearer 6f1c-bare-key")], "key-scheme"),
    ([("authorization", "6f1c-bare-key")], "key-scheme"),
    ([("authorization", "Basic 6f1c-bare-key"), ("content-type", "text/plain")], "content-type"),
    ([("authorization", "Basic 6f1c-bare-key"), ("content-type", "application/json; charset=iso-8859-1")], "charset"),
]


def broken(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.pointer) for finding in findings if finding.is_violation]


@pytest.mark.parametrize(("message", "change", "rule", "pointer"), CHANGED)
def test_member_refused(
    message: str, change: dict[str, Any], rule: str, pointer: str, check: Check, example: Example
) -> None:
    changed = {name: value for name, value in {**example(EXAMPLE[message]), **change}.items() if value is not GONE}
    assert broken(check(message, changed)) == [(rule, pointer)]


@pytest.mark.parametrize(("message", "body", "rule"), BODIES)
def test_body_refused(message: str, body: bytes, rule: str, check: Check) -> None:
    assert broken(check(message, body)) == [(rule, "")]


@pytest.mark.parametrize(("headers", "rule"), HEADERS)
def test_headers_refused(headers: list[tuple[str, str]], rule: str, check: Check, example: Example) -> None:
    if not any(name == "content-type" for name, _ in headers):
        headers = [*headers, ("content-type", "application/json")]
    assert broken(check("A in", example("order-request"), headers=headers)) == [(rule, "")]


def test_repeated_name_refused(check: Check) -> None:
    assert broken(check("I out", b'{"success": false, "success": true}')) == [("duplicate-member", "/success")]


@pytest.mark.parametrize("edition", EDITIONS)
def test_return_refused_in_edition(edition: str, check: Check, example: Example) -> None:
    sent = example("form-completed.2026-05") | {"formData": "no", "filledOutBy": {"filledOutByActType": "Verge"}}
    later = [] if edition == "2023-10" else [("enum", "/filledOutBy/filledOutByActType")]
    assert sorted(broken(check("J in", sent, edition=edition))) == [*later, ("formData-not-json", "/formData")]


def test_repeated_inner_name(check: Check, example: Example) -> None:
    body = json.dumps(example("order-request"))
    body = body.replace('"physicalAddress": null', '"physicalAddress": {"fullName": "A", "fullName": "B"}')
    assert broken(check("A in", body.encode())) == [("duplicate-member", "/physicalAddress/fullName")]


def test_deep_nesting_survived(check: Check) -> None:
    for depth in (300, 900, 990, 5000):
        check("I out", b'{"x": ' + b"[" * depth + b"]" * depth + b', "y": 1, "y": 2}')


def test_violation_explains(check: Check, example: Example) -> None:
    (finding,) = check("A in", example("order-request") | {"distributionRule": "Post"})
    assert finding.received == "«Post»"
    assert "Basic" in finding.expected
    assert finding.source == "BestillingAvSkjemaV2, Bestilling klient-side"
    assert finding.message.startswith("«distributionRule» skal være en av Basic")


def test_near_miss_named(check: Check, example: Example) -> None:
    response = example("order-response")
    response["LoginUrl"] = response.pop("loginUrl")
    missing = next(finding for finding in check("A out", response) if finding.rule == "required")
    assert "«LoginUrl»" in missing.received


def test_key_quotes_page(check: Check, example: Example) -> None:
    (finding,) = check("A in", example("order-request"), headers={"Content-Type": "application/json"})
    assert "skal ApiKey sendes som en Authorization parameter" in finding.message


def test_findings_per_place(check: Check) -> None:
    findings = check("A in", {"formId": 1, "nationalId": False, "distributionRule": []})
    assert len({finding.pointer for finding in findings}) == len(findings) == 4
