"""What a run shows where it was started."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from eprom_verify.contract.sources import Source
from eprom_verify.errors import TO_BE_ANSWERED
from eprom_verify.report.terminal import REASON_LIMIT, Progress, inert, summary
from eprom_verify.verdict import (
    Catalogue,
    Cause,
    GherkinLine,
    Outcome,
    Requirement,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    ShownExchange,
    judge,
)

STARTED = datetime(2026, 5, 9, 8, 0, tzinfo=UTC)
RUN = RunInfo(
    id="20260509-080000",
    started=STARTED,
    finished=STARTED + timedelta(seconds=12.34),
    rig=Rig("innebygd", "simulator"),
    edition="2026-05",
    formal=False,
    seed=7,
    versions={"tool": "0.1.0", "python": "3.11.7"},
    profile={},
    journal_last_digest="0" * 64,
)
PATHS = {"report": Path("reports/siste/report.html"), "result": Path("reports/siste/result.json")}

ORDERING, FILLING, RETURN = "Bestilling av skjema", "Utfylling", "Retur av svar"

REASON = (
    "Forventet: notificationChannel er DigitalMailbox\nFikk: notificationChannel er Print\n"
    "Kilde: BestillingAvSkjemaV2, Distribusjon\nPrøv: Se om pasienten er reservert."
)


def _requirement(requirement_id: str, chapter: str, *, mandatory: bool = True, attended: bool = False) -> Requirement:
    return Requirement(
        id=requirement_id,
        title="Noe holder",
        chapter=chapter,
        mandatory=mandatory,
        judges=("eprom",),
        verified_by="attended" if attended else "machine",
        source=Source("IntegrasjonVerifikasjon", "Bestilling"),
    )


CATALOGUE = Catalogue(
    [
        _requirement("1.1", ORDERING),
        _requirement("1.3", ORDERING),
        _requirement("2.1", FILLING, attended=True),
        _requirement("2.2", FILLING, attended=True),
        _requirement("3.1", RETURN),
        _requirement("R-basic", ORDERING, mandatory=False),
    ],
    "a" * 64,
)


def _scenario(name: str, chapter: str, requirement: str, outcome: Outcome, *, reason: str = "") -> ScenarioResult:
    return ScenarioResult(
        id=name,
        name=name,
        feature="features/bestilling/kanal.feature",
        line=12,
        chapter=chapter,
        tags=(),
        requirements=(requirement,),
        outcome=outcome,
        reason=reason,
        duration_s=0.5,
    )


def _console(stream: TextIO, *, width: int = 80, terminal: bool = False) -> Console:
    # Its own environment: TERM, FORCE_COLOR, NO_COLOR and COLUMNS of whoever runs the tests must not count.
    return Console(
        file=stream,
        width=width,
        height=25,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        no_color=False,
        legacy_windows=False,
        _environ={"TERM": "xterm-256color"},
    )


def _shown(result: RunResult, *, width: int = 80, terminal: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    summary(result, PATHS, _console(stream, width=width, terminal=terminal))
    stream.flush()
    return raw.getvalue().decode(encoding)


def _judged(*scenarios: ScenarioResult, run: RunInfo = RUN, reasons: tuple[str, ...] = ()) -> RunResult:
    return judge(CATALOGUE, scenarios, run, incomplete_reasons=reasons)


SMALL = _judged(
    _scenario("Skjemaet blir bestilt", ORDERING, "1.1", Outcome.PASSED),
    replace(
        _scenario("Pasienten får skjemaet i digital postkasse", ORDERING, "1.3", Outcome.FAILED, reason=REASON),
        gherkin_line=GherkinLine(15, "Så er skjemaet sendt til digital postkasse"),
    ),
    _scenario("Reservert pasient får skjemaet på papir", ORDERING, "1.3", Outcome.FAILED, reason=REASON),
    _scenario("Svaret kommer fram", RETURN, "3.1", Outcome.ERROR, reason="Ingen kontakt med ePROM på 10,0 s."),
)

SMALL_SHOWN = """
eprom-verify · bestillersystem: innebygd · ePROM: simulator
Utgave 2026-05 · 4 scenarier på 12,3 s · kjøring 20260509-080000

