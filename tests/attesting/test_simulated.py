"""A run of the same system against the simulator answers for what no environment can be made to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from eprom_verify.attesting.answering import OpenRun
from eprom_verify.attesting.simulated import answers_by_simulator
from eprom_verify.errors import UsageProblem
from eprom_verify.verdict import (
    Attestation,
    Catalogue,
    Outcome,
    Requirement,
    RunInfo,
    RunResult,
    ScenarioResult,
    VerifiedSystem,
    judge,
    read_result,
)
from eprom_verify.verdict.points import points_of
from tests.attesting.test_attest import call
from tests.examples.node_system import HOOK_PATH
from tests.report.sample_results import RUN, STARTED, requirement
from tests.stand_in import StandIn, stand_in

ONLY_THERE = "Kan bare prøves mot simulatoren."
SYSTEM = VerifiedSystem(name="Hjerteregisteret", version="2.1", owner="Sykehuset", driver="testkrok")
THERE = replace(RUN, id="simulert", environment="simulator", system=SYSTEM, journal_last_digest="1" * 64)
HERE = replace(RUN, id="formell", environment="qa", system=replace(SYSTEM, api_base_url="https://a.no"), formal=True)
KNOWN: list[Requirement] = [replace(requirement(f"1.{n}"), judges=("bestillersystem",)) for n in range(1, 5)]


def scenario(name: str, of: str, outcome: Outcome, reason: str = "") -> ScenarioResult:
    return ScenarioResult(
        id=name,
        name=name,
        feature="a.feature",
        line=3,
        chapter="Bestilling",
        tags=("bestillersystem",),
        requirements=(of,),
        outcome=outcome,
        reason=reason,
        duration_s=0.1,
        by_person=outcome is Outcome.UNVERIFIED,
    )


def opened(
    run: RunInfo, outcomes: Mapping[str, tuple[str, Outcome, str]], *, incomplete: str = "", answered: str = ""
) -> OpenRun:
    catalogue = Catalogue(KNOWN, "a" * 64)
    scenarios = [scenario(name, *told) for name, told in outcomes.items()]
    result: RunResult = judge(catalogue, scenarios, run, incomplete_reasons=[incomplete] if incomplete else [])
    given = [cast(Attestation, SimpleNamespace(requirement=answered))] if answered else []
    recorded: Any = SimpleNamespace(attestations=given)
    return OpenRun(Path(), catalogue, recorded, result, points_of(result, catalogue, {}))


def here(**more: Any) -> OpenRun:
    """1.1 and 1.2 are open for want of a simulator, 1.3 for another reason as well, and 1.4 is shown."""
    return opened(
        HERE,
        {
            "a": ("1.1", Outcome.UNVERIFIED, ONLY_THERE),
            "b": ("1.1", Outcome.PASSED, ""),
            "c": ("1.2", Outcome.UNVERIFIED, ONLY_THERE),
            "d": ("1.3", Outcome.UNVERIFIED, ONLY_THERE),
            "e": ("1.3", Outcome.UNVERIFIED, "Mot et testmiljø må en tester svare."),
            "f": ("1.4", Outcome.PASSED, ""),
        },
        **more,
    )


def there(run: RunInfo = THERE, *, a: Outcome = Outcome.PASSED, b: Outcome = Outcome.PASSED, **more: Any) -> OpenRun:
    shown = {"a": ("1.1", a, ""), "b": ("1.1", b, ""), "f": ("1.4", Outcome.PASSED, "")}
    shown |= {name: (of, Outcome.PASSED, "") for name, of in (("c", "1.2"), ("d", "1.3"), ("e", "1.3"))}
    return opened(run, shown, **more)


def answered_by(run: OpenRun, simulated: OpenRun, **more: Any) -> list[str]:
    return [each.requirement for each in answers_by_simulator(run, simulated, **{"tester": "Kari Tester"} | more)]


def test_answered_where_it_was_shown() -> None:
    first, second = answers_by_simulator(here(), there(), tester=" Kari Tester ")
    assert (first.requirement, second.requirement) == ("1.1", "1.2")
    assert (first.answer, first.tester, first.attachments) == ("godkjent", "Kari Tester", ())
    day = f"{STARTED:%d.%m.%Y}"
    assert first.words == (
        f"Vist mot simulatoren av det samme systemet (Hjerteregisteret 2.1) i kjøring simulert, {day}: 1 scenario "
        f"godkjent. Siste hash i journalen der: {'1' * 64}."
    )


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERROR, Outcome.UNVERIFIED, Outcome.NOT_APPLICABLE])
@pytest.mark.parametrize("which", ["a", "b"])
def test_not_answered_where_it_was_not(outcome: Outcome, which: str) -> None:
    """Nor when what failed there is something that passed here."""
    answered = answered_by(here(), there(**{which: outcome}))
    if (which, outcome) == ("b", Outcome.NOT_APPLICABLE):
        assert answered == ["1.1", "1.2"]
    else:
        assert answered == ["1.2"]


def test_scenario_that_was_not_run_there() -> None:
    shown = {"b": ("1.1", Outcome.PASSED, ""), "c": ("1.2", Outcome.PASSED, "")}
    assert answered_by(here(), opened(THERE, shown)) == ["1.2"]


def test_nobody_is_spoken_over() -> None:
    assert answered_by(here(answered="1.1"), there()) == ["1.2"]
    assert answered_by(here(answered="1.1"), there(), again=True) == ["1.1", "1.2"]


OTHERS: dict[str, tuple[Callable[[], tuple[OpenRun, OpenRun]], str]] = {
    "run against the simulator": (lambda: (opened(THERE, {}), there()), "simulert er selv en kjøring mot simulatoren"),
    "not against the simulator": (lambda: (here(), there(HERE)), "den er ikke mot simulatoren"),
    "planted fault": (
        lambda: (here(), there(replace(THERE, profile={"fault": "x"}))),
        "den har en innlagt feil",
    ),
    "not whole": (lambda: (here(), there(incomplete="Avbrutt.")), "den er ikke fullstendig"),
    "built-in there, under the same name": (
        lambda: (here(), there(replace(THERE, system=replace(SYSTEM, driver="innebygd")))),
        "bestillersystemet er verktøyets eget i en av dem",
    ),
    "name": (
        lambda: (here(), there(replace(THERE, system=replace(SYSTEM, name="Et annet")))),
        "bestillersystemet er et annet, eller en annen versjon",
    ),
    "version": (
        lambda: (here(), there(replace(THERE, system=replace(SYSTEM, version="2.0")))),
        "bestillersystemet er et annet, eller en annen versjon",
    ),
    "owner": (
        lambda: (here(), there(replace(THERE, system=replace(SYSTEM, owner="Et annet sykehus")))),
        "bestillersystemet er et annet, eller en annen versjon",
    ),
    "version not told": (
        lambda: tuple(
            replace(each, result=replace(each.result, run=replace(each.result.run, system=VerifiedSystem(name="Noe"))))
            for each in (here(), there())
        ),  # type: ignore[return-value]
        "navn og versjon på bestillersystemet står ikke i oppsettet",
    ),
    "edition": (lambda: (here(), there(replace(THERE, edition="2023-10"))), "utgaven av kontrakten eller profilen"),
    "profile": (
        lambda: (here(), there(replace(THERE, profile={"brev": False}))),
        "utgaven av kontrakten eller profilen er en annen",
    ),
    "suite": (
        lambda: (here(), there(replace(THERE, versions=dict(THERE.versions) | {"suite_digest": "d" * 64}))),
        "den er gjort med et annet verktøy eller en annen testsamling",
    ),
    "tool": (
        lambda: (here(), there(replace(THERE, versions=dict(THERE.versions) | {"tool_digest": "d" * 64}))),
        "den er gjort med et annet verktøy eller en annen testsamling",
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_run_refused(kind: str) -> None:
    made, told = OTHERS[kind]
    run, simulated = made()
    with pytest.raises(UsageProblem) as caught:
        answered_by(run, simulated)
    assert told in caught.value.problem
    assert "Kjør det samme systemet mot simulatoren" in caught.value.remedy


@pytest.mark.parametrize(("tester", "told"), [("", "mangler navnet"), ("  ", "mangler navnet")])
def test_somebody_answers_for_it(tester: str, told: str) -> None:
    with pytest.raises(UsageProblem, match=told):
        answered_by(here(), there(), tester=tester)


def test_who_ran_it_answers() -> None:
    run = here()
    run = replace(run, result=replace(run.result, run=replace(run.result.run, performed_by="Ola Kjører")))
    [first, *_] = answers_by_simulator(run, there(), tester="")
    assert first.tester == "Ola Kjører"


def test_one_way_at_a_time(tmp_path: Path) -> None:
    done = call(tmp_path, "attest", "--file", "a.toml", "--simulated", "reports/x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "eprom-verify: --file, --template og --simulated kan ikke brukes sammen. Bruk én om gangen.\n"
    )


def test_name_without_its_run(tmp_path: Path) -> None:
    done = call(tmp_path, "attest", "--tester", "Kari Tester")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "eprom-verify: --tester brukes bare sammen med --simulated. I en fil står navnet som «tester».\n"
    )


def run_of(made: StandIn, *words: str, timeout_s: float = 900) -> Path:
    """The folder of a new run."""
    before = {*(made.folder / "reports").glob("2*")}
    done = made.do("run", "--no-html", "--no-allure", *words, timeout_s=timeout_s)
    assert done.returncode == 3, done.stdout[-2000:] + done.stderr
    [folder] = {*(made.folder / "reports").glob("2*")} - before
    return folder


def test_same_system_against_both(tmp_path: Path) -> None:
    """The whole suite against the simulator, and then a part of it against an environment, which that answers for."""
    with stand_in(tmp_path) as made:
        hook = {"driver": "http", "hook_url": made.system + HOOK_PATH, "versjon": "2.1"}
        made.configure(**hook)
        in_environment = made.config.read_text("utf-8")
        # Where the bestillersystem reaches the tap in the environment, it finds the simulator now.
        own = {"navn": "Eksempelregisteret", "api_base_url": made.system, **hook}
        lines = ["[bestillersystem]", *(f"{name} = {json.dumps(value)}" for name, value in own.items())]
        made.config.write_text("\n".join([*lines, "[simulator]", f"port = {made.tap}"]), encoding="utf-8")
        simulated = run_of(made)
        assert read_result(simulated / "result.json").complete

        made.config.write_text(in_environment, encoding="utf-8")
        run = run_of(made, "-k", "flere ganger")
        left = {each.id for each in read_result(run / "result.json").requirements if each.outcome == "unverified"}
        assert {"B-07", "R-21", "PI-23"} <= left
        words = ("attest", str(run), "--simulated", str(simulated), "--tester", "Kari Tester")
        done = made.do(*words)
        again = made.do(*words)
    assert (done.returncode, done.stderr) == (3, ""), done.stdout
    assert "Krav B-07: Godkjent, sier Kari Tester.\n" in done.stdout
    assert again.stdout.startswith("0 nye svar.")
    after = {each.id: each for each in read_result(run / "result.json").requirements}
    assert {after[name].outcome for name in ("B-07", "R-21", "PI-23")} == {Outcome.ATTESTED}
    digest = read_result(simulated / "result.json").run.journal_last_digest
    assert re.search(rf"Eksempelregisteret 2\.1\) i kjøring {simulated.name}, .*{digest}\.$", after["B-07"].reason)
