"""What the protocol tells of requirements: how each came out, what is broken, what is open, and the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from eprom_verify.contract.sources import SITE
from eprom_verify.report.protocol_blocks import (
    Block,
    Cell,
    Heading,
    Paragraph,
    Proof,
    Row,
    Shown,
    Table,
    counted,
    one_line,
    outcome_cell,
    said,
    titled,
)
from eprom_verify.report.protocol_front import MANDATORY_PAGE
from eprom_verify.verdict import Outcome, RequirementResult, RunResult, ScenarioResult, tally

MANDATORY_CHAPTER = "Obligatorisk verifikasjon"

_AT_THE_END = "til-slutt"
_NAMES_SHOWN = 2
_EXCHANGES_SHOWN = 12
_LONGEST_URL = 300
_ID = re.compile(r"[A-Za-z0-9.-]{1,40}")
_ENDS = {"bestillersystem": "bestillersystemet", "eprom": "ePROM"}


@dataclass(frozen=True)
class Judged:
    """The requirements and scenarios of a result, found by id, with an anchor for each requirement."""

    result: RunResult
    scenarios: Mapping[str, ScenarioResult]
    keys: Mapping[str, str]
    answered: frozenset[str]

    @classmethod
    def of(cls, result: RunResult) -> Judged:
        """The index of a result."""
        names = [each.id for each in result.requirements]
        keys = {name: name if _ID.fullmatch(name) else f"nr-{number}" for number, name in enumerate(names, start=1)}
        answered = frozenset(each.requirement for each in result.attestations)
        return cls(result, {each.id: each for each in result.scenarios}, keys, answered)

    def row(self, name: str) -> str:
        """The anchor of a requirement's row; "" when it is unknown."""
        return f"krav-{self.keys[name]}" if name in self.keys else ""

    def proof(self, name: str) -> str:
        """The anchor of its evidence; "" when it is unknown."""
        return f"bevis-{self.keys[name]}" if name in self.keys else ""

    def answer(self, name: str) -> str:
        """The anchor of a tester's answer; "" when the requirement is unknown."""
        return f"svar-{self.keys[name]}" if name in self.keys else ""

    def proving(self, requirement: RequirementResult) -> list[ScenarioResult]:
        """The scenarios that prove it."""
        return [self.scenarios[name] for name in requirement.scenarios if name in self.scenarios]

    def named(self, name: str) -> Cell:
        """A requirement's id, that leads to its evidence."""
        return Cell(text=one_line(name, 40), to=self.proof(name))


def mandatory(judged: Judged) -> list[Block]:
    """The points of the page that says what must be verified, and other requirements drawn from it."""
    of_page = [each for each in judged.result.requirements if each.source.page == MANDATORY_PAGE]
    points = [each for each in of_page if each.chapter == MANDATORY_CHAPTER]
    others = [each for each in of_page if each.chapter != MANDATORY_CHAPTER]
    intro = (
        f"Punktene på siden {MANDATORY_PAGE}, som ePROMs dokumentasjon sier at skal verifiseres i testmiljø for alle "
        "nye integrasjoner. Numrene er våre. Kravets nummer og beviset er lenker til vedlegg A."
    )
    blocks: list[Block] = [Paragraph(text=intro)]
    if points:
        blocks.append(_full_table(f"Punktene i {MANDATORY_PAGE}", points, judged))
    else:
        blocks.append(Paragraph(text="Resultatet har ingen av dem."))
    if others:
        blocks += [Heading(title="Andre krav som bygger på samme side"), _full_table("Andre krav", others, judged)]
    return blocks


def _full_table(name: str, requirements: Sequence[RequirementResult], judged: Judged) -> Table:
    columns = (("Krav", 0.0), ("Hva", 2.5), ("Utfall", 1.35), ("Bevis", 2.6), ("Kilde", 1.5))
    return Table(name=name, columns=columns, rows=tuple(_full_row(each, judged) for each in requirements), small=True)


def _full_row(requirement: RequirementResult, judged: Judged) -> Row:
    scenarios = judged.proving(requirement)
    return Row(
        anchor=judged.row(requirement.id),
        cells=(
            judged.named(requirement.id),
            Cell(text=one_line(requirement.title, 240), note="" if requirement.mandatory else "tillegg"),
            outcome_cell(requirement.outcome),
            _evidence(requirement, scenarios, judged),
            Cell(text=one_line(requirement.source.section or requirement.source.page, 90), url=_url(requirement)),
        ),
    )


