"""What the tests of the contract share: the documentation's examples, and a way to send a changed one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.contract import Contract, Finding, operation

EXAMPLES = Path(__file__).parent / "examples"
JSON_HEADERS = {"Content-Type": "application/json;charset=utf-8"}
KEYED_HEADERS = {**JSON_HEADERS, "Authorization": "Basic 6f1c-bare-key"}

Example = Callable[[str], dict[str, Any]]
Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture
def example() -> Example:
    """Reads an example by the name of its file."""
    return lambda name: json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def check(contract: Contract) -> Check:
    """Judges one of the messages, given as JSON values or as bytes."""

    def judge(
        message: str, value: Any, *, headers: Any = None, edition: str = "", status: int = 200
    ) -> tuple[Finding, ...]:
        chosen = Contract(edition) if edition else contract
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        letter, direction = message.split()
        if direction == "in":
            default = KEYED_HEADERS if letter in "ABFGH" else JSON_HEADERS
            return chosen.check_request(operation(letter), default if headers is None else headers, body)
        return chosen.check_response(operation(letter), status, JSON_HEADERS if headers is None else headers, body)

    return judge
