"""How values are told in a failure."""

from __future__ import annotations

import pytest

from eprom_verify.checks.words import as_json, how_often, on_channel


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
    """After a whole word: half a secret would not be known for one by what masks the text later."""
    assert as_json("ord " * 1000) == f'"{"ord " * 74} …'
    assert as_json("x" * 1000) == "en tekst på 1000 tegn"


def test_said_as_people_do() -> None:
    assert [how_often(count) for count in (0, 1, 2)] == ["0 ganger", "én gang", "2 ganger"]
    assert [on_channel(channel) for channel in ("Helsenorge", "None")] == ["på Helsenorge", "uten kanal"]
