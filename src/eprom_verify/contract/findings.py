"""What a check of a message found, as data that can be stored and shown."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self, TypedDict

_LONGEST = 60
# Shorter values would make ordinary words disappear from the texts.
_SHORTEST_SECRET = 6
# Eleven digits, also when written as a birth date and five more digits.
_NATIONAL_ID = re.compile(r"(?<!\d)\d{6}[\s.-]?\d{5}(?!\d)")


class Severity(StrEnum):
    """How much a finding weighs."""

    VIOLATION = "violation"
    """The documentation says otherwise."""
    REMARK = "remark"
    """Tolerated, or not documented: worth knowing, never a reason to fail."""


class FindingDict(TypedDict):
    """A finding as JSON."""

    severity: str
    rule: str
    pointer: str
    expected: str
    received: str
    source: str
    message: str


@dataclass(frozen=True)
class Finding:
    """One departure of a message from the contract.

    `rule` is a short id that stays the same between versions. `pointer` is a JSON Pointer into the body, with
    documented names in their documented spelling; empty for the headers and the body as a whole. `expected`,
    `received` and `message` are Norwegian, for the tester, and hold no key, login address or national id.
    """

    severity: Severity
    rule: str
    pointer: str
    expected: str
    received: str
    source: str
    message: str

    @property
    def is_violation(self) -> bool:
        """Whether the contract was broken, as opposed to a remark."""
        return self.severity is Severity.VIOLATION

    def to_dict(self) -> FindingDict:
        """The finding as plain JSON values."""
        return FindingDict(**{**asdict(self), "severity": self.severity.value})  # type: ignore[typeddict-item]  # asdict loses the names

    @classmethod
    def from_dict(cls, data: FindingDict) -> Self:
        """Read what `to_dict` wrote.

        Raises:
            ValueError: the severity is unknown.
            TypeError: a member is missing or unknown.
        """
        return cls(**{**data, "severity": Severity(data["severity"])})  # type: ignore[arg-type]  # a TypedDict unpacks to object


def child(pointer: str, name: str | int) -> str:
    """The JSON Pointer of a member or an item below `pointer`."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def kind(value: Any) -> str:
    """The JSON type of a value, and its length where it has one, without the value itself."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, int):
        return f"et heltall på {len(str(abs(value)))} siffer"
    if isinstance(value, float):
        return "et desimaltall"
    if isinstance(value, str):
        return f"en tekst på {len(value)} tegn" if value else "en tom tekst"
    if isinstance(value, list):
        return f"en liste med {len(value)} {'element' if len(value) == 1 else 'elementer'}"
    return f"et objekt med {len(value)} {'felt' if len(value) == 1 else 'felter'}"


def shown(value: Any, secrets: Collection[str] = ()) -> str:
    """A value shortened for a report; only its type and length when it holds a secret or a national id."""
    if isinstance(value, list | dict):
        return kind(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    text = str(value)
    if _NATIONAL_ID.search(text) or any(len(secret) >= _SHORTEST_SECRET and secret in text for secret in secrets):
        return kind(value)
    text = printable(text)
    if text == "…":
        return kind(value)
    return f"«{text}»" if isinstance(value, str) else text


def shown_name(name: str, secrets: Collection[str] = ()) -> str:
    """The name of a member that the documentation does not know, fit for a report."""
    text = shown(name, secrets)
    return text[1:-1] if text.startswith("«") else "***"


def cut(text: str, most: int) -> str:
    """The beginning of a text, at most so many characters, and "" when that is a single word.

    Its last word is whole, for half a secret is not known for one.
    """
    return text if len(text) <= most else re.sub(r"""[^\s"',;<>]*\Z""", "", text[:most])


def printable(text: str) -> str:
    """A text of at most 60 characters that can be encoded as UTF-8 and stands on one line."""
    if len(text) > _LONGEST:
        text = f"{cut(text, _LONGEST - 1)}…"
    # A lone surrogate is legal in JSON as an escape, and breaks whoever stores the text.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(character if character.isprintable() else " " for character in text)
