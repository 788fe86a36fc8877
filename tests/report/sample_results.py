"""A result with waivers of every kind, for the tests of what reports tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from eprom_verify.contract.sources import Source
from eprom_verify.verdict import (
    Catalogue,
    GherkinLine,
    Outcome,
    Requirement,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    Waiver,
    judge,
)

STARTED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TODAY = STARTED.date()
RUN = RunInfo(
    id="en-kjoring",
    started=STARTED,
    finished=STARTED + timedelta(seconds=12),
    rig=Rig("innebygd", "simulator"),
    edition="2026-05",
    formal=False,
    seed=7,
    versions={"tool": "0.1.0", "python": "3.11.7", "tool_digest": "b" * 64, "suite_digest": "c" * 64},
    profile={},
    journal_last_digest="0" * 64,
)
REASON = "Forventet: notificationChannel er DigitalMailbox\nFikk: notificationChannel er Print"


def requirement(name: str, *, mandatory: bool = True) -> Requirement:
    return Requirement(
        id=name,
        title=f"Noe holder i {name}",
        chapter="Bestilling",
        mandatory=mandatory,
        judges=("eprom",),
        verified_by="machine",
        source=Source("IntegrasjonVerifikasjon", "Bestilling"),
    )


def scenario(name: str, outcome: Outcome, *requirements: str, reason: str = "") -> ScenarioResult:
    return ScenarioResult(
        id=name,
        name=name,
        feature="features/bestilling/kanal.feature",
        line=3,
        chapter="Bestilling",
        tags=(),
        requirements=requirements,
        outcome=outcome,
        reason=reason,
        duration_s=0.1,
        gherkin_line=None if outcome is Outcome.PASSED else GherkinLine(5, "Så skjer noe"),
    )


def waiver(name: str, expires: date = TODAY, *, reason: str = "Avtalt", owner: str = "Kari, leder") -> Waiver:
    return Waiver(requirement=name, reason=reason, owner=owner, expires=expires)


def judged(*scenarios: ScenarioResult, waivers: tuple[Waiver, ...] = (), run: RunInfo = RUN) -> RunResult:
    names = dict.fromkeys([name for each in scenarios for name in each.requirements] + [w.requirement for w in waivers])
    catalogue = Catalogue([requirement(name, mandatory=not name.startswith("T-")) for name in names], "a" * 64)
    return judge(catalogue, scenarios, run, incomplete_reasons=[], waivers=waivers)


PASSED = scenario("Det går bra", Outcome.PASSED, "1.1")
WAIVED = judged(
    PASSED,
    scenario("Feil kanal", Outcome.FAILED, "1.2", reason=REASON),
    waivers=(waiver("1.2"), waiver("2.1")),
)
"""Approved: one waiver covers what failed, the other what no scenario proves."""

BROKEN = judged(
    PASSED,
    scenario("Feil kanal", Outcome.FAILED, "1.2", reason=REASON),
    scenario("Nettet er nede", Outcome.ERROR, "1.3", reason="Ingen forbindelse"),
    waivers=(waiver("1.1"), waiver("1.2", TODAY - timedelta(days=1)), waiver("1.3")),
)
"""Rejected: the first waiver is not needed and the second has expired; the third cannot cover an error."""

FORMAL = replace(RUN, formal=True)
