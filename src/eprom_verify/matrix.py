"""The matrix of requirements, the scenarios that show them, and the named faults that they have been seen to catch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from eprom_verify.faults import Fault
from eprom_verify.runner.written import Written
from eprom_verify.verdict import Catalogue, Requirement

VERIFIED_BY = {"machine": "maskin", "attended": "tester"}


@dataclass(frozen=True)
class Row:
    """A requirement with the titles of its scenarios (and how many rows each has) and the names of its faults."""

    requirement: Requirement
    scenarios: Mapping[str, int]
    faults: tuple[str, ...]


def matrix(catalogue: Catalogue, written: Iterable[Written], faults: Iterable[Fault]) -> list[Row]:
    """A row for each requirement, in the order of the catalogue."""
    scenarios: dict[str, Counter[str]] = {name: Counter() for name in catalogue}
    for each in written:
        for name in each.requirements:
            scenarios.setdefault(name, Counter())[f"{each.feature}: {each.name}"] += 1
    killed = [(kill, fault.name) for fault in faults for kill in fault.kills]
    return [
        Row(requirement, scenarios[name], tuple(fault for kill, fault in killed if kill == name))
        for name, requirement in catalogue.items()
    ]


def gaps(rows: Iterable[Row], catalogue: Catalogue, written: Iterable[Written], faults: Iterable[Fault]) -> list[str]:
    """What the matrix lacks, in Norwegian, a sentence for each; empty when it is whole."""
    found = [sentence for row in rows for sentence in _gaps_of(row)]
    for each in written:
        unknown = [name for name in each.requirements if name not in catalogue]
        found += [f"Scenariet «{each.name}» viser til kravet {name}, som ikke finnes." for name in unknown]
        if not each.requirements:
            found.append(f"Scenariet «{each.name}» ({each.feature}) viser ikke noe krav.")
    for fault in faults:
        found += [
            f"Feilen {fault.name} skal fanges av kravet {name}, som ikke finnes."
            for name in fault.kills
            if name not in catalogue
        ]
        if not fault.kills:
            found.append(f"Feilen {fault.name} blir ikke fanget av noe krav.")
    return found


def _gaps_of(row: Row) -> Iterator[str]:
    name, reason = row.requirement.id, row.requirement.unproven
    if row.scenarios and row.faults:
        if reason:
            yield f"Kravet {name} har en grunn til at det ikke er prøvd («unproven»), men er prøvd."
        return
    if not reason:
        lacks = [what for what, there in (("scenario", row.scenarios), ("navngitt feil", row.faults)) if not there]
        yield f"Kravet {name} har ingen {' og ingen '.join(lacks)}."


def as_text(rows: Iterable[Row]) -> Iterator[str]:
    """The matrix for a terminal, line by line."""
    for chapter, of_chapter in groupby(rows, lambda row: row.requirement.chapter):
        yield ""
        yield chapter
        for row in of_chapter:
            requirement = row.requirement
            yield f"  {requirement.id}  {requirement.title}"
            yield f"      {_kind(requirement)} · {requirement.source}"
            for title, count in row.scenarios.items():
                yield f"      scenario: {title}" + (f" ({count} rader)" if count > 1 else "")
            if row.faults:
                yield f"      fanger: {', '.join(row.faults)}"
            if requirement.unproven:
                yield f"      ikke prøvd: {requirement.unproven}"


def as_markdown(rows: Iterable[Row]) -> Iterator[str]:
    """The matrix as a page, line by line."""
    yield "# Krav, scenarier og feil"
    yield ""
    yield "Laget med `eprom-verify requirements --markdown`. «Scenarier» teller radene i maler hver for seg. «Fanger»"
    yield "er de navngitte feilene som kravet er sett å slå ut på; `eprom-verify faults` forteller hva hver av dem er."
    for chapter, of_chapter in groupby(rows, lambda row: row.requirement.chapter):
        yield ""
        yield f"## {chapter}"
        yield ""
        yield "| Krav | Tittel | Slag | Kilde | Scenarier | Fanger |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for row in of_chapter:
            requirement = row.requirement
            proof = ", ".join(f"`{name}`" for name in row.faults) or requirement.unproven
            cells = (
                requirement.id,
                requirement.title,
                _kind(requirement),
                f"[{requirement.source.page}]({requirement.source.url}), {requirement.source.section}",
                str(sum(row.scenarios.values()) or "–"),
                proof,
            )
            yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _kind(requirement: Requirement) -> str:
    parts = [
        "obligatorisk" if requirement.mandatory else "tillegg",
        " og ".join({"eprom": "ePROM"}.get(end, end) for end in requirement.judges),
        VERIFIED_BY[requirement.verified_by],
        *(f"utgave {edition}" for edition in requirement.editions),
    ]
    return " · ".join(parts)
