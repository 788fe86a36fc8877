"""A run against the simulator as evidence: it answers for what nobody can make a real environment do."""

from __future__ import annotations

from collections.abc import Iterator

from eprom_verify.attesting.answering import OpenRun
from eprom_verify.attesting.document import Given
from eprom_verify.environments import SIMULATOR
from eprom_verify.errors import ONLY_SIMULATED, UsageProblem
from eprom_verify.persons import mask_ids
from eprom_verify.verdict import Answer, Outcome, RunInfo, ScenarioResult, day_in_norway
from eprom_verify.verdict.points import Point

_SAME_TOOL = ("tool", "tool_digest", "suite_digest")


def answers_by_simulator(run: OpenRun, simulated: OpenRun, *, tester: str, again: bool = False) -> list[Given]:
    """A yes to each point of a run that the simulator alone can show, and that the same system has shown there.

    What is left unanswered the other run did not show: it failed, or was not tried. `tester` answers for it; who has
    answered already is not spoken over, unless `again`.

    Raises:
        UsageProblem: the other run is not one against the simulator, not whole, or not of the same system, profile,
            edition and tool; or nobody answers for it.
    """
    if problem := next(_differences(run, simulated), ""):
        raise UsageProblem(
            f"Kjøringen {simulated.result.run.id} kan ikke svare for {run.result.run.id}: {problem}.",
            "Kjør det samme systemet mot simulatoren med det samme oppsettet, hele testsamlingen, og oppgi den mappen.",
        )
    name = (tester or run.result.run.performed_by).strip()
    if not name or mask_ids(name) != name:
        raise UsageProblem(
            "Svarene mangler navnet på den som svarer for dem." if not name else "Navnet har et fødselsnummer.",
            "Oppgi det med --tester, eller i oppsettet.",
        )
    return [
        Given(
            requirement=point.requirement.id,
            answer=Answer.APPROVED,
            words=_words(simulated.result.run, shown),
            tester=name,
            attachments=(),
        )
        for point in run.points
        if (again or point.requirement.id not in run.latest) and (shown := _shown(point, run, simulated))
    ]


def _differences(run: OpenRun, simulated: OpenRun) -> Iterator[str]:
    here, there = run.result.run, simulated.result.run
    if here.environment == SIMULATOR:
        yield f"{here.id} er selv en kjøring mot simulatoren"
    if there.environment != SIMULATOR:
        yield "den er ikke mot simulatoren"
    if there.profile.get("fault"):
        yield "den har en innlagt feil"
    if not simulated.result.complete:
        yield "den er ikke fullstendig"
    if "innebygd" in (here.system.driver, there.system.driver):
        yield "bestillersystemet er verktøyets eget i en av dem"
    if _named(here) != _named(there):
        yield "bestillersystemet er et annet, eller en annen versjon"
    if not (here.system.name and here.system.version):
        yield "navn og versjon på bestillersystemet står ikke i oppsettet"
    if (here.edition, here.profile) != (there.edition, there.profile):
        yield "utgaven av kontrakten eller profilen er en annen"
    if any(here.versions.get(name) != there.versions.get(name) for name in _SAME_TOOL):
        yield "den er gjort med et annet verktøy eller en annen testsamling"


def _named(run: RunInfo) -> tuple[str, str, str]:
    return run.system.name, run.system.version, run.system.owner


def _shown(point: Point, run: OpenRun, simulated: OpenRun) -> list[ScenarioResult]:
    """The scenarios there that show what is open here; none when anything is open that they do not show."""
    left = [
        each
        for each in run.result.scenarios
        if point.requirement.id in each.requirements and each.outcome is Outcome.UNVERIFIED
    ]
    there = {each.id: each for each in simulated.result.scenarios}
    decided = {each.id: each.outcome for each in simulated.result.requirements}
    whole = (
        decided.get(point.requirement.id) is Outcome.PASSED
        and all(each.reason == ONLY_SIMULATED for each in left)
        and all(each.id in there and there[each.id].outcome is Outcome.PASSED for each in left)
    )
    return [there[each.id] for each in left] if whole else []


def _words(there: RunInfo, shown: list[ScenarioResult]) -> str:
    count = "1 scenario" if len(shown) == 1 else f"{len(shown)} scenarier"
    day = f"{day_in_norway(there.started):%d.%m.%Y}"
    return (
        f"Vist mot simulatoren av det samme systemet ({there.system.name} {there.system.version}) i kjøring "
        f"{there.id}, {day}: {count} godkjent. Siste hash i journalen der: {there.journal_last_digest}."
    )
