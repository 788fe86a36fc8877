"""Waivers: requirements that somebody answers for leaving unmet for a while, and whether that holds."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from eprom_verify.errors import UsageProblem
from eprom_verify.persons import mask_ids
from eprom_verify.verdict.outcomes import Outcome

DEFAULT_WAIVERS = "dispensasjoner.toml"

LONGEST = timedelta(days=366)
"""How far ahead a waiver may expire: one without an end would be another catalogue."""

COVERABLE = frozenset({Outcome.FAILED, Outcome.UNVERIFIED})
"""The outcomes that a waiver can cover; an error says nothing of the requirement, so that nobody can answer for it."""

_NORWAY = ZoneInfo("Europe/Oslo")
_UNKNOWN = frozenset({Outcome.ERROR, Outcome.WAITING})
_TOLD_AT_MOST = 5


class WaiverState(StrEnum):
    """What a waiver came to in a run."""

    USED = "used"
    EXPIRED = "expired"
    UNUSED = "unused"
    UNDECIDED = "undecided"

    @property
    def norwegian(self) -> str:
        """The state's name in everything that testers read."""
        return _STATE_NAMES[self]

    @property
    def holds(self) -> bool:
        """Whether a run with such a waiver may be approved."""
        return self not in (WaiverState.EXPIRED, WaiverState.UNUSED)


_STATE_NAMES = {
    WaiverState.USED: "brukt",
    WaiverState.EXPIRED: "utløpt",
    WaiverState.UNUSED: "ikke i bruk",
    WaiverState.UNDECIDED: "ikke avgjort",
}


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One entry of the file: `expires` is the last day on which it counts, in Norway."""

    requirement: str
    reason: str
    owner: str
    expires: date


@dataclass(frozen=True)
class Covered:
    """What a requirement came to before its waiver was counted."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, kw_only=True)
class WaiverResult:
    """What came of a waiver; `covers` is None unless it was used."""

    requirement: str
    reason: str
    owner: str
    expires: date
    state: WaiverState
    covers: Covered | None = None


def day_in_norway(moment: datetime) -> date:
    """The date there at this moment, which carries a time zone."""
    return moment.astimezone(_NORWAY).date()


def weigh(waiver: Waiver, outcome: Outcome, reason: str, *, on: date, left_out: bool) -> WaiverResult:
    """What a waiver comes to when its requirement came to `outcome`, for `reason`.

    `left_out` says that not all the requirement's scenarios were run: whether it would be unverified is not known then.
    """
    state, covers = WaiverState.UNUSED, None
    if waiver.expires < on:
        state = WaiverState.EXPIRED
    elif outcome in _UNKNOWN or (left_out and outcome is Outcome.UNVERIFIED):
        state = WaiverState.UNDECIDED
    elif outcome in COVERABLE:
        state, covers = WaiverState.USED, Covered(outcome, reason)
    return WaiverResult(
        requirement=waiver.requirement,
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires,
        state=state,
        covers=covers,
    )


def reason_with(waiver: WaiverResult) -> str:
    """Why a requirement is waived, in Norwegian: the waiver first, and then what it covers."""
    words = f"Dispensasjon til og med {waiver.expires} (ansvarlig: {waiver.owner}): {waiver.reason}"
    if waiver.covers is None:
        return words
    return "\n".join([words, "", f"Uten dispensasjonen: {waiver.covers.outcome.norwegian}.", waiver.covers.reason])


def find_waivers(given: Path | None, catalogue: Container[str], *, on: date) -> list[Waiver]:
    """The waivers in this file; without one those in `DEFAULT_WAIVERS` of this folder, or none.

    Raises: UsageProblem, see `load_waivers`.
    """
    if given is None and not Path(DEFAULT_WAIVERS).is_file():
        return []
    return load_waivers(given or Path(DEFAULT_WAIVERS), catalogue, on=on)