Kapitler
  ✗ Bestilling av skjema: 1 av 3 godkjent, 2 ikke godkjent
  ? Utfylling:            ingen scenarier
  ! Retur av svar:        0 av 1 godkjent, 1 feil i kjøringen

Ikke godkjent (2)
  ✗ Pasienten får skjemaet i digital postkasse
    features/bestilling/kanal.feature:15  Så er skjemaet sendt til digital postkasse
    Krav:      1.3
    Forventet: notificationChannel er DigitalMailbox
    Fikk:      notificationChannel er Print
    Kilde:     BestillingAvSkjemaV2, Distribusjon
    Prøv:      Se om pasienten er reservert.
    Samme grunn i 1 til:
      Reservert pasient får skjemaet på papir  features/bestilling/kanal.feature:12

Feil i kjøringen (1): teller verken for eller mot integrasjonen
  ! Svaret kommer fram
    features/bestilling/kanal.feature:12
    Krav:      3.1
    Ingen kontakt med ePROM på 10,0 s.

Obligatoriske krav som ikke er avgjort (3 av 5)
  ! Feil i kjøringen: vist over (krav 3.1)
  ? Ikke verifisert: Må bekreftes av en tester; ingen bekreftelse er gitt. (krav 2.1, 2.2)

Krav
  Obligatoriske: 1 av 5 godkjent, 1 feil i kjøringen, 1 ikke godkjent, 2 ikke verifisert
  Tillegg:       0 av 1 godkjent, 1 ikke verifisert

=== Konklusjon: IKKE GODKJENT (prøvekjøring) ===
Obligatoriske krav er brutt: 1.3. En prøvekjøring viser hvor dere står, men gjelder ikke som verifikasjon.

Rapport:  reports/siste/report.html
Resultat: reports/siste/result.json
"""

ALL_GOOD = judge(
    Catalogue([_requirement("1.1", ORDERING), _requirement("2.1", FILLING, attended=True)], "a" * 64),
    [
        _scenario("Skjemaet blir bestilt", ORDERING, "1.1", Outcome.PASSED),
        _scenario("Skjemaet ser ut som ventet", FILLING, "2.1", Outcome.ATTESTED),
    ],
    replace(RUN, formal=True, finished=STARTED + timedelta(seconds=119.7)),
    incomplete_reasons=[],
)

ALL_GOOD_SHOWN = """
eprom-verify · bestillersystem: innebygd · ePROM: simulator
Utgave 2026-05 · 2 scenarier på 2 min 0 s · kjøring 20260509-080000

Kapitler
  ✓ Bestilling av skjema: 1 av 1 godkjent
  ✓ Utfylling:            0 av 1 godkjent, 1 bekreftet av tester

Krav
  Obligatoriske: 1 av 2 godkjent, 1 bekreftet av tester

=== Konklusjon: GODKJENT ===
Alle obligatoriske krav som er aktuelle, er oppfylt.

