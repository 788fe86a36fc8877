"""Findings as data."""

from __future__ import annotations

import json

import pytest

from eprom_verify.contract import Finding, Severity
from eprom_verify.contract.findings import child, kind, shown

FINDING = Finding(Severity.VIOLATION, "type", "/formId", "en GUID", "null", "Side, Del", "«formId» skal være en GUID.")


def test_dict_round_trip() -> None:
    assert Finding.from_dict(json.loads(json.dumps(FINDING.to_dict()))) == FINDING


def test_unknown_severity_refused() -> None:
    with pytest.raises(ValueError, match="grave"):
        Finding.from_dict({**FINDING.to_dict(), "severity": "grave"})


def test_pointer_escapes() -> None:
    assert child(child("", "a/b"), "c~d") == "/a~1b/c~0d"


def test_long_value_shortened() -> None:
    assert shown("ord " * 100) == f"«{'ord ' * 14}…»"
    assert shown("x" * 500) == "en tekst på 500 tegn"


def test_secret_not_cut() -> None:
    """Half a secret would not be known for one by what masks the text later."""
    assert shown(f"{'a' * 50} en-lang-hemmelig-verdi") == f"«{'a' * 50} …»"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        (True, "true/false"),
        (-123, "et heltall på 3 siffer"),
        (1.5, "et desimaltall"),
        ("", "en tom tekst"),
        ("abc", "en tekst på 3 tegn"),
        ([1], "en liste med 1 element"),
        ({}, "et objekt med 0 felter"),
        ({"a": 1}, "et objekt med 1 felt"),
    ],
)
def test_kind_named(value: object, said: str) -> None:
    assert kind(value) == said
