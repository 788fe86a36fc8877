"""The one answer that is a file: a PDF, and all that the documentation leaves open about it."""

from __future__ import annotations

import pytest

from eprom_verify.contract import EDITIONS, Contract, Finding, Severity, operation

PDF = {"Content-Type": "application/pdf"}
SIGNED = b"%PDF-1.7\n/ByteRange [0 1 2 3]\n%%EOF"
KEY = {"Authorization": "Basic 6f1c-bare-key"}


def found(findings: tuple[Finding, ...]) -> list[tuple[Severity, str]]:
    return [(finding.severity, finding.rule) for finding in findings]


@pytest.mark.parametrize("edition", EDITIONS)
def test_signed_pdf_accepted(edition: str) -> None:
    assert Contract(edition).check_response(operation("E"), 200, PDF, SIGNED) == ()


def test_mark_may_come_late(contract: Contract) -> None:
    assert contract.check_response(operation("E"), 200, PDF, b"\n" * 1019 + SIGNED) == ()


@pytest.mark.parametrize("body", [b"", b"{}", b'"JVBERi0xLjc="', b"<html></html>", b"\n" * 1020 + SIGNED])
def test_anything_else_refused(body: bytes, contract: Contract) -> None:
    assert found(contract.check_response(operation("E"), 200, PDF, body)) == [(Severity.VIOLATION, "not-pdf")]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/octet-stream"}])
def test_other_media_type_remarked(headers: dict[str, str], contract: Contract) -> None:
    findings = contract.check_response(operation("E"), 200, headers, SIGNED)
    assert found(findings) == [(Severity.REMARK, "content-type")]


def test_no_signature_remarked(contract: Contract) -> None:
    findings = contract.check_response(operation("E"), 200, PDF, b"%PDF-1.7")
    assert found(findings) == [(Severity.REMARK, "no-embedded-signature")]


@pytest.mark.parametrize("status", [401, 404, 410])
def test_refusal_is_not_documented(status: int, contract: Contract) -> None:
    assert found(contract.check_response(operation("E"), status, {}, b"{}")) == [(Severity.REMARK, "status")]


def test_request_is_its_key_alone(contract: Contract) -> None:
    assert contract.check_request(operation("E"), KEY, b"") == ()
    assert found(contract.check_request(operation("E"), {}, b"")) == [(Severity.VIOLATION, "key-missing")]


def test_path_names_the_document(contract: Contract) -> None:
    assert contract.match("GET", "/promswebapi/API/externaldocument/184738d0", b"", "/promswebapi") is operation("E")
    assert contract.match("GET", "/api/ExternalDocument/", b"") is None
    assert contract.parse(operation("E"), b"") == {}


def test_has_no_members(contract: Contract) -> None:
    assert contract.parse_response(operation("E"), 200, b'{"id": 1}') == {}
    assert contract.answers_with_document(operation("E"), 200)
    assert not contract.answers_with_document(operation("E"), 404)
    assert not contract.answers_with_document(operation("A"), 200)
