"""The file that a tester fills in: `attestasjoner.toml`, and the empty one that is made for them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from eprom_verify.errors import UsageProblem
from eprom_verify.persons import mask_ids
from eprom_verify.verdict import Answer
from eprom_verify.verdict.points import Point

FILE = "attestasjoner.toml"
_Text = Annotated[str, StringConstraints(pattern=r"\S", strip_whitespace=True, max_length=4000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Strict):
    krav: _Text
    svar: Answer
    ord: _Text
    tester: str = ""
    vedlegg: list[str] = Field(default=[], max_length=20)


class _File(_Strict):
    kjoring: str
    journal: str
    tester: str = ""
    attestasjon: list[_Entry] = []


@dataclass(frozen=True, kw_only=True)
class Given:
    """One answer as it stands in the file; the paths of `attachments` are seen from where the file lies."""

    requirement: str
    answer: Answer
    words: str
    tester: str
    attachments: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole file: the run that it is for, by its id and by the hash of an entry in its journal."""

    run: str
    journal: str
    answers: tuple[Given, ...]


def read_document(path: Path) -> Document:
    """The answers in this file.

    Raises:
        UsageProblem: it cannot be read, or any of it is wrong; the message names the entry and the key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        found = _File.model_validate(data)
    except OSError as exc:
        raise UsageProblem(f"Finner ikke {path}, eller filen kan ikke leses.", "Sjekk stien.") from exc
    except UnicodeDecodeError as exc:
        raise UsageProblem(f"{path} er ikke tekst i UTF-8.", "Lagre filen på nytt som UTF-8.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageProblem(f"{path} er ikke gyldig TOML: {exc}.", "Rett filen.") from exc
    except ValidationError as exc:
        told = " ".join(_complaint(error["loc"], error["type"]) for error in exc.errors()[:5])
        raise UsageProblem(f"{path} kan ikke brukes. {told}", "Rett filen.") from exc
    answers = tuple(_given(path, found, each) for each in found.attestasjon)
    repeated = {each.requirement for each in answers if sum(a.requirement == each.requirement for a in answers) > 1}
    if repeated:
        raise UsageProblem(f"{path} har flere svar på krav {', '.join(sorted(repeated))}.", "La ett stå.")
    return Document(run=found.kjoring, journal=found.journal, answers=answers)


def _given(path: Path, document: _File, entry: _Entry) -> Given:
    tester = entry.tester.strip() or document.tester.strip()
    if not tester:
        raise UsageProblem(f"{path}: svaret på krav {entry.krav} mangler «tester».", "Skriv navnet på den som så det.")
    for name, text in (("ord", entry.ord), ("tester", tester)):
        if mask_ids(text) != text:
            raise UsageProblem(
                f"{path}: «{name}» i svaret på krav {entry.krav} har et fødselsnummer som ikke er syntetisk.",
                "Ta det bort; teksten kommer med i rapportene.",
            )
    return Given(
        requirement=entry.krav,
        answer=entry.svar,
        words=entry.ord,
        tester=tester,
        attachments=tuple(path.parent / each for each in entry.vedlegg),
    )


def _complaint(location: tuple[int | str, ...], kind: str) -> str:
    match location:
        case ("attestasjon", int(index), *keys):
            place = f"Attestasjon nr. {index + 1}"
        case _:
            place, keys = "Filen", list(location)
    words = {
        "missing": "mangler",
        "extra_forbidden": "er ukjent",
        "enum": "skal være godkjent, ikke_godkjent eller ikke_aktuelt",
        "string_pattern_mismatch": "kan ikke være tom",
        "string_too_long": "er for lang",
        "too_long": "har for mange",
    }.get(kind, "er feil")
    return f"{place}, nøkkelen «{'.'.join(str(key) for key in keys)}», {words}."


def empty_document(
    points: Iterable[Point], *, run: str, journal: str, person: str = "", links: Mapping[str, str] | None = None
) -> str:
    """The file for a tester to fill in, with what to do and what to look for as comments; it answers nothing as it is.

    `person` is the national id of the test person, and `links` where to look, by name.
    """
    lines = [
        "# Svar på det et menneske må se. Fyll inn «svar» og «ord», og ta bort # foran linjene i svaret.",
        "# Svarene er godkjent, ikke_godkjent og ikke_aktuelt. Les dem inn med",
        f"#     eprom-verify attest --file {FILE}",
        *([f"# Testperson: {person}"] if person else []),
        *(f"# {name}: {url}" for name, url in (links or {}).items()),
        "",
        "# Binder svarene til kjøringen; skal ikke endres.",
        f'kjoring = "{run}"',
        f'journal = "{journal}"',
        "",
        'tester = ""  # navnet på den som ser',
    ]
    for each in points:
        lines += ["", f"# Krav {each.requirement.id}: {each.requirement.title}"]
        lines += [f"#   {number}. {' '.join(step.split())}" for number, step in enumerate(each.steps, 1)]
        lines += [
            f"#   Skal sees: {' '.join(each.seen.split())}",
            f"#   Kilde: {each.requirement.source} ({each.requirement.source.url})",
            "# [[attestasjon]]",
            f'# krav = "{each.requirement.id}"',
            '# svar = ""',
            '# ord = ""  # det du så, med egne ord',
            '# vedlegg = []  # for eksempel ["skjermbilde.png"]',
        ]
    return "\n".join(lines) + "\n"
