"""What the protocol begins with: the conclusion, what was verified, who signs, and when it has to be done again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from eprom_verify.contract.sources import page_url
from eprom_verify.environments import SIMULATOR, api_base_of, environment_of
from eprom_verify.report.protocol_blocks import (
    CONCLUSIONS,
    NOT_STATED,
    Block,
    Bullets,
    Cell,
    Facts,
    Front,
    Paragraph,
    Row,
    Section,
    Signature,
    Table,
    norwegian_time,
    one_line,
    outcome_cell,
    stated,
)
from eprom_verify.verdict import Outcome, RunResult, explain
from eprom_verify.verdict.outcomes import UNDECIDED

TRIAL = "PRØVEKJØRING – gjelder ikke som verifikasjon før produksjonssetting"
TRIAL_WORD = "PRØVEKJØRING"
MANDATORY_PAGE = "IntegrasjonVerifikasjon"

_REASONS_SHOWN = 3
_COUNTED = (
    Outcome.PASSED,
    Outcome.ATTESTED,
    Outcome.WAIVED,
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.WAITING,
    Outcome.UNVERIFIED,
    Outcome.NOT_APPLICABLE,
)
_BUILT_IN = "innebygd"
_DRIVERS = {
    _BUILT_IN: "verktøyets innebygde bestillersystem",
    "http": "testkrok i bestillersystemet (http)",
    "python": "egen klasse (python)",
    "attended": "en tester som fikk beskjed (attended)",
}
_PARTS = {
    "skjema": "Skjema: bestilling, utfylling og retur",
    "signering": "Skjema som krever signatur",
    "pasientinitiert": "Pasientinitierte skjema",
    "paa_vegne_av": "Skjema på vegne av andre",
    "brev": "Brev til innbyggeren",
    "sms_epost": "SMS og e-post",
    "personvern": "Personverninnstillinger",
    "regler": "Distribusjonsregler",
}
_INTEGRATOR = Signature(
    party="For integratoren",
    field="Integrator",
    statement="Vi bekrefter at kjøringen er gjort mot miljøet og med versjonene som er oppgitt over.",
)
_HEMIT = Signature(
    party="For Hemit",
    field="Hemit",
    statement="Vi har sett på protokollen, og kontrollert ordrelisten mot miljøets egen logg.",
)
_SIGN_TRIAL = "Dette er en prøvekjøring. En underskrift her gjelder ikke som verifikasjon før produksjonssetting."
_SIGN_FORMAL = (
    "Feltene er til underskrift på papir eller elektronisk. ePROMs dokumentasjon beskriver ingen egen protokoll; "
    "formen er vår."
)
_AGAIN = (
    f"ePROMs dokumentasjon ({MANDATORY_PAGE}) sier at alle nye integrasjoner skal verifiseres i testmiljø. Vårt råd, "
    "som ikke står i dokumentasjonen: gjør verifiseringen på nytt ved ny versjon av bestillersystemet, ny versjon av "
    "ePROM og ny utgave av kontrakten."
)


def front(result: RunResult) -> Front:
    """The first page."""
    run = result.run
    sign, tone = CONCLUSIONS[result.conclusion]
    shown = result.incomplete_reasons[:_REASONS_SHOWN]
    more = len(result.incomplete_reasons) - len(shown)
    return Front(
        verdict=Cell(text=result.conclusion.norwegian, sign=sign, tone=tone, note="" if run.formal else "prøvekjøring"),
        meaning=one_line(explain(result), 900),
        reasons=(
            *(one_line(each, 240) for each in shown),
            *([f"… og {'én grunn' if more == 1 else f'{more} grunner'} til, se kapittel 8"] if more > 0 else []),
        ),
        see=tuple(Cell(text=text, to=to) for text, to in _see(result)),
        tally=_tally(result),
        groups=(
            ("Hva som ble verifisert", Facts(rows=tuple(_system(result)))),
            ("Hva det ble verifisert mot", Facts(rows=tuple(_eprom(result)))),
            ("Når, hvordan og av hvem", Facts(rows=tuple(_run(result)))),
        ),
        signatures=(_INTEGRATOR, _HEMIT),
        note=_SIGN_FORMAL if run.formal else _SIGN_TRIAL,
        again=_AGAIN,
    )


def _see(result: RunResult) -> Iterator[tuple[str, str]]:
    outcomes = {each.outcome for each in result.requirements}
    yield "punkt for punkt", "obligatorisk"
    if Outcome.FAILED in outcomes:
        yield "krav som er brutt", "brutt"
    if result.waivers:
        yield "dispensasjoner", "dispensasjoner"
    if not result.complete or not outcomes.isdisjoint(UNDECIDED):
        yield "det som ikke er verifisert", "ikke-verifisert"
    if result.attestations:
        yield "bekreftet av tester", "bekreftet"
    yield "ordreliste", "ordreliste"


def _tally(result: RunResult) -> Table:
    counts: dict[str, Sequence[Outcome]] = {
        "Obligatoriske krav": [each.outcome for each in result.requirements if each.mandatory],
        "Tilleggskrav": [each.outcome for each in result.requirements if not each.mandatory],
        "Scenarier": [each.outcome for each in result.scenarios],
    }
    seen = {outcome for outcomes in counts.values() for outcome in outcomes} | {Outcome.PASSED, Outcome.FAILED}
    kinds = [each for each in _COUNTED if each in seen]
    return Table(
        name="Antall av hvert utfall",
        columns=(("Hva", 1.6), ("I alt", 0.6), *((each.norwegian, 1.0) for each in kinds)),
        rows=tuple(_tally_row(name, outcomes, kinds) for name, outcomes in counts.items()),
        small=True,
    )


def _tally_row(name: str, outcomes: Sequence[Outcome], kinds: Sequence[Outcome]) -> Row:
    count = Counter(outcomes)
    tones = {kind: outcome_cell(kind).tone for kind in kinds}
    cells = (Cell(text=str(count[kind]), tone=tones[kind] if count[kind] else "plain") for kind in kinds)
    return Row(cells=(Cell(text=name), Cell(text=str(len(outcomes))), *cells))


def _system(result: RunResult) -> Iterator[tuple[str, Cell]]:
    system, rig = result.run.system, result.run.rig.bestillersystem
    built_in = rig == _BUILT_IN and not system.name
    yield "Bestillersystem", Cell(text="verktøyets innebygde bestillersystem") if built_in else stated(system.name)
    yield "Versjon", stated(system.version)
    yield "Eier", stated(system.owner)
    yield "Teknisk kontakt", stated(system.contact)
    yield "ApiBaseUrl", stated(system.api_base_url)
    driver = system.driver or rig
    yield "Styrt med", Cell(text=_DRIVERS[driver]) if driver in _DRIVERS else stated(driver)


def _eprom(result: RunResult) -> Iterator[tuple[str, Cell]]:
    run = result.run
    target = run.environment or run.rig.eprom
    known = environment_of(target)
    if target == SIMULATOR:
        yield "Miljø", Cell(text="verktøyets ePROM-simulator, ikke et miljø hos Hemit")
    elif known is not None:
        yield "Miljø", Cell(text={"test": "test", "qa": "QA"}.get(known.name, known.name))
        yield "Adresse", stated(api_base_of(target))
    else:
        yield "Miljø", stated(target)
    yield "ePROM-versjon", stated(run.eprom_version)
    yield "Kontrakt", Cell(text=f"utgave {one_line(run.edition, 40)}")
    yield "Dokumentasjon", Cell(text=f"slik den var {_date(run.documented)}" if run.documented else NOT_STATED)


def _run(result: RunResult) -> Iterator[tuple[str, Cell]]:
    run = result.run
    begun, ended = norwegian_time(run.started), norwegian_time(run.finished)
    same_day = begun[:10] == ended[:10]
    until = ended.partition(" kl. ")[2] if same_day else ended
    yield "Type", Cell(text="formell verifikasjon" if run.formal else "prøvekjøring")
    yield "Tidspunkt", Cell(text=f"{begun}–{until}, norsk tid" if same_day else f"{begun} – {until}, norsk tid")
    if run.resumed:
        yield "Tatt opp igjen", Cell(text=", ".join(norwegian_time(each) for each in run.resumed[:5]))
    yield "Utført av", stated(", ".join(filter(None, (run.performed_by, run.role))))
    yield "Kjøring", Cell(text=one_line(run.id, 80))
    yield "Verktøy", Cell(text=f"eprom-verify {one_line(run.versions.get('tool', ''), 40)}, frø {run.seed}")


def _date(text: str) -> str:
    """A date as it is written in Norway, when it is one."""
    try:
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    except ValueError:
        return one_line(text, 40)


def again() -> list[Block]:
    """When it has to be done again, and what of that is documented."""
    return [
        Paragraph(
            text=f"ePROMs dokumentasjon (siden {MANDATORY_PAGE}) sier at punktene i kapittel 4 skal verifiseres i "
            "testmiljø for alle nye integrasjoner. Når en verifisering må gjøres på nytt, står ikke i dokumentasjonen."
        ),
        Paragraph(text="Vårt råd er å gjøre den på nytt når noe av dette skjer:"),
        Bullets(
            items=(
                "Bestillersystemet kommer i ny versjon.",
                "ePROM kommer i ny versjon.",
                "Kontrakten kommer i ny utgave: ePROMs dokumentasjon beskriver andre meldinger enn før.",
            )
        ),
        Facts(rows=(("Kilde", Cell(text=f"{MANDATORY_PAGE}, NB", url=page_url(MANDATORY_PAGE))),)),
    ]


def profile(result: RunResult) -> list[Block]:
    """What the integration states that it uses."""
    stated_parts = result.run.profile
    if not stated_parts:
        return [Paragraph(text="Ingen profil er oppgitt: alle deler er regnet som brukt.")]
    intro = "Det integrasjonen ikke bruker, er «Ikke aktuelt», og teller verken for eller mot."
    rows = tuple(_profile_row(name, value) for name, value in _ordered(stated_parts))
    table = Table(name="Deler av ePROM som integrasjonen bruker", columns=(("Del", 2.0), ("Brukes", 1.0)), rows=rows)
    return [Paragraph(text=intro), table]


def _ordered(parts: Mapping[str, bool | str]) -> list[tuple[str, bool | str]]:
    known = list(_PARTS)
    return sorted(parts.items(), key=lambda each: known.index(each[0]) if each[0] in known else len(known))


def _profile_row(name: str, value: bool | str) -> Row:
    shown = Cell(text=one_line(value, 300) or NOT_STATED) if isinstance(value, str) else _used(used=value)
    return Row(cells=(Cell(text=_PARTS.get(name, one_line(name, 60))), shown))


def _used(*, used: bool) -> Cell:
    return Cell(text="brukes", sign="✓", tone="good") if used else Cell(text="brukes ikke", sign="–")


def persons(result: RunResult) -> list[Block]:
    """The test persons, by the names that the scenarios call them."""
    intro = Paragraph(text="Bare syntetiske personer er brukt. Et nummer som ikke er syntetisk, er skjult.")
    if not result.run.personas:
        return [Paragraph(text="Ingen testpersoner er oppgitt i resultatet.", mild=True)]
    rows = tuple(
        Row(cells=(Cell(text=one_line(name, 80)), Cell(text=one_line(number, 40), mono=True)))
        for name, number in result.run.personas.items()
    )
    columns = (("Person i scenariene", 2.0), ("Fødselsnummer", 1.0))
    return [intro, Table(name="Testpersoner", columns=columns, rows=rows, small=True)]


def first_sections(result: RunResult) -> list[Section]:
    """The sections before the requirements."""
    return [
        Section(anchor="paa-nytt", title="Når verifiseringen må gjøres på nytt", blocks=tuple(again())),
        Section(anchor="profil", title="Profil: hva integrasjonen bruker", blocks=tuple(profile(result))),
        Section(anchor="testpersoner", title="Testpersoner", blocks=tuple(persons(result))),
    ]
