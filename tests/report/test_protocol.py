"""What the protocol tells, whatever its form: read out of the content, and the names of its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from unicodedata import category

import pytest

from eprom_verify.report.order_list import orders_of
from eprom_verify.report.protocol import content_of, file_stem
from eprom_verify.report.protocol_blocks import Card, Cell, Proof, Protocol, Section, Table, one_line, said
from eprom_verify.report.protocol_broken import labelled
from eprom_verify.verdict import Conclusion, Outcome, Rig, RunResult, VerifiedSystem
from tests.report.hostile import HOSTILE, everywhere, order_lines
from tests.report.sample_protocol import (
    ANSWERS,
    APPROVED,
    ENDED,
    EXCHANGE,
    EXCHANGES,
    ORDER,
    PAGE,
    REASON,
    REJECTED,
    RUN,
    SCENARIOS,
    TRIAL,
    answer,
    made,
    many_orders,
    scenario,
)

TITLES = [
    "1. Når verifiseringen må gjøres på nytt",
    "2. Profil: hva integrasjonen bruker",
    "3. Testpersoner",
    "4. Obligatorisk verifikasjon, punkt for punkt",
    "5. Øvrige krav, kapittel for kapittel",
    "6. Krav som er brutt",
    "7. Dispensasjoner",
    "8. Det som ikke er verifisert, og hvorfor",
    "9. Bekreftet av tester",
    "10. Ordreliste",
    "11. Versjoner og sjekksummer",
    "12. Hva protokollen viser, og ikke kan vise",
    "Vedlegg A. Bevis for hvert krav",
]


BARE = replace(RUN, rig=Rig("innebygd", "simulator"), environment="", system=VerifiedSystem())
"""A run without any configuration."""


def content(result: RunResult) -> Protocol:
    return content_of(result, orders_of(EXCHANGES), {"result.json": "f" * 64})


def part(protocol: Protocol, anchor: str) -> Section:
    return next(each for each in protocol.sections if each.anchor == anchor)


def texts(value: object) -> Iterator[str]:
    """Every text of a piece of content, in order."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts(getattr(value, each.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)


def words(value: object) -> str:
    return "\n".join(texts(value))