def load_waivers(path: Path, catalogue: Container[str], *, on: date) -> list[Waiver]:
    """The waivers in this file, for requirements of this catalogue.

    Raises: UsageProblem when the file cannot be read or any of it is wrong; it names file, line where that can be
        told, entry and key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as exc:
        raise UsageProblem(f"Finner ikke dispensasjonene i {path}, eller filen kan ikke leses.", _SEE_PATH) from exc
    except UnicodeDecodeError as exc:
        raise _broken(path, ["Filen er ikke tekst i UTF-8."]) from exc
    except tomllib.TOMLDecodeError as exc:
        raise _broken(path, [f"Den er ikke gyldig TOML: {exc}."]) from exc
    place = _Place(text, document)
    try:
        entries = _File.model_validate(document).dispensasjon
    except ValidationError as exc:
        raise _broken(path, [place.sentence(error["loc"], _complaint(error)) for error in exc.errors()]) from exc
    wrong = [
        place.sentence(("dispensasjon", number, key), complaint)
        for number, key, complaint in _wrong(entries, catalogue, on)
    ]
    if wrong:
        raise _broken(path, wrong)
    return [each.waiver() for each in entries]


def _wrong(entries: Sequence[_Entry], catalogue: Container[str], on: date) -> Iterator[tuple[int, str, str]]:
    """What is wrong with entries that are well formed: the entry, its key, and the complaint."""
    seen: Counter[str] = Counter()
    for number, entry in enumerate(entries):
        seen[entry.krav] += 1
        if entry.krav not in catalogue:
            yield number, "krav", "finnes ikke i kravkatalogen; se eprom-verify requirements"
        elif seen[entry.krav] > 1:
            yield number, "krav", "har alt en dispensasjon lenger opp; slå dem sammen"
        if entry.utloper - on > LONGEST:
            yield number, "utloper", f"er mer enn ett år fram; sett {on + LONGEST} eller tidligere"
        for key in ("grunn", "ansvarlig"):
            if mask_ids(getattr(entry, key)) != getattr(entry, key):
                yield number, key, "har et fødselsnummer, og teksten kommer med i rapportene; ta det bort"


_Text = Annotated[str, StringConstraints(pattern=r"\S", strip_whitespace=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Entry(_Strict):
    krav: _Text
    grunn: _Text
    ansvarlig: _Text
    utloper: date

    def waiver(self) -> Waiver:
        return Waiver(requirement=self.krav, reason=self.grunn, owner=self.ansvarlig, expires=self.utloper)


class _File(_Strict):
    dispensasjon: list[_Entry] = Field(default=[])


_COMPLAINTS = {
    "missing": "mangler",
    "string_type": "skal være en tekst",
    "string_pattern_mismatch": "kan ikke være tom",
    "date_type": "skal være en dato uten klokkeslett og uten anførselstegn, som 2027-03-01",
    "list_type": "skal skrives som [[dispensasjon]]",
    "model_type": "skal være en tabell",
}


def _complaint(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind != "extra_forbidden":
        return _COMPLAINTS.get(kind, f"er feil ({kind})")
    known = list((_Entry if len(error["loc"]) > 1 else _File).model_fields)
    near = get_close_matches(str(error["loc"][-1]), known, n=1)
    return f"er ukjent; mente du «{near[0]}»?" if near else f"er ukjent; bare {', '.join(known)} kan stå her"


class _Place:
    """Tells where in the file something stands; the TOML parser does not."""

    def __init__(self, text: str, document: Mapping[str, Any]) -> None:
        self._lines = text.splitlines()
        self._entries = document.get("dispensasjon")
        heads = [number for number, line in enumerate(self._lines) if _HEAD.match(line)]
        # Entries written in another way, or a head inside a text, leave it open which line is which.
        told = isinstance(self._entries, list) and len(heads) == len(self._entries)
        self._heads = heads if told else []

    def sentence(self, location: tuple[int | str, ...], complaint: str) -> str:
        match location:
            case ("dispensasjon", int(index), *keys):
                name = f"dispensasjon nr. {index + 1}{self._requirement(index)}"
                line = self._line(str(keys[0]) if keys else "", index)
            case _:
                keys, name = list(location), "filen"
                line = self._line(str(keys[0]) if keys else "", None)
        place = f"Linje {line}, {name}" if line else name[0].upper() + name[1:]
        key = f", nøkkelen «{'.'.join(map(str, keys))}»" if keys else ""
        return f"{place}{key} {complaint}" + ("" if complaint.endswith("?") else ".")

    def _requirement(self, index: int) -> str:
        entry = self._entries[index] if isinstance(self._entries, list) else None
        known = entry.get("krav") if isinstance(entry, dict) else None
        return f" (krav «{known[:40]}»)" if isinstance(known, str) else ""

    def _line(self, key: str, index: int | None) -> int | None:
        """The line, counted from 1, of a key, or of the head of its entry when it does not stand there."""
        if index is not None and not self._heads:
            return None
        first = self._heads[index] if index is not None else 0
        later = [head for head in self._heads if index is None or head > first]
        written = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=""")
        for number in range(first, min(later, default=len(self._lines))):
            if key and written.match(self._lines[number]):
                return number + 1
        return first + 1 if index is not None else None


_HEAD = re.compile(r"\s*\[\[\s*[\"']?dispensasjon[\"']?\s*\]\]")
_SEE_PATH = "Sjekk stien, --waivers og nøkkelen «dispensasjoner» i oppsettet."


def _broken(path: Path, complaints: Sequence[str]) -> UsageProblem:
    more = f" Og {len(complaints) - _TOLD_AT_MOST} til." if len(complaints) > _TOLD_AT_MOST else ""
    told = " ".join(complaints[:_TOLD_AT_MOST])
    return UsageProblem(f"Dispensasjonene i {path} kan ikke brukes. {told}{more}", "Rett filen og kjør på nytt.")
