"""What the preflight has found: a row each, under the part of the set-up that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    """How a finding bears on a run: not at all, worth knowing, or to be mended first."""

    FINE = "✓"
    NOTE = "!"
    WRONG = "✗"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is what to do, "" when there is nothing to."""

    mark: Mark
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the set-up, and what was found there."""

    title: str
    findings: tuple[Finding, ...]


def fine(text: str) -> Finding:
    """It is as it should be."""
    return Finding(Mark.FINE, text)


def note(text: str, remedy: str = "") -> Finding:
    """A run can begin, but this is worth knowing."""
    return Finding(Mark.NOTE, text, remedy)


def wrong(text: str, remedy: str = "") -> Finding:
    """This is to be mended before a run."""
    return Finding(Mark.WRONG, text, remedy)


def may_begin(sections: Iterable[Section]) -> bool:
    """Whether a run can begin."""
    return all(each.mark is not Mark.WRONG for section in sections for each in section.findings)
