"""What can be asked of a message and of an exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.exchange import Exchange, Message

AT = datetime(2026, 5, 9, 8, 0, tzinfo=UTC)
VIOLATION = Finding(Severity.VIOLATION, "required", "/formId", "", "", "", "")
REMARK = replace(VIOLATION, severity=Severity.REMARK)


def message(body: bytes, *, findings: tuple[Finding, ...] = ()) -> Message:
    return Message(at=AT, headers=(("X-Key", "1"), ("x-key", "2")), body=body, size=len(body), seq=1, findings=findings)


def exchange(request: Message, response: Message | None = None, *, failure: str | None = None) -> Exchange:
    return Exchange(
        id="1",
        operation="A",
        sender="eprom",
        method="PUT",
        url="http://x/",
        request=request,
        response=response,
        failure=failure,
    )


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, null]}', {"a": [1, None]}),
        ("\ufeff{}".encode(), {}),
        ('{"å": "æ"}'.encode("utf-16"), {"å": "æ"}),
        (b"", None),
        (b"{", None),
        (b"\xff\xfe\xff", None),
        (b"[" * 100_000, None),
        (b'{"a":' * 100_000, None),
        (b"1" * 10_000, None),
    ],
    ids=["object", "bom", "utf-16", "empty", "broken", "bytes", "deep-array", "deep-object", "long-number"],
)
def test_json_parsed(body: bytes, value: object) -> None:
    assert message(body).json == value
    assert exchange(message(body)).order_id is None


def test_text_readable() -> None:
    assert message(b"\xc3\xa5\xff").text == "å\ufffd"


def test_member_any_case() -> None:
    seen = message(b'{"FORMORDERID": "x", "b": null}')
    assert (seen.member("formOrderId"), seen.member("B"), seen.member("c")) == ("x", None, None)
    assert message(b"[1]").member("a") is None


def test_header_any_case() -> None:
    assert (message(b"").header("X-KEY"), message(b"").header("other")) == ("1", None)


def test_done_when_ended() -> None:
    assert not exchange(message(b"")).done
    assert exchange(message(b""), message(b"")).done
    assert exchange(message(b""), failure="Brutt.").done


def test_violations_of_both() -> None:
    seen = exchange(message(b"", findings=(VIOLATION, REMARK)), message(b"", findings=(REMARK, VIOLATION)))
    assert seen.violations == (VIOLATION, VIOLATION)
    assert exchange(message(b"", findings=(REMARK,))).violations == ()


@pytest.mark.parametrize(
    ("request_body", "response_body", "order_id"),
    [
        (b'{"formOrderId": "ABC"}', b'{"id": "other"}', "abc"),
        (b'{"formId": "f"}', b'{"Id": "DEF"}', "def"),
        (b'{"formOrderId": ""}', b'{"id": 7}', None),
        (b"nothing", b"at all", None),
    ],
)
def test_order_id_found(request_body: bytes, response_body: bytes, order_id: str | None) -> None:
    assert exchange(message(request_body), message(response_body)).order_id == order_id


@pytest.mark.parametrize(
    ("request_body", "response_body", "message_id"),
    [
        (b'{"messageToCitizenId": "ABC"}', b'{"success": true}', "abc"),
        (b'{"nationalId": "x"}', b'{"MessageToCitizenId": "DEF"}', "def"),
        (b'{"messageToCitizenId": 7}', b'{"messageToCitizenId": null}', None),
        (b"nothing", b"at all", None),
    ],
)
def test_message_id_found(request_body: bytes, response_body: bytes, message_id: str | None) -> None:
    assert exchange(message(request_body), message(response_body)).message_id == message_id
