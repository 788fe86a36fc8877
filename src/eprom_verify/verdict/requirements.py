"""The catalogue of requirements: everything that a report answers for, as `krav.toml` lists it."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Bound
from pydantic_core import ErrorDetails

from eprom_verify.contract.sources import Source
from eprom_verify.errors import UsageProblem

End = Literal["bestillersystem", "eprom"]
"""One of the two ends of an integration."""

Verification = Literal["machine", "attended"]
"""Whether a requirement is decided by the machine or needs a person."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One thing that must hold. Without `editions` it holds in every edition of the contract.

    `unproven` says why no scenario of this version, or no named fault, proves it; empty when both do.
    """

    id: str
    title: str
    chapter: str
    mandatory: bool
    judges: tuple[End, ...]
    verified_by: Verification
    source: Source
    editions: tuple[str, ...] = ()
    note: str = ""
    unproven: str = ""

    def applies_to(self, edition: str) -> bool:
        """Whether the requirement holds in this edition of the contract."""
        return not self.editions or edition in self.editions


class Catalogue(Mapping[str, Requirement]):
    """The requirements by id, in the order of the file."""

    def __init__(self, requirements: Iterable[Requirement], digest: str) -> None:
        self._by_id = {requirement.id: requirement for requirement in requirements}
        self._digest = digest

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, in hexadecimal: tells which catalogue a result was judged by."""
        return self._digest

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self._by_id[requirement_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in this file.

    Raises: UsageProblem when the file cannot be read, or is not a catalogue; it names file, entry and key.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise _broken(path, [f"Filen kan ikke leses ({exc.strerror or type(exc).__name__})."]) from exc
    return _catalogue(path, content)


@lru_cache(maxsize=4)
def _catalogue(path: Path, content: bytes) -> Catalogue:
    """What stands in the file; a run asks for it several times."""
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as exc:
        raise _broken(path, [f"Filen er ikke UTF-8 (byte {exc.start})."]) from exc
    except tomllib.TOMLDecodeError as exc:
        raise _broken(path, [f"Filen er ikke gyldig TOML: {exc}."]) from exc
    try:
        entries = _File.model_validate(document).krav
    except ValidationError as exc:
        raise _broken(path, [_sentence(document, error["loc"], _complaint(error)) for error in exc.errors()]) from exc
    repeated = [name for name, count in Counter(e.id for e in entries).items() if count > 1]
    if repeated:
        raise _broken(path, [f"Krav «{name}», nøkkelen «id»: er brukt flere ganger." for name in repeated])
    return Catalogue([entry.requirement() for entry in entries], hashlib.sha256(content).hexdigest())


_Text = Annotated[str, StringConstraints(pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _SourceEntry(_Strict):
    page: _Text
    section: _Text


class _Entry(_Strict):
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+$")]
    title: _Text
    chapter: _Text
    mandatory: bool
    judges: Annotated[list[End], Bound(min_length=1)]
    verified_by: Verification
    source: _SourceEntry
    editions: Annotated[list[_Text], Bound(min_length=1)] | None = None
    note: str = ""
    unproven: str = ""

    def requirement(self) -> Requirement:
        return Requirement(
            id=self.id,
            title=self.title,
            chapter=self.chapter,
            mandatory=self.mandatory,
            judges=tuple(self.judges),
            verified_by=self.verified_by,
            source=Source(self.source.page, self.source.section),
            editions=tuple(self.editions or ()),
            note=self.note,
            unproven=self.unproven,
        )


class _File(_Strict):
    krav: Annotated[list[_Entry], Bound(min_length=1)]


_COMPLAINTS = {
    "missing": "mangler",
    "extra_forbidden": "er ukjent",
    "string_type": "skal være en tekst",
    "string_pattern_mismatch": "kan ikke være tom",
    "bool_type": "skal være true eller false",
    "list_type": "skal være en liste",
    "too_short": "kan ikke være tom",
    "model_type": "skal være en tabell",
}


def _sentence(document: Mapping[str, Any], location: tuple[int | str, ...], complaint: str) -> str:
    match location:
        case ("krav", int(index), *keys):
            entry = document["krav"][index]
            known = entry.get("id") if isinstance(entry, dict) else None
            name = f"Krav nr. {index + 1}" + (f" («{known}»)" if isinstance(known, str) else "")
        case _:
            name, keys = "Filen", list(location)
    if not keys:
        return f"{name} {complaint}."
    key = ".".join(str(part) for part in keys if isinstance(part, str))
    return f"{name}, nøkkelen «{key}»: {complaint}."


def _complaint(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "literal_error":
        expected: str = error["ctx"]["expected"]
        return "skal være " + expected.replace(" or ", " eller ").replace("'", '"')
    if kind == "string_pattern_mismatch" and error["loc"][-1] == "id":
        return "kan bare ha bokstavene a–z, sifre, punktum og bindestrek"
    return _COMPLAINTS.get(kind, f"er feil ({kind})")


def _broken(path: Path, complaints: list[str]) -> UsageProblem:
    return UsageProblem(f"Kravkatalogen {path} kan ikke brukes. " + " ".join(complaints), "Rett filen og kjør på nytt.")
