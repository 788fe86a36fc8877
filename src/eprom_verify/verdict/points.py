"""The points that a person must look at, by `bemannet.toml`: what to do, and what is to be seen."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eprom_verify.errors import UsageProblem
from eprom_verify.verdict.requirements import Catalogue, Requirement
from eprom_verify.verdict.result import RunResult, ScenarioResult, for_a_person

_LOOK = "Se i bestillersystemet hva det har registrert."


@dataclass(frozen=True, kw_only=True)
class Point:
    """What a tester is asked of one requirement: `steps` to take, and `seen`, what must be seen then."""

    requirement: Requirement
    steps: tuple[str, ...]
    seen: str


def load_points(path: Path, catalogue: Catalogue) -> dict[str, Point]:
    """The points in this file, by the requirement that they are for.

    Raises:
        UsageProblem: the file cannot be read, or speaks of a requirement that nobody knows.
    """
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))["punkt"]
        return {
            each["krav"]: Point(requirement=catalogue[each["krav"]], steps=tuple(each["gjor"]), seen=each["ser"])
            for each in listed
        }
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageProblem(f"Punktene i {path} kan ikke leses ({exc}).", "Rett filen og kjør på nytt.") from exc


def points_of(result: RunResult, catalogue: Catalogue, known: dict[str, Point]) -> list[Point]:
    """What a tester may be asked of this run, in the catalogue's order: the attended points that apply, and what
    nobody but a person could see."""
    scenarios = {each.id: each for each in result.scenarios}
    found = []
    for each in result.requirements:
        shown = [scenarios[name] for name in each.scenarios if name in scenarios]
        requirement = catalogue[each.id]
        answered = any(given.requirement == each.id for given in result.attestations)
        if (answered or each.outcome.value == "unverified") and for_a_person(requirement, shown):
            found.append(known.get(each.id) or _from(requirement, shown))
    return found


def _from(requirement: Requirement, scenarios: Sequence[ScenarioResult]) -> Point:
    """The point of a requirement that the machine could not see the last part of."""
    steps = tuple(f"Scenarioet «{each.name}»: {each.reason}" for each in scenarios if each.by_person)
    return Point(requirement=requirement, steps=(*steps, _LOOK), seen=f"{requirement.title}.")
