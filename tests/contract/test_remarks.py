"""What is tolerated and told about: never a violation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from eprom_verify.contract import Contract, Finding, Severity, operation

Check = Callable[..., tuple[Finding, ...]]
Example = Callable[[str], dict[str, Any]]

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic 6f1c-bare-key"}

# message, its example, what is changed, rule, pointer
CHANGED: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("A in", "order-request", {"priority": 1}, "unknown-member", "/priority"),
    ("A in", "order-request", {"physicalAddress": {"country": "NO"}}, "unknown-member", "/physicalAddress/country"),
    ("A in", "order-request", {"physicalAddress": {"fullName": "T"}}, "address-incomplete", "/physicalAddress"),
    ("A in", "order-request", {"a/b~c": 1}, "unknown-member", "/a~1b~0c"),
    ("A in", "order-request", {"apiKey": None}, "unknown-member", "/apiKey"),
    ("A in", "order-request", {"distributionRule": "basic"}, "enum-case", "/distributionRule"),
    ("A in", "order-request", {"distributionRule": "3"}, "undocumented-form", "/distributionRule"),
    ("A in", "order-request", {"onBehalfOfNationalId": ""}, "undocumented-form", "/onBehalfOfNationalId"),
    ("A in", "order-request", {"expiryDate": "2026-07-01"}, "undocumented-form", "/expiryDate"),
    ("A in", "order-request", {"reminderDate": "2026-06-01"}, "ignored-member", "/reminderDate"),
    ("A out", "order-response", {"orderNumber": 1}, "unknown-member", "/orderNumber"),
    ("B in", "letter-request", {"priority": 1}, "unknown-member", "/priority"),
    ("B in", "letter-request", {"senderInfo": {}}, "sender-incomplete", "/senderInfo"),
    ("B in", "letter-request", {"messageInfo": {"title": "T"}}, "message-incomplete", "/messageInfo"),
    ("B in", "letter-request", {"notificationPriorityList": []}, "no-channels", "/notificationPriorityList"),
    ("B in", "letter-request", {"notificationPriorityList": ["2"]}, "undocumented-form", "/notificationPriorityList/0"),
    (
        "B in",
        "letter-request",
        {"notificationPriorityList": ["HELSENORGE"]},
        "enum-case",
        "/notificationPriorityList/0",
    ),
    ("B out", "letter-response-nothing-sent", {"messageToCitizenId": None}, "undocumented-form", "/messageToCitizenId"),
    ("K in", "letter-status.2026-05", {"sender": "x"}, "unknown-member", "/sender"),
    (
        "A out",
        "order-response",
        {"loginUrl": "https://proms.hemitdev.org/proms/Form/Edit/0c5b2a60-2b0e-4f5c-9a55-7f2e3d1c8b4a"},
        "login-address",
        "/loginUrl",
    ),
    (
        "A out",
        "order-response",
        {"loginUrl": "https://proms.hemitdev.org/proms/form/0c5b2a60-2b0e-4f5c-9a55-7f2e3d1c8b4a?a=1"},
        "login-address",
        "/loginUrl",
    ),
    ("I in", "callback-error.2026-05", {"timestamp": None}, "undocumented-form", "/timestamp"),
    ("I in", "callback-ordered.2026-05", {"sender": "x"}, "unknown-member", "/sender"),
    ("J in", "form-expired", {"formData": None}, "undocumented-form", "/formData"),
    ("J in", "form-expired", {"formData": ""}, "undocumented-form", "/formData"),
    ("J in", "form-expired", {"timestamp": None}, "undocumented-form", "/timestamp"),
    ("J in", "form-expired", {"signedFormId": None}, "undocumented-form", "/signedFormId"),
    ("J in", "form-expired", {"scannedPaperId": None}, "undocumented-form", "/scannedPaperId"),
    ("J in", "form-expired", {"formDataWarnings": None}, "undocumented-form", "/formDataWarnings"),
    ("J in", "form-expired", {"formDataWarnings": [{}]}, "warning-incomplete", "/formDataWarnings/0"),
    ("J in", "form-expired", {"formOrderEventLog": None}, "undocumented-form", "/formOrderEventLog"),
    ("J in", "form-expired", {"formOrderEventLog": [{}]}, "event-incomplete", "/formOrderEventLog/0"),
    (
        "J in",
        "form-expired",
        {"formOrderEventLog": [{"eventType": "FormOpened", "timestampUtc": "2021-05-07 09:17:51"}]},
        "undocumented-form",
        "/formOrderEventLog/0/timestampUtc",
    ),
    (
        "J in",
        "form-completed.2026-05",
        {"filledOutBy": {"filledOutByActNationalId": ""}},
        "undocumented-form",
        "/filledOutBy/filledOutByActNationalId",
    ),
    ("J in", "form-completed.2026-05", {"formVersion": 2}, "unknown-member", "/formVersion"),
    ("J out", "answer-processed", {"message": "ok"}, "unknown-member", "/message"),
    ("I out", "answer-processed", {"message": "ok"}, "unknown-member", "/message"),
]


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    assert all(finding.severity is Severity.REMARK for finding in findings)
    return {(finding.rule, finding.pointer) for finding in findings} - {("key-empty", "/apiKey")}


@pytest.mark.parametrize(("message", "name", "change", "rule", "pointer"), CHANGED)
def test_member_remarked(
    message: str, name: str, change: dict[str, Any], rule: str, pointer: str, check: Check, example: Example
) -> None:
    assert (rule, pointer) in told(check(message, example(name) | change))


@pytest.mark.parametrize(
    "change",
    [
        {"distributionRule": 3},
        {"expiryDate": "2026-07-01T12:00:00"},
        {"expiryDate": "2026-07-01T12:00:00.1234567+02:00"},
        {"formId": "1BC5F9F0-2607-49EB-94F0-6AF955BBD79A"},
        {"metadata": None},
    ],
)
def test_order_accepted(change: dict[str, Any], check: Check, example: Example) -> None:
    assert check("A in", example("order-request") | change) == ()


@pytest.mark.parametrize("status", ["PhysicalMailReturned", "DigipostDelivered"])
def test_later_status_accepted(status: str, check: Check, example: Example) -> None:
    assert told(check("I in", example("callback-ordered.2026-05") | {"formOrderStatus": status})) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"notificationChannel": "None"},
        {"notificationChannel": 1},
        {"isPatientInitiated": False, "patientInitiatedValues": None},
        {"filledOutBy": None},
        {"filledOutBy": {"filledOutByActNationalId": None, "filledOutByActType": None}},
        {"formDataWarnings": [], "formOrderEventLog": []},
        {"timestamp": "2019-05-03T00:00:00.1234567Z"},
        {"formData": "{}"},
    ],
)
def test_return_accepted(change: dict[str, Any], check: Check, example: Example) -> None:
    assert told(check("J in", example("form-completed.2026-05") | change)) == set()


@pytest.mark.parametrize("code", ["", None, "ab12cd"])
def test_code_accepted(code: str | None, check: Check, example: Example) -> None:
    assert check("A out", example("order-response") | {"singleUseCode": code, "notificationChannel": 0}) == ()


def test_other_case_remarked(check: Check, example: Example) -> None:
    order = {name.upper(): value for name, value in example("order-request").items()}
    assert told(check("A in", order)) == {("member-case", f"/{name}") for name in example("order-request")}


def test_answer_case_remarked(check: Check) -> None:
    assert told(check("I out", {"Success": True})) == {("member-case", "/success")}


def test_byte_order_mark(check: Check) -> None:
    assert told(check("I out", b'\xef\xbb\xbf{"success": true}')) == {("byte-order-mark", "")}


def test_base64_key(check: Check, example: Example) -> None:
    headers = {"Content-Type": "application/json", "Authorization": "Basic cmVnaXN0ZXI6cGFzc29yZA=="}
    assert told(check("A in", example("order-request"), headers=headers)) == {("key-base64", "")}


def test_scheme_case(check: Check, example: Example) -> None:
    headers = {"content-type": "application/json", "authorization": "basic 6f1c-bare-key"}
    assert check("A in", example("order-request"), headers=headers) == ()


def test_answer_media_remarked(check: Check) -> None:
    assert told(check("I out", {"success": True}, headers={})) == {("content-type", "")}
    assert told(check("I out", {"success": True}, headers={"Content-Type": "text/html"})) == {("content-type", "")}


def test_callback_failure_status(check: Check) -> None:
    assert told(check("I out", {"success": False}, status=500)) == {("status", "")}


@pytest.mark.parametrize("status", [401, 500, 302])
def test_order_status_remarked(status: int, check: Check) -> None:
    assert told(check("A out", b"whatever", status=status)) == {("status", "")}


def test_form_order_remarked(check: Check) -> None:
    body = (
        b"formId=1bc5f9f0-2607-49eb-94f0-6af955bbd79a&nationalId=26670271527&expiryDate=2026-07-01T12%3A00%3A00Z"
        b"&mustBeSigned=false&distributionRule=3&signingText=&metadata=%7B%22age%22%3A76%7D"
        b"&physicalAddress%5BfullName%5D=T&physicalAddress.addressLine1=V&physicalAddress%5BpostalCode%5D=1234"
        b"&physicalAddress%5BpostalPlace%5D=S"
    )
    (finding,) = check("A in", body, headers=FORM)
    assert (finding.severity, finding.rule) == (Severity.REMARK, "content-type")
    assert finding.source == "ReleaseNotev13.0.2, Teknisk"


def test_form_order_judged(check: Check) -> None:
    rules = {
        (finding.rule, finding.pointer) for finding in check("A in", b"formId=x&apiKey=6f1c-bare-key", headers=FORM)
    }
    assert {("format", "/formId"), ("required", "/nationalId"), ("key-place", "/apiKey")} <= rules


ENVELOPES: list[Callable[[str], bytes]] = [
    lambda text: text.encode(),
    lambda text: json.dumps(text).encode(),
    lambda text: json.dumps({"Message": text}).encode(),
    lambda text: json.dumps({"errors": [{"detail": f"Bad: {text}"}]}).encode(),
]


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_documented_refusal(envelope: Callable[[str], bytes], check: Check, contract: Contract) -> None:
    for text in contract.error_texts(operation("A"), 400).values():
        assert check("A out", envelope(text.replace("{formId}", "x")), status=400, headers={}) == ()


def test_other_refusal_remarked(check: Check) -> None:
    assert told(check("A out", b"Nope", status=400)) == {("undocumented-error", "")}
    assert told(check("A out", b"", status=400)) == {("undocumented-error", "")}
