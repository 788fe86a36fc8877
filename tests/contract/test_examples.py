"""Every message that the documentation shows is accepted in its edition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.contract import EDITIONS, Finding

Check = Callable[..., tuple[Finding, ...]]
Example = Callable[[str], dict[str, Any]]

MESSAGES = {
    "order-request": "A in",
    "order-response": "A out",
    "order-response-nobody": "A out",
    "privacy-get-request": "F in",
    "privacy-set-request": "G in",
    "privacy-set-response": "G out",
    "privacy-list-request": "H in",
    "privacy-list-response": "H out",
    "privacy-replication": "L in",
    "answer-processed": "I out",
    "answer-not-processed": "I out",
    "letter-request": "B in",
    "letter-response": "B out",
    "letter-response-nothing-sent": "B out",
    "unsecure-response-sent": "C out",
}
RETURNS = ("form-patient-initiated", "form-expired", *(f"form-completed.{edition}" for edition in EDITIONS))
CALLBACKS = {"callback-ordered": "I in", "callback-error": "I in", "letter-status": "K in"}


def broken(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.pointer) for finding in findings if finding.is_violation]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", MESSAGES)
def test_example_accepted(name: str, edition: str, check: Check, example: Example) -> None:
    assert check(MESSAGES[name], example(name), edition=edition) == ()


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", CALLBACKS)
def test_callback_accepted(name: str, edition: str, check: Check, example: Example) -> None:
    findings = check(CALLBACKS[name], example(f"{name}.{edition}"), edition=edition)
    # The pages blank the key out.
    assert [finding.rule for finding in findings] == ["key-empty"]
    assert broken(findings) == []


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", RETURNS)
def test_return_accepted(name: str, edition: str, check: Check, example: Example) -> None:
    findings = check("J in", example(name), edition=edition)
    later = [("unknown-member", "/filledOutBy")] if (name, edition) == ("form-completed.2026-05", "2023-10") else []
    assert broken(findings) == []
    assert [(finding.rule, finding.pointer) for finding in findings] == [("key-empty", "/apiKey"), *later]


@pytest.mark.parametrize("letter", ["J", "K"])
@pytest.mark.parametrize("name", ["answer-processed", "answer-not-processed"])
def test_return_answer_accepted(name: str, letter: str, check: Check, example: Example) -> None:
    assert check(f"{letter} out", example(name)) == ()


@pytest.mark.parametrize(("written", "read"), [EDITIONS, EDITIONS[::-1]])
@pytest.mark.parametrize("name", CALLBACKS)
def test_editions_differ(name: str, written: str, read: str, check: Check, example: Example) -> None:
    findings = check(CALLBACKS[name], example(f"{name}.{written}"), edition=read)
    wrong = ["/notificationChannel", *(["/sentStatus"] if name == "letter-status" else [])]
    assert broken(findings) == [("type", pointer) for pointer in wrong]


@pytest.mark.parametrize(("name", "message"), [("sms-request", "C in"), ("email-request", "D in")])
def test_unsecure_accepted(name: str, message: str, check: Check, example: Example) -> None:
    assert [finding.rule for finding in check(message, example(name))] == ["key-empty"]


@pytest.mark.parametrize("letter", ["C", "D"])
def test_sample_code_accepted(letter: str, check: Check, example: Example) -> None:
    [finding] = check(f"{letter} out", example("unsecure-response-sample-code"))
    assert (finding.rule, finding.pointer, finding.is_violation) == ("member-case", "/success", False)


@pytest.mark.parametrize("letter", ["F", "G", "H"])
def test_pvk_error_accepted(letter: str, check: Check, example: Example) -> None:
    assert check(f"{letter} out", example("privacy-pvk-error"), status=502) == ()


@pytest.mark.parametrize("edition", EDITIONS)
def test_setting_accepted(edition: str, check: Check, example: Example) -> None:
    assert check("F out", example(f"privacy-get-response.{edition}"), edition=edition) == ()


def test_setting_of_other_edition(check: Check, example: Example) -> None:
    later = ("sequenceNumber", "createdDateTimeOffset", "lastChangedDateTimeOffset")
    older = check("F out", example("privacy-get-response.2023-10"), edition="2026-05")
    assert broken(older) == [("required", f"/{name}") for name in later]
    newer = check("F out", example("privacy-get-response.2026-05"), edition="2023-10")
    assert [(finding.rule, finding.pointer) for finding in newer] == [("unknown-member", f"/{name}") for name in later]


def test_examples_complete() -> None:
    files = {path.stem for path in (Path(__file__).parent / "examples").glob("*.json")}
    by_edition = {f"{name}.{edition}" for name in (*CALLBACKS, "privacy-get-response") for edition in EDITIONS}
    unsecure = {"sms-request", "email-request", "unsecure-response-sample-code"}
    assert files == {*MESSAGES, *RETURNS, *unsecure, "privacy-pvk-error", *by_edition}