def _evidence(requirement: RequirementResult, scenarios: Sequence[ScenarioResult], judged: Judged) -> Cell:
    if requirement.id in judged.answered and not scenarios:
        return Cell(text="svar fra tester", note=one_line(requirement.reason, 160), to=judged.answer(requirement.id))
    if not scenarios:
        return Cell(text="ingen scenarier", note=one_line(requirement.reason, 160), to=judged.proof(requirement.id))
    messages = sum(len(each.exchanges) for each in scenarios)
    told = counted(messages, "melding", "meldinger")
    if not messages and any(_AT_THE_END in each.tags for each in scenarios):
        told = "alle meldingene sett under ett"
    names = [one_line(each.name, 110) for each in scenarios[:_NAMES_SHOWN]]
    more = [f"og {len(scenarios) - len(names)} til"] if len(scenarios) > len(names) else []
    return Cell(
        text=f"{counted(len(scenarios), 'scenario', 'scenarier')}, {told}",
        to=judged.proof(requirement.id),
        note="\n".join([*names, *more]),
    )


def additional(judged: Judged) -> list[Block]:
    """All other requirements, by chapter."""
    others = [each for each in judged.result.requirements if each.source.page != MANDATORY_PAGE]
    if not others:
        return [Paragraph(text="Ingen.", mild=True)]
    intro = (
        "Krav fra resten av ePROMs dokumentasjon, og tillegg der den ikke sier nok. Et obligatorisk krav må være "
        "oppfylt for at konklusjonen skal bli Godkjent; et tillegg kan være brutt. Skillet er verktøyets."
    )
    blocks: list[Block] = [Paragraph(text=intro)]
    for chapter, group in _by_chapter(others):
        counts = tally([each.outcome for each in group])
        blocks += [
            Heading(title=titled(chapter, 80)),
            Paragraph(text=f"{counts[:1].upper()}{counts[1:]}.", mild=True),
        ]
        columns = (("Krav", 0.0), ("Hva", 5.0), ("Type", 1.0), ("Utfall", 1.5), ("Scenarier", 0.0))
        rows = tuple(_short_row(each, judged) for each in group)
        blocks.append(Table(name=f"Krav i kapitlet {one_line(chapter, 80)}", columns=columns, rows=rows, small=True))
    return blocks


def _by_chapter(requirements: Iterable[RequirementResult]) -> Iterator[tuple[str, list[RequirementResult]]]:
    chapters: dict[str, list[RequirementResult]] = {}
    for each in requirements:
        chapters.setdefault(each.chapter, []).append(each)
    yield from chapters.items()


def _short_row(requirement: RequirementResult, judged: Judged) -> Row:
    return Row(
        anchor=judged.row(requirement.id),
        cells=(
            judged.named(requirement.id),
            Cell(text=one_line(requirement.title, 200)),
            Cell(text="obligatorisk" if requirement.mandatory else "tillegg"),
            outcome_cell(requirement.outcome),
            Cell(text=str(len(requirement.scenarios)), to=judged.proof(requirement.id)),
        ),
    )


def proofs(judged: Judged) -> list[Block]:
    """Every requirement with the scenarios that prove it and the exchanges in the journal."""
    intro = (
        "Hvert krav med kilden, scenariene som viser det, og id-ene til meldingene. Meldingene selv står i "
        "report.html: søk der på nummeret til kravet eller på id-en. Id-ene står også i journal.sqlite, og ordrelisten "
        "har dem som ePROM ga en id."
    )
    blocks: list[Block] = [Paragraph(text=intro)]
    for chapter, group in groupby(judged.result.requirements, key=lambda each: each.chapter):
        blocks.append(Heading(title=f"Bevis: {titled(chapter, 80)}"))
        blocks += [_proof(each, judged) for each in group]
    return blocks


def _proof(requirement: RequirementResult, judged: Judged) -> Proof:
    passed = requirement.outcome is Outcome.PASSED
    ends = [_ENDS[each] for each in requirement.judges]
    return Proof(
        anchor=judged.proof(requirement.id),
        key=f"krav {requirement.id}" if _ID.fullmatch(requirement.id) else "",
        back=judged.row(requirement.id),
        title=titled(f"{one_line(requirement.id, 40)} {one_line(requirement.title, 240)}", 320),
        outcome=outcome_cell(requirement.outcome),
        source=Cell(text=one_line(str(requirement.source), 200), url=_url(requirement)),
        judges=" og ".join(ends),
        reason="" if passed else said(requirement.reason, 400),
        scenarios=tuple(_shown(each) for each in judged.proving(requirement)),
    )


def _shown(scenario: ScenarioResult) -> Shown:
    more = len(scenario.exchanges) - _EXCHANGES_SHOWN
    ids = [one_line(each, 60) for each in scenario.exchanges[:_EXCHANGES_SHOWN]]
    return Shown(
        outcome=outcome_cell(scenario.outcome),
        name=one_line(scenario.name, 240),
        place=one_line(f"{scenario.feature}:{scenario.line}", 120),
        exchanges=(*ids, *([f"og {more} til"] if more > 0 else [])),
    )


def _url(requirement: RequirementResult) -> str:
    try:
        url = requirement.source.url
    except ValueError:  # half a surrogate pair cannot stand in an address
        return ""
    return url if url.startswith(f"{SITE}/") and len(url) <= _LONGEST_URL else ""
