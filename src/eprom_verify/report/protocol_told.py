"""What the protocol tells of people's answers, of orders, and of itself: waivers, attested points, ids, digests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eprom_verify.report.order_list import OrderLine
from eprom_verify.report.protocol_blocks import (
    Block,
    Bullets,
    Card,
    Cell,
    Facts,
    Heading,
    Paragraph,
    Row,
    Table,
    counted,
    norwegian_time,
    one_line,
    outcome_cell,
    said,
)
from eprom_verify.report.protocol_judged import Judged
from eprom_verify.report.waived import told_waivers
from eprom_verify.verdict import Answer, Attestation, Outcome, RequirementResult, RunResult

MOST_ORDERS = 400
"""How many orders the protocol itself lists; the CSV file has all."""

_ANSWERED = {
    Answer.APPROVED: outcome_cell(Outcome.PASSED),
    Answer.REJECTED: outcome_cell(Outcome.FAILED),
    Answer.NOT_APPLICABLE: outcome_cell(Outcome.NOT_APPLICABLE),
}
_COUNTS = {
    Answer.APPROVED: Outcome.ATTESTED,
    Answer.REJECTED: Outcome.FAILED,
    Answer.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
}
_WORDS = 1_500
_EARLIER_SHOWN = 5
_ATTACHMENTS_SHOWN = 20
_ATTACHMENTS = "vedlegg"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_SENDERS = {"eprom-verify": "bestilt av verktøyet", "pasient": "bestilt av pasienten"}
_VERSIONS = {
    "tool": "eprom-verify",
    "python": "Python",
    "tool_digest": "Verktøyet",
    "suite_digest": "Testsamlingen",
    "catalogue_digest": "Kravkatalogen",
}


def waivers(result: RunResult) -> list[Block]:
    """The requirements that somebody answers for leaving unmet."""
    told = told_waivers(result)
    if not told:
        return [Paragraph(text="Ingen dispensasjoner.")]
    blocks: list[Block] = [
        Paragraph(
            text="Krav som ikke er oppfylt ennå, og som noen har tatt ansvaret for. ePROMs dokumentasjon sier ikke noe "
            "om dispensasjoner; Hemit avgjør om de godtas."
        )
    ]
    for each in told:
        outcome = Outcome.FAILED if each.broken else Outcome.WAIVED if each.used else Outcome.UNVERIFIED
        facts = tuple((label, Cell(text=said(text, 500))) for label, text in each.facts)
        blocks.append(
            Card(title=one_line(each.headline.removesuffix("."), 240), outcome=outcome_cell(outcome), facts=facts)
        )
    return blocks


def attested(judged: Judged) -> list[Block]:
    """What testers have answered, with what they saw, and a box for Hemit beside each."""
    given: dict[str, list[Attestation]] = {}
    for each in judged.result.attestations:
        given.setdefault(each.requirement, []).append(each)
    if not given:
        return [Paragraph(text="Ingen punkter er bekreftet av en tester.")]
    intro = (
        "Det en maskin ikke kan se, og som en tester har svart på. Svaret er testerens ord, ikke verktøyets funn. "
        "Hemit kan kontrasignere hvert punkt for seg."
    )
    known = {each.id: each for each in judged.result.requirements}
    return [
        Paragraph(text=intro),
        *(_answer(name, several, known.get(name), judged) for name, several in given.items()),
    ]


def _answer(name: str, several: Sequence[Attestation], requirement: RequirementResult | None, judged: Judged) -> Card:
    *earlier, last = several
    facts = [
        ("Svar", Cell(text=last.answer.norwegian)),
        ("Det testeren så", Cell(text=said(last.words, _WORDS) or "ingen ord er oppgitt")),
        ("Tester", Cell(text=f"{one_line(last.tester, 100) or 'ikke oppgitt'}, {norwegian_time(last.at)}")),
    ]
    for each in last.attachments[:_ATTACHMENTS_SHOWN]:
        told = f"{one_line(each.name, 120)} ({one_line(each.media_type, 60)}, {each.size} byte), SHA-256:"
        file = f"{_ATTACHMENTS}/{each.name}" if _PLAIN.fullmatch(each.name) else ""
        facts.append(("Vedlegg", Cell(text=told, note=one_line(each.sha256, 64), mono_note=True, file=file)))
    if len(last.attachments) > _ATTACHMENTS_SHOWN:
        facts.append(("Vedlegg", Cell(text=f"og {len(last.attachments) - _ATTACHMENTS_SHOWN} til")))
    if requirement is not None and requirement.outcome not in (_COUNTS[last.answer], Outcome.WAIVED):
        facts.append(
            ("Merk", Cell(text=f"Svaret er ikke utslagsgivende; kravet er «{requirement.outcome.norwegian}»."))
        )
    for old in earlier[-_EARLIER_SHOWN:]:
        who = f"{one_line(old.tester, 100)}, {norwegian_time(old.at)}"
        words = f"{old.answer.norwegian}, {who}: {one_line(old.words, 300)}"
        facts.append(("Erstattet svar", Cell(text=words)))
    title = f"{one_line(name, 40)} {one_line(requirement.title, 200) if requirement else ''}".strip()
    facts.append(("Bevis", Cell(text="se vedlegg A", to=judged.proof(name))))
    return Card(
        title=title,
        outcome=outcome_cell(requirement.outcome) if requirement else _ANSWERED[last.answer],
        facts=tuple(facts),
        anchor=judged.answer(name),
        countersign="Kontrasignert av Hemit (navn, dato)",
    )


def orders(lines: Sequence[OrderLine]) -> list[Block]:
    """The order list, compact, and what is not on it."""
    by_tool = sum(each.sender == "eprom-verify" for each in lines)
    blocks: list[Block] = [
        Paragraph(
            text="Bestillingene og brevene som ePROM ga en id i denne kjøringen. Hemit kan slå opp id-ene i miljøets "
            "egen logg: finnes de der med samme tid og kanal, gikk kjøringen mot det miljøet. Tider er UTC (Z), slik "
            "de ble sett her."
        ),
        Paragraph(
            text="Avviste bestillinger har ingen id og er ikke med. SMS og e-post er ikke med: etter kontrakten får de "
            "ingen id (SendeMeldingSomSmsEpost). Fødselsnumre er ikke med. Hele listen er filen orders.csv.",
            mild=True,
        ),
    ]
    if not lines:
        return [*blocks, Paragraph(text="Ingen bestillinger fikk en id.")]
    told = f"{counted(len(lines), 'linje', 'linjer')}, {by_tool} bestilt av verktøyet selv."
    if len(lines) > MOST_ORDERS:
        told += f" De første {MOST_ORDERS} står her; resten står i orders.csv."
    columns = (
        ("Nr.", 0.0),
        ("Id hos ePROM, og i journalen", 3.2),
        ("Bestilt", 1.25),
        ("Hva", 1.65),
        ("Kanal", 1.3),
        ("Status", 1.75),
        ("Utfall", 1.4),
    )
    rows = tuple(_order_row(number, each) for number, each in enumerate(lines[:MOST_ORDERS], start=1))
    return [*blocks, Paragraph(text=told), Table(name="Ordreliste", columns=columns, rows=rows, small=True)]


def _order_row(number: int, line: OrderLine) -> Row:
    date, _, time = line.requested_at.partition("T")
    channels = [each for each in dict.fromkeys((line.channel_answered, line.channel_last)) if each]
    errors = f"\nFeil: {line.error_codes}" if line.error_codes else ""
    return Row(
        cells=(
            Cell(text=str(number)),
            Cell(text=line.id, note=one_line(line.exchange, 60), mono=True, mono_note=True),
            Cell(text=time or "–", note=date),
            Cell(text=line.kind, note=line.distribution_rule),
            Cell(text=" → ".join(channels) or "–"),
            Cell(text=line.statuses.replace("; ", "\n") + errors or "–"),
            Cell(text=line.outcome, note=_SENDERS.get(line.sender, "")),
        )
    )


def versions(result: RunResult, checksums: Mapping[str, str]) -> list[Block]:
    """What made this, and the digests by which files are known again."""
    run = result.run
    plain = {name: value for name, value in run.versions.items() if not name.endswith("_digest")}
    digests = {name: value for name, value in run.versions.items() if name.endswith("_digest")}
    facts = [
        (_VERSIONS.get(name, one_line(name, 60)), Cell(text=one_line(value, 120))) for name, value in plain.items()
    ]
    rows = [_digest_row(_VERSIONS.get(name, one_line(name, 60)), value) for name, value in digests.items()]
    rows.append(_digest_row("Journalen, siste innslag", run.journal_last_digest))
    blocks: list[Block] = [
        Facts(rows=tuple(facts)),
        Heading(title="Det kjøringen ble gjort med"),
        Table(name="SHA-256 av det kjøringen ble gjort med", columns=_DIGEST_COLUMNS, rows=tuple(rows), small=True),
    ]
    if checksums:
        files = tuple(_digest_row(name, value) for name, value in list(checksums.items())[:200])
        blocks += [
            Heading(title="Filene i kjøringens mappe"),
            Table(name="SHA-256 av filene", columns=_DIGEST_COLUMNS, rows=files, small=True),
        ]
    return blocks


_DIGEST_COLUMNS = (("Hva", 1.0), ("SHA-256", 2.4))


def _digest_row(name: str, value: str) -> Row:
    return Row(cells=(Cell(text=one_line(name, 120)), Cell(text=one_line(value, 64) or "ikke oppgitt", mono=True)))


def limits() -> list[Block]:
    """What the protocol shows, and what it cannot show."""
    return [
        Paragraph(text="Dette viser den:"),
        Bullets(
            items=(
                "Hva verktøyet sendte og fikk, melding for melding. Journalen er lenket med hasher: en melding som er "
                "endret, fjernet eller føyd til etterpå, blir oppdaget med kommandoen eprom-verify journal.",
                "Hvordan hver melding står seg mot ePROMs dokumentasjon, med kilde for hvert krav.",
                "Hva en tester sier å ha sett, merket som det.",
            )
        ),
        Paragraph(text="Dette kan den ikke vise:"),
        Bullets(
            items=(
                "At kjøringen gikk mot det virkelige miljøet. Den som kjører testene selv, kan også kjøre dem mot noe "
                "annet. Derfor ordrelisten: id-ene der finnes bare hos ePROM, og Hemit kan slå dem opp.",
                "At ingen har byttet ut både journalen og resultatet. Underskriften og Hemits kontroll er til for det.",
                "At pasienten virkelig fikk beskjed. Verktøyet ser kanalen som ePROM oppgir.",
                "At ePROM i produksjon oppfører seg som miljøet som ble brukt. Mot simulatoren viser kjøringen bare at "
                "bestillersystemet følger dokumentasjonen slik vi leser den.",
                "Det som ikke er beskrevet i dokumentasjonen. Hva verktøyet gjør der, står i docs/limits.md.",
            )
        ),
    ]
