"""How values are told in a failure."""

from __future__ import annotations

import pytest

from eprom_verify.checks.words import as_json


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "ingen verdi"),
        (True, "true"),
        (0, "0"),
        ("Blåbær", '"Blåbær"'),
        ({"alder": 76, "kjønn": None}, '{"alder": 76, "kjønn": null}'),
        ([], "[]"),
        (1 + 2j, '"(1+2j)"'),
    ],
)
def test_value(value: object, told: str) -> None:
    assert as_json(value) == told


def test_long_value_is_cut() -> None:
    assert as_json("x" * 1000) == '"' + "x" * 299 + " …"
