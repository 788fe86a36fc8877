"""Where each key of a TOML file stands, which `tomllib` does not tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

Path = tuple[str | int, ...]
"""What leads to a value: names of keys, and places in lists from 0."""

_BLANK = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_VALUE = re.compile(r"[^,\]}#\n]*")
# The longest first: three quotation marks open another kind of text than one.
_TEXTS = (
    ('"""', re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)),
    ("'''", re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)),
    ('"', re.compile(r'"(?:[^"\\\n]|\\.)*"')),
    ("'", re.compile(r"'[^'\n]*'")),
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, from 1, of every key, section and list item of a valid TOML text.

    A table that is only implied has the line of the first key in it. What the scanner does not understand ends it, so
    that later keys have no line.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    with suppress(_Lost, RecursionError):
        scanner.document()
    return scanner.found


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int | None:
    """The line of this value, else of the innermost table or list round it that stands in the file; None for none."""
    for end in range(len(path), 0, -1):
        line = lines.get(tuple(path[:end]))
        if line is not None:
            return line
    return None


class _Lost(Exception):
    """The text is not what the scanner takes it for."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted_to = 0
        self._line = 1
        self._lists: dict[Path, int] = {}
        self.found: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._next():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _next(self) -> bool:
        """Go to the next thing that counts; False at the end."""
        self._take(_GAP)
        return self._at < len(self._text)

    def _header(self) -> Path:
        is_list = self._text.startswith("[[", self._at)
        line = self._here()
        self._at += 2 if is_list else 1
        path = self._inside((), self._keys())
        self._expect("]]" if is_list else "]")
        if is_list:
            self._lists[path] = self._lists.get(path, -1) + 1
            self._note((), path, line)
            path = (*path, self._lists[path])
        self._note((), path, line)
        return path

    def _inside(self, table: Path, keys: Sequence[str]) -> Path:
        """Where keys lead to; through a list of tables they lead to its newest one."""
        path = table
        for number, key in enumerate(keys):
            path = (*path, key)
            if path in self._lists and number < len(keys) - 1:
                path = (*path, self._lists[path])
        return path

    def _pair(self, table: Path) -> None:
        line = self._here()
        path = self._inside(table, self._keys())
        self._note(table, path, line)
        self._expect("=")
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._take(_BLANK)
            keys.append(self._key())
            self._take(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _key(self) -> str:
        if self._text.startswith('"', self._at):
            return _ESCAPE.sub(_unescaped, self._take(_TEXTS[2][1])[1:-1])
        if self._text.startswith("'", self._at):
            return self._take(_TEXTS[3][1])[1:-1]
        key = self._take(_BARE_KEY)
        if not key:
            raise _Lost
        return key

    def _value(self, path: Path) -> None:
        self._take(_BLANK)
        for opening, whole in _TEXTS:
            if self._text.startswith(opening, self._at):
                self._take(whole)
                return
        if self._text.startswith("[", self._at):
            self._list(path)
        elif self._text.startswith("{", self._at):
            self._inline_table(path)
        elif not self._take(_PLAIN_VALUE).strip():
            raise _Lost

    def _list(self, path: Path) -> None:
        self._expect("[")
        number = 0
        while self._next() and self._text[self._at] != "]":
            self.found.setdefault((*path, number), self._here())
            self._value((*path, number))
            number += 1
            self._comma("]")
        self._expect("]")

    def _inline_table(self, path: Path) -> None:
        self._expect("{")
        while self._next() and self._text[self._at] != "}":
            self._pair(path)
            self._comma("}")
        self._expect("}")

    def _comma(self, closing: str) -> None:
        self._next()
        if self._text.startswith(",", self._at):
            self._at += 1
        elif not self._text.startswith(closing, self._at):
            raise _Lost

    def _expect(self, sign: str) -> None:
        self._take(_BLANK)
        if not self._text.startswith(sign, self._at):
            raise _Lost
        self._at += len(sign)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _Lost
        self._at = match.end()
        return match[0]

    def _here(self) -> int:
        """The line where the scanner stands, counted on from where it was last asked for."""
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line

    def _note(self, table: Path, path: Path, line: int) -> None:
        for end in range(len(table) + 1, len(path) + 1):
            self.found.setdefault(path[:end], line)


def _unescaped(escape: re.Match[str]) -> str:
    short, long, letter = escape.groups()
    return chr(int(short or long, 16)) if letter is None else _ESCAPED.get(letter, letter)
