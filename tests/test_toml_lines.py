"""Where the keys of a TOML file stand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eprom_verify.toml_lines import line_of, lines_of

TEXT = '''# a comment with [brackets] = "and" quotes
seed = 1
"quoted key" = """
[not a section]
a = 1
"""
dotted . "key\\u00e5".last = 'it''s'  # [nor = this]

[section]   # comment
inline = { a = 1, b = { "c d" = [1, 2] } }
list = [
  "x, ]",  # one
  [ 'y' ],

  { z = 3 },
]
[ "two words".'sub' ]
when = 2026-05-15T10:00:00Z
[[many]]
a = 1
[[many]]
a = 2
[many.inner]
b = 3
'''.replace("'it''s'", "'its'")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines(newline: str) -> None:
    tomllib.loads(TEXT)
    assert dict(lines_of(TEXT.replace("\n", newline))) == {
        ("seed",): 2,
        ("quoted key",): 3,
        ("dotted",): 7,
        ("dotted", "keyå"): 7,
        ("dotted", "keyå", "last"): 7,
        ("section",): 9,
        ("section", "inline"): 10,
        ("section", "inline", "a"): 10,
        ("section", "inline", "b"): 10,
        ("section", "inline", "b", "c d"): 10,
        ("section", "inline", "b", "c d", 0): 10,
        ("section", "inline", "b", "c d", 1): 10,
        ("section", "list"): 11,
        ("section", "list", 0): 12,
        ("section", "list", 1): 13,
        ("section", "list", 1, 0): 13,
        ("section", "list", 2): 15,
        ("section", "list", 2, "z"): 15,
        ("two words",): 17,
        ("two words", "sub"): 17,
        ("two words", "sub", "when"): 18,
        ("many",): 19,
        ("many", 0): 19,
        ("many", 0, "a"): 20,
        ("many", 1): 21,
        ("many", 1, "a"): 22,
        ("many", 1, "inner"): 23,
        ("many", 1, "inner", "b"): 24,
    }


def test_nearest_line() -> None:
    lines = lines_of("[a]\nb = [1]\n")
    assert line_of(lines, ("a", "b", 0)) == 2
    assert line_of(lines, ("a", "missing", "deeper")) == 1
    assert line_of(lines, ("missing",)) is None
    assert line_of(lines, ()) is None


@pytest.mark.parametrize("text", ["a = 1\n= 2\nb = 3", "a = 1\n[b", "a = 1\nb c = 2", "a = 1\nb = [1 2]", "a = 1\nb ="])
def test_gives_up_quietly(text: str) -> None:
    found = lines_of(text)
    assert found["a",] == 1
    assert "c" not in {key for path in found for key in path}


def test_depth_is_no_matter() -> None:
    assert lines_of("a = 1\nb = " + 100_000 * "[")["a",] == 1


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
GAPS = st.sampled_from(["", "\n", "# ] } ' \" = \n", "\n\n"])


def string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(value: Any, gap: str) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{string(key)} = {written(each, '')}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + gap + "".join(f"{written(each, gap)} , {gap}" for each in value) + "]"
    return (
        date(2026, 1, 1).isoformat()
        if value is None
        else string(value)
        if isinstance(value, str)
        else str(value).lower()
    )


def paths(value: Any, before: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield before
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from paths(each, (*before, key))


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3), GAPS)
def test_every_key_found(document: dict[str, dict[str, Any]], gap: str) -> None:
    """Whatever tomllib reads, each key stands where it was written, and none is made up."""
    lines, expected = [], {}
    for name, section in document.items():
        lines += ["# a comment", f"[ {string(name)} ]"]
        expected[name,] = len(lines)
        for key, value in section.items():
            text = f"{string(key)} = {written(value, gap)}"
            expected[name, key] = len(lines) + 1
            lines += text.replace("\\n", "\0").split("\n")
            lines = [line.replace("\0", "\\n") for line in lines]
    text = "\n".join(lines)
    read = tomllib.loads(text)
    found = lines_of(text)
    assert {path: found[path] for path in expected} == expected
    every = {path for name, section in read.items() for path in paths(section, (name,))}
    assert set(found) == every
