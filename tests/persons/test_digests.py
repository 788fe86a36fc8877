"""A digest in hexadecimal is never taken for a national id, whatever digits it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eprom_verify.persons.national_id import find_ids, mask_ids

VECTORS = json.loads((Path(__file__).parent / "national_ids.json").read_text(encoding="utf-8"))
REAL = next(each["number"] for each in VECTORS if each["kind"] == "fodselsnummer")


@pytest.mark.parametrize("length", [32, 40, 64])
def test_digest_passed_over(length: int) -> None:
    digest = f"{'a' * 8}{REAL}{'b' * (length - 19)}"
    assert list(find_ids(f"sha: {digest}.")) == []
    assert mask_ids(digest) == digest


@pytest.mark.parametrize("text", ["a{}b", "{}", "ab {} cd", "f" * 31 + " {}", "x{}" + "c" * 30])
def test_other_text_found(text: str) -> None:
    assert [found.national_id.number for found in find_ids(text.format(REAL))] == [REAL]
