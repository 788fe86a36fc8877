"""What the protocol is made of: plain data, that the PDF and the page show alike.

Every text in it has been made harmless by `said` or `one_line`, or is our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from eprom_verify.persons import mask_ids
from eprom_verify.report.terminal import inert
from eprom_verify.verdict import Conclusion, Outcome

Tone = Literal["good", "bad", "open", "plain"]
"""How a thing is coloured: met, broken, undecided, or none of these."""

CUT = " … (forkortet)"
NOT_STATED = "ikke oppgitt"

_NORWAY = ZoneInfo("Europe/Oslo")
_LINES = 25
_SIGNS: Mapping[Outcome, tuple[str, Tone]] = {
    Outcome.PASSED: ("✓", "good"),
    Outcome.ATTESTED: ("✓", "good"),
    Outcome.FAILED: ("✗", "bad"),
    Outcome.ERROR: ("!", "open"),
    Outcome.UNVERIFIED: ("?", "open"),
    Outcome.WAITING: ("…", "open"),
    Outcome.WAIVED: ("~", "open"),
    Outcome.NOT_APPLICABLE: ("–", "plain"),
}
CONCLUSIONS: Mapping[Conclusion, tuple[str, Tone]] = {
    Conclusion.APPROVED: ("✓", "good"),
    Conclusion.REJECTED: ("✗", "bad"),
    Conclusion.INCOMPLETE: ("⚠", "open"),
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One text: `to` is the anchor it leads to within the protocol, `url` an address outside; "" is none.

    `file` is a file of the package, beside the protocol, that a page may lead to. `note` stands below it, smaller.
    `mono` is for what is to be compared letter by letter.
    """

    text: str
    sign: str = ""
    tone: Tone = "plain"
    to: str = ""
    url: str = ""
    file: str = ""
    note: str = ""
    mono: bool = False
    mono_note: bool = False


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Running text; `mild` is for what is told besides."""

    text: str
    mild: bool = False
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """Several short texts."""

    items: tuple[str, ...]
    kind: Literal["bullets"] = "bullets"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading below that of the section; `level` is 2 or 3."""

    title: str
    anchor: str = ""
    level: int = 2
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Labels, each with its value."""

    rows: tuple[tuple[str, Cell], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a table, and the anchor by which it is found."""

    cells: tuple[Cell, ...]
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; a column is its head and its share of the width, 0 for no more than it needs.

    `name` tells what is in it to those who do not see it.
    """

    name: str
    columns: tuple[tuple[str, float], ...]
    rows: tuple[Row, ...]
    small: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True, kw_only=True)
class Card:
    """One matter by itself; `countersign` asks for a box in which Hemit signs for having looked at it."""

    title: str
    outcome: Cell
    facts: tuple[tuple[str, Cell], ...]
    anchor: str = ""
    back: str = ""
    countersign: str = ""
    kind: Literal["card"] = "card"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A scenario as evidence: its name, where it stands, what came of it, and the exchanges in the journal."""

    outcome: Cell
    name: str
    place: str
    exchanges: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The evidence of a requirement; `key` is what it is called in report.html, "" when no link can name it."""

    anchor: str
    key: str
    title: str
    back: str
    outcome: Cell
    source: Cell
    judges: str
    reason: str
    scenarios: tuple[Shown, ...]
    kind: Literal["proof"] = "proof"


Block = Paragraph | Bullets | Heading | Facts | Table | Card | Proof


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the protocol under one heading; an annex begins on a new page."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    annex: bool = False


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Where somebody signs: on whose behalf, for what, and what to fill in; `field` names it in a PDF."""

    party: str
    field: str
    statement: str
    fields: tuple[str, ...] = ("Navn", "Tittel", "Dato", "Underskrift")


@dataclass(frozen=True, kw_only=True)
class Front:
    """The first page: what is decided, of what, and who signs for it; `see` leads to where it is shown."""

    verdict: Cell
    meaning: str
    reasons: tuple[str, ...]
    see: tuple[Cell, ...]
    tally: Table
    groups: tuple[tuple[str, Facts], ...]
    signatures: tuple[Signature, ...]
    note: str
    again: str


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """The whole protocol. `trial` marks every page, and is "" for a formal run; `finished` has a time zone."""

    title: str
    subtitle: str
    run: str
    run_words: str
    tool: str
    trial: str
    trial_word: str
    finished: datetime
    front: Front
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words that a form needs besides the content."""

    contents: str = "Innhold"
    conclusion: str = "Konklusjon"
    signatures: str = "Underskrift"
    again: str = "Når verifiseringen må gjøres på nytt"
    source: str = "Kilde"
    judges: str = "stilles til"
    back: str = "til kravlisten"
    report: str = "meldingene i report.html"
    see: str = "Se"
    leads_to: str = "til innholdet"


WORDS = Words()


def outcome_cell(outcome: Outcome, to: str = "", note: str = "") -> Cell:
    """An outcome by sign, colour and word."""
    sign, tone = _SIGNS[outcome]
    return Cell(text=outcome.norwegian, sign=sign, tone=tone, to=to, note=note)


def said(text: str, limit: int = 600) -> str:
    """Text from anywhere, shortened and without effect: nothing in it is obeyed, hidden or turned about."""
    kept = text[:limit].replace("\r\n", "\n")
    lines = mask_ids(inert(kept)).strip().split("\n")
    cut = len(text) > limit or len(lines) > _LINES
    return "\n".join(line.rstrip() for line in lines[:_LINES]) + (CUT if cut else "")


def one_line(text: str, limit: int = 160) -> str:
    """As `said`, on one line."""
    kept = " ".join(text[:limit].split())
    return said(kept, limit) + (CUT if len(text) > limit else "")


def titled(text: str, limit: int = 240) -> str:
    """As `one_line`, for a heading, which cannot be empty."""
    return one_line(text, limit) or "(uten tittel)"


def stated(text: str, limit: int = 160) -> Cell:
    """A fact of the run, on one line; what is not stated says so."""
    return Cell(text=one_line(text, limit) or NOT_STATED)


def norwegian_time(at: datetime) -> str:
    """A moment as it is read in Norway, to the second."""
    return at.astimezone(_NORWAY).strftime("%d.%m.%Y kl. %H.%M.%S")


def counted(count: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else several}"
