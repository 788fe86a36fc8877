"""A bestillersystem is not blamed for refusing what ePROM should not have sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from eprom_verify.checks import letters, returning, statuses
from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.errors import ContractBroken
from eprom_verify.exchange import Exchange, Message

WRONG = Finding(Severity.VIOLATION, "type", "/formData", "en tekst", "et objekt", "ReturAvUtfyltSkjema, Mottak", "")
UNUSUAL = Finding(Severity.REMARK, "type", "/formData", "en tekst", "et objekt", "ReturAvUtfyltSkjema, Mottak", "")


def message(body: dict[str, Any], *findings: Finding) -> Message:
    content = json.dumps(body).encode()
    return Message(
        at=datetime(2026, 1, 1, tzinfo=UTC), headers=(), body=content, size=len(content), seq=1, findings=findings
    )


def refused(*findings: Finding) -> Exchange:
    return Exchange(
        id="1",
        operation="J",
        sender="eprom",
        method="PUT",
        url="/api/PromsFormOrder",
        request=message({"formOrderStatus": "Completed"}, *findings),
        key_matches=True,
        status=400,
        response=message({"success": False}),
    )


def callback(seen: Exchange) -> None:
    statuses.callback_accepted(SimpleNamespace(status=lambda: seen))  # type: ignore[arg-type]


def form(seen: Exchange) -> None:
    case = SimpleNamespace(answered=[], made=seen, returned=seen)
    returning.return_accepted(case, "Completed")  # type: ignore[arg-type]


def letter(seen: Exchange) -> None:
    letters.status_accepted(SimpleNamespace(status=lambda: seen, broken=_broken))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "party"), [((), "bestillersystem"), ((UNUSUAL,), "bestillersystem"), ((WRONG, UNUSUAL), "eprom")]
)
@pytest.mark.parametrize("check", [callback, form, letter])
def test_who_is_blamed(
    check: Callable[[Exchange], None], findings: tuple[Finding, ...], party: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "returned", lambda case, _status: case.returned)
    with pytest.raises(ContractBroken) as told:
        check(refused(*findings))
    assert told.value.party == party


def _broken(expected: str, received: str, *, party: str, source: str, exchange: Exchange) -> ContractBroken:
    return ContractBroken(party, expected, received, source=source, exchanges=(exchange.id,))