Rapport:  reports/siste/report.html
Resultat: reports/siste/result.json
"""


@pytest.mark.parametrize(("result", "shown"), [(SMALL, SMALL_SHOWN), (ALL_GOOD, ALL_GOOD_SHOWN)])
def test_plain_summary(result: RunResult, shown: str) -> None:
    assert _shown(result) == shown


def test_incomplete_reasons_shown() -> None:
    result = _judged(_scenario("Skjemaet blir bestilt", ORDERING, "1.1", Outcome.PASSED), reasons=("Utvalg: -k brev",))
    lines = _shown(result).splitlines()
    conclusion = lines.index("=== Konklusjon: UFULLSTENDIG (prøvekjøring) ===")
    assert lines[conclusion + 1].startswith("Kjøringen gir ikke svar: 4 av 5 obligatoriske krav er ikke avgjort.")
    assert lines[conclusion + 2] == "  - Utvalg: -k brev"


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_terminal_lines_fit(width: int) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", _shown(SMALL, width=width, terminal=True))
    assert max(len(line) for line in shown.splitlines()) == width, "the banner fills the line, nothing passes it"
    assert any(line.strip() == "Konklusjon: IKKE GODKJENT (prøvekjøring)" for line in shown.splitlines())


def test_terminal_keeps_every_word() -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", _shown(SMALL, terminal=True)).split()
    assert plain == SMALL_SHOWN.replace("=== ", "").replace(" ===", "").split()


def test_conclusion_in_colour() -> None:
    assert "\x1b[1;37;41m Konklusjon: IKKE GODKJENT" in _shown(SMALL, terminal=True)
    assert "\x1b[1;37;42m Konklusjon: GODKJENT" in _shown(ALL_GOOD, terminal=True)


HOSTILE = "\x1b[2J\x1b]0;eid\x07[bold red]FAKE[/] [link=x]:smile: \u202egodkjent\u2066 \x9b31m \u2028 \r=== Godkjent"


@pytest.mark.parametrize("terminal", [False, True])
def test_hostile_text_is_inert(terminal: bool) -> None:
    scenario = _scenario("navn " + HOSTILE, "kapittel " + HOSTILE, "1.1", Outcome.FAILED, reason="Fikk: " + HOSTILE)
    other = _scenario("venter", ORDERING, "1.3", Outcome.WAITING, reason=HOSTILE)
    shown = _shown(
        _judged(replace(scenario, gherkin_line=GherkinLine(3, HOSTILE)), other), terminal=terminal, width=300
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066]", re.sub(r"\x1b\[[0-9;]*m", "", shown))
    assert "\x1b[2J" not in shown
    assert "␛[2J" in shown
    assert "[bold red]FAKE[/] [link=x]:smile:" in shown


def test_long_answer_keeps_its_source() -> None:
    reason = "Forventet: kort\nFikk: " + "x" * 100_000 + "\nKilde: Siden, Delen\nPrøv: noe annet"
    shown = _shown(_judged(_scenario("a", ORDERING, "1.1", Outcome.FAILED, reason=reason)))
    assert "x … (forkortet fra 100000 tegn)\n    Kilde:     Siden, Delen\n    Prøv:      noe annet\n" in shown
    assert shown.count("x" * 400) == 1
    assert shown.count("x" * 501) == 0


def test_many_lines_are_cut() -> None:
    shown = _shown(_judged(_scenario("a", ORDERING, "1.1", Outcome.ERROR, reason="\n".join("abcdefghijklmnop"))))
    assert "    h\n    … (8 linjer til)\n" in shown


@given(st.lists(st.sampled_from(["Fikk: ", "Forventet: ", "Kilde: ", "\n", "\r\n", "x" * 900, "[/]"]), max_size=40))
def test_reason_stays_within_limit(pieces: list[str]) -> None:
    shown = _shown(_judged(_scenario("a", ORDERING, "1.1", Outcome.FAILED, reason="".join(pieces))))
    block = shown.partition("Krav:")[2].partition("\n\nObligatoriske krav som")[0]
    assert len(block) < REASON_LIMIT + 1_000, "the labels, margins and notes of shortening come on top"


def test_many_alike_are_gathered() -> None:
    many = [_scenario(f"nummer {n}", ORDERING, "1.1", Outcome.ERROR, reason="Ingen kontakt.") for n in range(40)]
    shown = _shown(_judged(*many))
    assert shown.count("Ingen kontakt.") == 1
    assert "Samme grunn i 39 til:\n      nummer 1  features" in shown
    assert "      nummer 5  features/bestilling/kanal.feature:12\n      … og 34 andre; se rapporten.\n" in shown


def test_waiting_is_told_of_once() -> None:
    """Each waits for an order of its own: `status` tells of them one by one."""
    one, other = (
        _scenario(name, ORDERING, requirement, Outcome.WAITING, reason=f"Venter på status for bestillingen {name}.")
        for name, requirement in (("a", "1.1"), ("b", "1.3"))
    )
    shown = " ".join(_shown(_judged(one, other)).split())
    assert (
        "Venter: noe fra ePROM er ikke kommet ennå; eprom-verify status viser hva, og til når. (krav 1.1, 1.3)" in shown
    )
    assert "for bestillingen" not in shown


@pytest.mark.parametrize(("count", "told"), [(2, "(og én grunn til)"), (3, "(og 2 grunner til)")])
def test_more_reasons_are_counted(count: int, told: str) -> None:
    scenarios = [_scenario(str(n), ORDERING, "1.1", Outcome.UNVERIFIED, reason=f"Grunn {n}.") for n in range(count)]
    assert told in _shown(_judged(*scenarios))


def test_forms_for_a_tester_are_told_of_once() -> None:
    """Which they are, `status` tells; here it is enough that there are some."""
    forms = [f"{TO_BE_ANSWERED} et skjema, bestilt for «person {number}»." for number in range(3)]
    scenarios = [
        _scenario(str(number), ORDERING, "1.1", Outcome.UNVERIFIED, reason=form) for number, form in enumerate(forms)
    ]
    shown = _shown(_judged(*(replace(each, by_person=True) for each in scenarios)))
    assert f"? Ikke verifisert: {TO_BE_ANSWERED} skjemaet; eprom-verify status viser hvilke det er. (krav 1.1)" in shown
    assert "3 scenarier kan avgjøres når en tester svarer på skjema som pasienten" in shown
    assert "(3 slag)" in shown
    assert "person 1" not in shown


def test_undecided_are_grouped() -> None:
    catalogue = Catalogue([_requirement(f"K-{number}", ORDERING) for number in range(30)], "a" * 64)
    shown = _shown(judge(catalogue, [], RUN, incomplete_reasons=[]))
    assert (
        "Obligatoriske krav som ikke er avgjort (30 av 30)\n"
        "  ? Ikke verifisert: Ingen scenarier i denne versjonen av verktøyet dekker dette kravet. "
        "(krav K-0, K-1, K-2, K-3, K-4, K-5, K-6, K-7 og 22 til)\n\n"
    ) in shown


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("terminal", [False, True])
def test_poor_encoding_does_not_crash(encoding: str, terminal: bool) -> None:
    shown = _shown(SMALL, encoding=encoding, terminal=terminal)
    assert "x Bestilling av skjema" in re.sub(r"\x1b\[[0-9;]*m", "", shown)


@given(st.text())
def test_inert_leaves_no_control(text: str) -> None:
    assert len(inert(text)) == len(text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", inert(text))
    assert inert("Blåbærsyltetøy – «ja» ✓ 你好\n") == "Blåbærsyltetøy – «ja» ✓ 你好\n"


class _Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_plain_progress() -> None:
    stream = io.StringIO()
    with Progress(_console(stream), {ORDERING: 2, RETURN: 2, FILLING: 3, "Brev": 1}) as progress:
        progress.scenario_done(ORDERING, Outcome.PASSED, 1.0)
        assert stream.getvalue() == ""
        progress.scenario_done(RETURN, Outcome.PASSED, 60.0)
        progress.scenario_done(ORDERING, Outcome.PASSED, 1.14)
        assert stream.getvalue() == "Bestilling av skjema: 2 av 2 godkjent (2,1 s)\n"
        progress.scenario_done(RETURN, Outcome.FAILED, 5.0)
        progress.scenario_done(FILLING, Outcome.PASSED, 0.04)
    assert stream.getvalue().splitlines()[1:] == [
        "Retur av svar: 1 av 2 godkjent, 1 ikke godkjent (1 min 5 s)",
        "Utfylling: stanset etter 1 av 3; 1 av 1 godkjent (0,0 s)",
    ]


def test_progress_in_given_order() -> None:
    stream = io.StringIO()
    with Progress(_console(stream), {ORDERING: 2, RETURN: 1, FILLING: 1}) as progress:
        progress.scenario_done(RETURN, Outcome.PASSED, 1.0)
        progress.scenario_done(ORDERING, Outcome.PASSED, 1.0)
        assert stream.getvalue() == ""
        progress.scenario_done(ORDERING, Outcome.PASSED, 1.0)
        assert [line.partition(":")[0] for line in stream.getvalue().splitlines()] == [ORDERING, RETURN]
        progress.scenario_done(FILLING, Outcome.PASSED, 1.0)
    assert len(stream.getvalue().splitlines()) == 3


def test_forced_colour_gets_no_bar() -> None:
    stream = io.StringIO()
    with Progress(_console(stream, terminal=True), {ORDERING: 1}) as progress:
        progress.scenario_done(ORDERING, Outcome.PASSED, 2.1)
    assert stream.getvalue() == "Bestilling av skjema: 1 av 1 godkjent (2,1 s)\n"


def test_unknown_chapter_is_counted() -> None:
    with Progress(_console(io.StringIO()), {}) as progress:
        progress.scenario_done("Nytt", Outcome.PASSED, 1.0)


def test_live_progress_clears_itself() -> None:
    screen = _Screen()
    console = _console(screen, terminal=True, width=120)
    with Progress(console, {ORDERING: 2}) as progress:
        progress.scenario_done(ORDERING, Outcome.PASSED, 1.0)
        progress.scenario_done("Bestilling [bold]\x1b[2J", Outcome.FAILED, 1.0)
    shown = screen.getvalue()
    assert "2/2 · ✓ 1  ✗ 1 ·" in re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "Bestilling [bold]␛[2J" in shown
    assert "\x1b[2J" not in shown
    assert shown.endswith("\x1b[2K")


SHOWN = ShownExchange(
    id="x2",
    sender="bestillersystem",
    method="POST",
    url="https://proms.hemitdev.org/promswebapi/api/v2/formorder",
    status=400,
    failure=None,
    at="2026-05-09T08:00:01.250Z",
    decisive=True,
)


def _explained() -> RunResult:
    """Failures whose requirements are like named faults, two of them alike."""
    key = Cause(fault="key", end="eprom", title="Nøkkelen er en annen", remedy="Send nøkkelen.", likeness=1)
    rule = Cause(fault="rule", end="eprom", title="Regelen er en annen", remedy="Send regelen.", likeness=0.8)
    causes = {"1.1": (key, rule), "1.3": (key,), "3.1": (key, rule)}
    failures = [
        replace(
            _scenario(name, ORDERING, name, Outcome.FAILED, reason=f"Fikk: {name}"), broken_by="eprom", shown_by=shown
        )
        for name, shown in [
            ("1.1", (SHOWN, SHOWN)),
            ("1.3", (replace(SHOWN, decisive=False),)),
            ("3.1", ()),
            ("R-basic", ()),
        ]
    ]
    result = _judged(*failures)
    requirements = (replace(each, causes=causes.get(each.id, ())) for each in result.requirements)
    return replace(result, requirements=tuple(requirements))


EXPLAINED = """
Ikke godkjent (4)
  ✗ 1.1
    features/bestilling/kanal.feature:12
    Krav:      1.1
    Fikk:      1.1
    Melding:   POST /promswebapi/api/v2/formorder → 400 (2026-05-09T08:00:01.250Z, id x2) (og 1 til)
    Ligner på: Nøkkelen er en annen (key)
    Endre:     Send nøkkelen.
    Eller:     Regelen er en annen (rule)
    Endre:     Send regelen.

  ✗ 1.3
    features/bestilling/kanal.feature:12
    Krav:      1.3
    Fikk:      1.3
    Sist sett: POST /promswebapi/api/v2/formorder → 400 (2026-05-09T08:00:01.250Z, id x2)
    Ligner på: key (se over)

  ✗ 3.1
    features/bestilling/kanal.feature:12
    Krav:      3.1
    Fikk:      3.1
    Ligner på: key eller rule (se over)

  ✗ R-basic
    features/bestilling/kanal.feature:12
    Krav:      R-basic
    Fikk:      R-basic

"""


def test_likely_causes_told_once() -> None:
    assert EXPLAINED in _shown(_explained())
