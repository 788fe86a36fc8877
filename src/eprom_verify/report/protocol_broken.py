"""What the protocol tells of requirements that are broken, and of those that are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eprom_verify.report.protocol_blocks import (
    Block,
    Bullets,
    Card,
    Cell,
    Heading,
    Paragraph,
    Row,
    Table,
    counted,
    one_line,
    outcome_cell,
    said,
)
from eprom_verify.report.protocol_judged import Judged
from eprom_verify.verdict import Outcome, RequirementResult
from eprom_verify.verdict.diagnosis import told_causes
from eprom_verify.verdict.outcomes import PRECEDENCE

_LABELS = ("Forventet", "Fikk", "Hvor", "Kilde", "Prøv")
_FAILURES_SHOWN = 3
_CARDS_SHOWN = 60
_GROUPS_SHOWN = 120
_LISTED = 60
_REASON = 700
_UNDECIDED = (Outcome.ERROR, Outcome.WAITING, Outcome.UNVERIFIED, Outcome.NOT_APPLICABLE)


def broken(judged: Judged) -> list[Block]:
    """What failed: expected, received, the messages that show it, and what it is like; alike failures told of once."""
    failed = [each for each in judged.result.requirements if each.outcome is Outcome.FAILED]
    if not failed:
        return [Paragraph(text="Ingen krav er brutt.")]
    failed.sort(key=lambda each: not each.mandatory)
    blocks: list[Block] = [Paragraph(text=f"{counted(len(failed), 'krav', 'krav')} er brutt, obligatoriske først.")]
    told: dict[object, str] = {}
    for number, each in enumerate(failed[:_CARDS_SHOWN]):
        blocks.append(_broken_card(each, judged, told, anchor=f"brudd-{number}"))
    if len(failed) > _CARDS_SHOWN:
        rest = ", ".join(one_line(each.id, 40) for each in failed[_CARDS_SHOWN:])
        blocks.append(Paragraph(text=f"Også brutt, med grunn i vedlegg A: {rest}."))
    return blocks


def _broken_card(requirement: RequirementResult, judged: Judged, told: dict[object, str], anchor: str) -> Card:
    facts = list(_broken_facts(requirement, judged))
    key = tuple((label, cell.text) for label, cell in facts if label not in ("Scenario", "Melding", "Sist sett"))
    first = told.setdefault(key, requirement.id)
    if first != requirement.id:
        names = [fact for fact in facts if fact[0] == "Scenario"]
        facts = [*names, ("Grunn", Cell(text=f"som krav {one_line(first, 40)}, over"))]
    kind = "" if requirement.mandatory else " (tillegg)"
    return Card(
        title=f"{one_line(requirement.id, 40)} {one_line(requirement.title, 200)}{kind}",
        outcome=outcome_cell(requirement.outcome),
        facts=(*facts, ("Bevis", Cell(text="se vedlegg A", to=judged.proof(requirement.id)))),
        anchor=anchor,
    )


def _broken_facts(requirement: RequirementResult, judged: Judged) -> Iterator[tuple[str, Cell]]:
    failed = [each for each in judged.proving(requirement) if each.outcome is Outcome.FAILED]
    if not failed:
        yield "Grunn", Cell(text=said(requirement.reason, _REASON) or "Ingen grunn er oppgitt.")
    for scenario in failed[:_FAILURES_SHOWN]:
        step = scenario.gherkin_line
        place = f"{scenario.feature}:{step.line if step else scenario.line}"
        sentence = f" – {one_line(step.sentence, 160)}" if step else ""
        yield "Scenario", Cell(text=one_line(scenario.name, 200), note=f"{one_line(place, 120)}{sentence}")
        for label, text in labelled(scenario.reason or "Ingen grunn er oppgitt."):
            yield label or "Grunn", Cell(text=said(text, _REASON))
        for shown in scenario.shown_by[:1]:
            yield "Melding" if shown.decisive else "Sist sett", Cell(text=one_line(str(shown), 300))
    if len(failed) > _FAILURES_SHOWN:
        yield "Flere", Cell(text=f"{len(failed) - _FAILURES_SHOWN} scenarier til ble ikke godkjent, se vedlegg A")
    for line in told_causes(requirement.causes):
        label, _, text = line.partition(": ")
        yield label, Cell(text=said(text, 400))


def labelled(reason: str) -> list[tuple[str, str]]:
    """A reason by its labels; what stands before the first of them has none."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in reason.replace("\r\n", "\n").split("\n"):
        label, colon, rest = line.partition(": ")
        if colon and label in _LABELS and label not in {known for known, _ in parts}:
            parts.append((label, [rest]))
        else:
            parts[-1][1].append(line)
    texts = [(label, "\n".join(lines).strip("\n")) for label, lines in parts]
    return [(label, text) for label, text in texts if text]


def undecided(judged: Judged) -> list[Block]:
    """What was not verified, grouped by why, and what a reader must know besides."""
    result = judged.result
    blocks: list[Block] = []
    if result.incomplete_reasons:
        blocks += [Heading(title="Derfor er kjøringen ikke fullstendig"), _listed(result.incomplete_reasons)]
    groups: dict[tuple[Outcome, str], list[str]] = {}
    for each in sorted(result.requirements, key=lambda each: PRECEDENCE.index(each.outcome)):
        if each.outcome in _UNDECIDED:
            groups.setdefault((each.outcome, each.reason or "Ingen grunn er oppgitt."), []).append(each.id)
    columns = (("Utfall", 1.2), ("Grunn", 3.0), ("Antall", 0.0), ("Krav", 2.2))
    shown = list(groups.items())[:_GROUPS_SHOWN]
    rows = tuple(_group_row(outcome, reason, names) for (outcome, reason), names in shown)
    if rows:
        blocks.append(Table(name="Krav som ikke er verifisert, etter grunn", columns=columns, rows=rows, small=True))
    else:
        blocks.append(Paragraph(text="Alle krav er avgjort."))
    if len(groups) > len(shown):
        blocks.append(Paragraph(text=f"Og {len(groups) - len(shown)} grunner til, se vedlegg A."))
    if result.remarks:
        blocks += [Heading(title="Merknader fra kjøringen"), _listed(result.remarks)]
    return blocks


def _listed(texts: Sequence[str]) -> Bullets:
    more = len(texts) - _LISTED
    shown = (one_line(each, 400) for each in texts[:_LISTED])
    return Bullets(items=(*shown, *([f"… og {more} til, se result.json"] if more > 0 else [])))


def _group_row(outcome: Outcome, reason: str, names: Sequence[str]) -> Row:
    shown = ", ".join(one_line(name, 40) for name in names)
    cells = (outcome_cell(outcome), Cell(text=said(reason, _REASON)), Cell(text=str(len(names))), Cell(text=shown))
    return Row(cells=cells)