def cells(value: object) -> Iterator[Cell]:
    if isinstance(value, Cell):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from cells(getattr(value, each.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from cells(each)


def tables(section: Section) -> list[Table]:
    return [each for each in section.blocks if isinstance(each, Table)]


def cards(section: Section) -> list[Card]:
    return [each for each in section.blocks if isinstance(each, Card)]


def test_sections_stand_in_order() -> None:
    assert [each.title for each in content(APPROVED).sections] == TITLES


@pytest.mark.parametrize(
    ("result", "word", "tone"),
    [(APPROVED, "Godkjent", "good"), (REJECTED, "Ikke godkjent", "bad"), (TRIAL, "Ufullstendig", "open")],
)
def test_conclusion(result: RunResult, word: str, tone: str) -> None:
    verdict = content(result).front.verdict
    assert (verdict.text, verdict.tone) == (word, tone)
    assert verdict.sign


def test_front_tells_what_when_and_by_whom() -> None:
    told = words(content(APPROVED).front)
    for expected in (
        "Ørnregisteret",
        "4.2.0",
        "Helse Fjord RHF",
        "kontakt@example.org",
        "https://ornregisteret.example.org/eprom",
        "testkrok i bestillersystemet (http)",
        "https://proms.hemitdev.org/promswebapi",
        "13.9",
        "utgave 2026-05",
        "slik den var 24.06.2026",
        "27.11.2026 kl. 09.00.01–09.14.01, norsk tid",
        "Kari Nordmann, testleder",
        "2026-11-27T080001Z-ab12",
        "eprom-verify 0.1.0, frø 7",
        "formell verifikasjon",
    ):
        assert expected in told


def test_what_is_not_stated_says_so() -> None:
    bare = replace(RUN, system=VerifiedSystem(), eprom_version="", documented="", performed_by="", role="")
    rows = dict(row for _, facts in content(made(run=bare)).front.groups for row in facts.rows)
    silent = [label for label, cell in rows.items() if cell.text == "ikke oppgitt"]
    assert silent == [
        "Bestillersystem",
        "Versjon",
        "Eier",
        "Teknisk kontakt",
        "ApiBaseUrl",
        "ePROM-versjon",
        "Dokumentasjon",
        "Utført av",
    ]


def test_simulator_is_never_taken_for_an_environment() -> None:
    told = words(content(made(run=BARE)).front)
    assert "verktøyets ePROM-simulator, ikke et miljø hos Hemit" in told
    assert "verktøyets innebygde bestillersystem" in told


def test_run_past_midnight_tells_both_days() -> None:
    begun, ended = datetime(2026, 11, 27, 22, 50, tzinfo=UTC), datetime(2026, 11, 27, 23, 10, tzinfo=UTC)
    run = replace(RUN, started=begun, finished=ended)
    assert "27.11.2026 kl. 23.50.00 – 28.11.2026 kl. 00.10.00, norsk tid" in words(content(made(run=run)).front)


def test_trial_is_marked_and_formal_is_not() -> None:
    trial, formal = content(TRIAL), content(APPROVED)
    assert trial.trial == "PRØVEKJØRING – gjelder ikke som verifikasjon før produksjonssetting"
    assert trial.front.verdict.note == "prøvekjøring"
    assert "En underskrift her gjelder ikke som verifikasjon" in trial.front.note
    assert (formal.trial, formal.trial_word, formal.front.verdict.note) == ("", "", "")


def test_both_parties_sign() -> None:
    signatures = content(APPROVED).front.signatures
    assert [each.party for each in signatures] == ["For integratoren", "For Hemit"]
    assert {each.fields for each in signatures} == {("Navn", "Tittel", "Dato", "Underskrift")}


def test_advice_is_told_apart_from_what_is_documented() -> None:
    told = words(part(content(APPROVED), "paa-nytt"))
    documented, advice = told.split("Vårt råd")
    assert "skal verifiseres i testmiljø for alle nye integrasjoner" in documented
    assert "står ikke i dokumentasjonen" in documented
    for occasion in ("Bestillersystemet kommer i ny versjon", "ePROM kommer i ny versjon", "ny utgave"):
        assert occasion in advice
    assert "Vårt råd, som ikke står i dokumentasjonen" in content(APPROVED).front.again


def test_profile_tells_what_is_not_used() -> None:
    (table,) = tables(part(content(APPROVED), "profil"))
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Skjema: bestilling, utfylling og retur", "brukes"],
        ["Skjema som krever signatur", "brukes ikke"],
        ["Distribusjonsregler", "Basic, BasicOrPaper"],
    ]


def test_every_point_of_the_page_has_a_row_and_only_those() -> None:
    points, others = tables(part(content(APPROVED), "obligatorisk"))
    of_page = [each.id for each in APPROVED.requirements if each.source.page == PAGE]
    assert [row.cells[0].text for row in (*points.rows, *others.rows)] == of_page
    assert [row.cells[0].text for row in others.rows] == ["B-05"]


def test_point_tells_outcome_evidence_and_source() -> None:
    points, _ = tables(part(content(APPROVED), "obligatorisk"))
    row = next(row for row in points.rows if row.cells[0].text == "1.3")
    _, what, outcome, evidence, source = row.cells
    assert what.text == "Skjemaet blir bestilt til forventet varslingskanal"
    assert (outcome.text, outcome.tone) == ("Godkjent", "good")
    assert evidence.text == "2 scenarier, 2 meldinger"
    assert evidence.note == "Kanalen er Helsenorge\nKanalen er digital postkasse"
    assert source.url == "https://eprom.hemit.org/IntegrasjonVerifikasjon.html"


def test_other_requirements_are_told_by_chapter() -> None:
    section = part(content(APPROVED), "ovrige")
    told = [[row.cells[0].text for row in table.rows] for table in tables(section)]
    assert told == [["B-01", "B-20"], ["SI-01"]]
    assert tables(section)[0].rows[1].cells[2].text == "tillegg"


@pytest.mark.parametrize("result", [APPROVED, REJECTED, TRIAL, made(), everywhere(HOSTILE["typst code"])])
def test_every_link_leads_somewhere(result: RunResult) -> None:
    protocol = content(result)
    anchors = [each.anchor for each in protocol.sections]
    anchors += [row.anchor for each in protocol.sections for table in tables(each) for row in table.rows if row.anchor]
    blocks = [block for each in protocol.sections for block in each.blocks]
    anchors += [block.anchor for block in blocks if isinstance(block, Card | Proof) and block.anchor]
    assert len(anchors) == len(set(anchors))
    leads = {cell.to for cell in cells(protocol) if cell.to} | {each.back for each in blocks if isinstance(each, Proof)}
    assert leads
    assert leads <= set(anchors)


def test_evidence_of_every_requirement_is_one_link_away() -> None:
    protocol = content(APPROVED)
    rows = [row for name in ("obligatorisk", "ovrige") for table in tables(part(protocol, name)) for row in table.rows]
    proofs = {each.anchor: each for each in part(protocol, "bevis").blocks if isinstance(each, Proof)}
    assert len(rows) == len(proofs) == len(APPROVED.requirements)
    for row in rows:
        proof = proofs[row.cells[0].to]
        assert proof.title.startswith(f"{row.cells[0].text} ")
        assert proof.back == row.anchor


def test_proof_names_scenarios_and_exchanges() -> None:
    told = words(part(content(APPROVED), "bevis"))
    for each in SCENARIOS:
        assert each.name in told
    assert EXCHANGE in told
    assert "bestilling/obligatorisk.feature:11" in told


def test_broken_requirement_tells_expected_received_message_and_cause() -> None:
    (card, *_) = cards(part(content(REJECTED), "brutt"))
    facts = {label: cell.text for label, cell in card.facts}
    assert card.title == "1.1 Bestillingen blir sendt til ePROM uten feilmelding"
    assert facts["Forventet"] == "ePROM tar imot bestillingen: status 200 og en id"
    assert facts["Fikk"] == 'status 401: {"Message":"The API key is missing or unknown"}'
    assert EXCHANGE in facts["Melding"]
    assert facts["Ligner på"] == "API-nøkkelen sendes som Bearer (key-bearer)"
    assert facts["Endre"] == "Bytt ut Bearer med Basic"


def test_alike_failures_are_told_of_once() -> None:
    names = ("1.1", "1.2", "1.3")
    found = made(*(scenario(f"Feil i {name}", name, Outcome.FAILED, REASON) for name in names))
    told = words(part(content(found), "brutt"))
    assert told.count("status 401") == 1
    assert told.count("som krav 1.1, over") == 2


def test_rejected_by_a_tester_is_broken_too() -> None:
    found = made(*SCENARIOS, attestations=(answer("2.1", ANSWERS[0].answer, "Tom side.", 1),))
    told = words(part(content(found), "brutt"))
    assert found.conclusion is Conclusion.REJECTED
    assert "Tom side." in told


def test_waiver_is_told_with_what_it_covers() -> None:
    told = words(part(content(REJECTED), "dispensasjoner"))
    for expected in ("Krav B-20", "Rettes i neste versjon", "Kari, leder", "2026-11-27", "Hemit avgjør"):
        assert expected in told


def test_what_was_not_verified_is_grouped_by_reason() -> None:
    found = made(*SCENARIOS, attestations=())
    (table,) = tables(part(content(found), "ikke-verifisert"))
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert ["Ikke verifisert", "Må bekreftes av en tester; ingen bekreftelse er gitt.", "3", "2.1, 2.2, 2.4"] in rows
    assert rows[-1][0] == "Ikke aktuelt"
    assert rows[-1][3] == "SI-01"


def test_reasons_for_being_incomplete_stand_first() -> None:
    protocol = content(TRIAL)
    assert protocol.front.reasons == ("Avbrutt.",)
    assert "Avbrutt." in words(part(protocol, "ikke-verifisert"))


def test_answer_tells_words_tester_time_and_attachment() -> None:
    card = cards(part(content(APPROVED), "bekreftet"))[0]
    told = words(card)
    for expected in (
        "2.1 Skjemaet vises og oppfører seg som forventet på Helsenorge",
        "Skjemaet viste alle spørsmål.",
        "Ola Tester, 27.11.2026 kl. 09.05.01",
        "helsenorge.png",
        "e" * 64,
    ):
        assert expected in told
    assert card.countersign == "Kontrasignert av Hemit (navn, dato)"
    assert card.outcome.text == "Bekreftet av tester"


def test_earlier_answer_is_shown_as_replaced() -> None:
    card = cards(part(content(APPROVED), "bekreftet"))[0]
    replaced = [cell.text for label, cell in card.facts if label == "Erstattet svar"]
    assert replaced == ["Ikke godkjent, Ola Tester, 27.11.2026 kl. 09.03.01: Overskriften manglet."]


def test_answer_that_does_not_count_says_so() -> None:
    found = made(*SCENARIOS, attestations=(answer("1.1", ANSWERS[1].answer, "Jeg så det.", 1),))
    (card,) = cards(part(content(found), "bekreftet"))
    assert "Svaret er ikke utslagsgivende" in words(card)


def test_orders_are_listed() -> None:
    (table,) = tables(part(content(APPROVED), "ordreliste"))
    assert table.rows[0].cells[1].text == ORDER
    told = words(part(content(APPROVED), "ordreliste"))
    assert "SMS og e-post er ikke med: etter kontrakten får de ingen id" in told
    assert "1 linje, 0 bestilt av verktøyet selv." in told


@pytest.mark.parametrize(("count", "pointer"), [(400, False), (401, True)])
def test_long_list_is_cut_with_a_pointer(count: int, pointer: bool) -> None:
    protocol = content_of(APPROVED, many_orders(count), {})
    (table,) = tables(part(protocol, "ordreliste"))
    assert len(table.rows) == 400
    assert ("De første 400 står her; resten står i orders.csv" in words(part(protocol, "ordreliste"))) is pointer


def test_digests() -> None:
    told = words(part(content(APPROVED), "sjekksummer"))
    for letter in "abcdf":
        assert letter * 64 in told
    assert "result.json" in told


def test_own_limits_are_told() -> None:
    told = words(part(content(APPROVED), "grenser"))
    assert "Den som kjører testene selv, kan også kjøre dem mot noe annet. Derfor ordrelisten" in told


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_inert_and_short(text: str) -> None:
    protocol = content_of(everywhere(text), order_lines(said(text)), {text: text})
    for each in texts(protocol):
        assert len(each) < 3_000
        assert each.count("\n") < 60
        assert {category(char) for char in each if char != "\n"}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a" * 700, "a" * 600 + " … (forkortet)"),
        ("\n".join("abc"), "a\nb\nc"),
        ("\n".join(["x"] * 30), "\n".join(["x"] * 25) + " … (forkortet)"),
        ("a\x00b\u202ec", "a␀b\ufffdc"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_said(text: str, shown: str) -> None:
    assert said(text) == shown


def test_one_line() -> None:
    assert one_line("a\n b\tc", 20) == "a b c"
    assert one_line("a" * 30, 20) == "a" * 20 + " … (forkortet)"


def test_labels_of_a_reason() -> None:
    assert labelled("Noe\nForventet: a\nb\nFikk: c: d\nFikk: e") == [
        ("", "Noe"),
        ("Forventet", "a\nb"),
        ("Fikk", "c: d\nFikk: e"),
    ]


def test_no_national_id_but_synthetic_ones() -> None:
    told = words(content(APPROVED))
    assert set(re.findall(r"(?<![0-9a-f-])[0-9]{11}(?![0-9a-f-])", told)) == {"26670271527"}


def named(result: RunResult = APPROVED, **system: str) -> RunResult:
    return replace(result, run=replace(RUN, system=replace(RUN.system, **system)))


@pytest.mark.parametrize(
    ("result", "stem"),
    [
        (named(name="MittSystem", version="2.1"), "eprom-verifikasjon_MittSystem-2.1_test_2026-11-27"),
        (named(name="Økt blåbær", version=""), "eprom-verifikasjon_Okt-blabaer_test_2026-11-27"),
        (named(name="../../etc/passwd"), "eprom-verifikasjon_etc-passwd-4.2.0_test_2026-11-27"),
        (named(name="a" * 500, version="b" * 500), f"eprom-verifikasjon_{'a' * 30}-{'b' * 20}_test_2026-11-27"),
        (named(name="\x00\n\ud800中"), "eprom-verifikasjon_bestillersystem-4.2.0_test_2026-11-27"),
        (
            replace(APPROVED, run=BARE),
            "eprom-verifikasjon_innebygd_simulator_2026-11-27",
        ),
        (
            replace(APPROVED, run=replace(RUN, environment="https://eprom.example.org/webapi")),
            "eprom-verifikasjon_Ornregisteret-4.2.0_eprom.example.org_2026-11-27",
        ),
        (
            replace(APPROVED, run=replace(RUN, finished=ENDED.replace(hour=23, minute=30))),
            "eprom-verifikasjon_Ornregisteret-4.2.0_test_2026-11-28",
        ),
    ],
)
def test_file_stem(result: RunResult, stem: str) -> None:
    assert file_stem(result) == stem


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_file_stem_is_safe(text: str) -> None:
    stem = file_stem(everywhere(text))
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", stem)
    assert ".." not in stem
