"""What a collected test is as a scenario of a feature file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import pytest
from pytest_bdd.parser import ScenarioTemplate
from pytest_bdd.scenario import scenario_wrapper_template_registry

from eprom_verify.errors import NotApplicable, Undecided, Waiting
from eprom_verify.locations import features_dir
from eprom_verify.rig import Rig
from eprom_verify.verdict import GherkinLine, Outcome, ShownExchange
from eprom_verify.verdict.requirements import End

REQUIREMENT_TAG = "krav-"
LAST = "til-slutt"
ONLY_SIMULATOR = "bare-simulator"
BY_TESTER = "svar-av-tester"
PARTIES = ("bestillersystem", "eprom")
NAMES = {"bestillersystem": "bestillersystemet", "eprom": "ePROM", "eprom-verify": "verktøyet", "pasient": "pasienten"}
"""What the ends, and the harness itself, are called in Norwegian sentences."""
KNOWN_TAGS = {
    "bestillersystem": "scenariet stiller krav til bestillersystemet",
    "eprom": "scenariet stiller krav til ePROM",
    ONLY_SIMULATOR: "kan bare prøves mot simulatoren",
    BY_TESTER: "mot et testmiljø må en tester svare på skjemaet",
    "kritisk": "må virke for at integrasjonen skal kunne brukes",
    "til-slutt": "ser på hele kjøringen, og går etter alt annet",
}


@dataclass
class ScenarioRun:
    """One scenario (or one row of an outline) and what has happened to it so far.

    `feature` is the path below the features folder, with forward slashes. `step` is the step that was last begun;
    `undecided` the reason, when the scenario says neither yes nor no, and `broken` when the contract was broken;
    `broken_by` is then the end that broke it, and `shown_by` the exchanges that show it. `by_person` says that a tester
    can see what nobody else could tell, and `stopped_by_network` that a call came to no answer of ePROM's own.
    """

    template: ScenarioTemplate
    feature: str
    row: dict[str, str]
    requirements: tuple[str, ...]
    tags: tuple[str, ...]
    step: GherkinLine | None = None
    undecided: tuple[Outcome, str] | None = None
    broken: str = ""
    exchanges: list[str] = field(default_factory=list)
    broken_by: End | None = None
    shown_by: tuple[ShownExchange, ...] = ()
    by_person: bool = False
    stopped_by_network: bool = False

    def begin_again(self) -> None:
        """Forget how far it came: it is run once more."""
        self.step, self.undecided, self.broken = None, None, ""
        self.broken_by, self.shown_by, self.by_person = None, (), False
        self.stopped_by_network = False

    @property
    def name(self) -> str:
        """The scenario's title, with the row of the outline in brackets."""
        return f"{self.template.name} [{', '.join(self.row.values())}]" if self.row else str(self.template.name)

    @property
    def id(self) -> str:
        """Feature file and title: the same from run to run."""
        return f"{self.feature}::{self.name}"

    def matches(self, text: str) -> bool:
        """Whether the text is a requirement of this scenario, or stands in its title, rule or feature."""
        if text.removeprefix("@").removeprefix(REQUIREMENT_TAG) in self.requirements:
            return True
        places = (self.name, self.rule, self.feature_name, self.feature)
        return any(text.casefold() in place.casefold() for place in places)

    @property
    def parties(self) -> tuple[str, ...]:
        """The ends that the scenario judges."""
        return tuple(each for each in PARTIES if each in self.tags)

    @cached_property
    def rule(self) -> str:
        """The title of the `Regel` that the scenario stands under, or ""."""
        return self.template.rule.name if self.template.rule else ""

    @property
    def feature_name(self) -> str:
        """The title of the feature."""
        return str(self.template.feature.name or "")


RUN = pytest.StashKey[ScenarioRun]()
OPEN_RIG = pytest.StashKey[Callable[[], Rig]]()
"""Set by `eprom-verify run`: gives the rig that it has opened itself."""
UNUSED = pytest.StashKey[Mapping[str, str]]()
"""Set with the rig: the requirements that do not concern the integration, by its profile, and why."""


def scenario_of(item: pytest.Item) -> ScenarioRun | None:
    """The scenario that a collected test is, or None when it is none."""
    if RUN in item.stash:
        return item.stash[RUN]
    function = getattr(item, "function", None)
    template = scenario_wrapper_template_registry.get(function) if function is not None else None
    if template is None:
        return None
    callspec = getattr(item, "callspec", None)
    row = dict(callspec.params.get("_pytest_bdd_example", {})) if callspec else {}
    tags = set(template.tags) | set(template.feature.tags) | (set(template.rule.tags) if template.rule else set())
    run = ScenarioRun(
        template=template,
        feature=_below(features_dir(), template.feature.filename),
        row=row,
        requirements=tuple(sorted(t.removeprefix(REQUIREMENT_TAG) for t in tags if t.startswith(REQUIREMENT_TAG))),
        tags=tuple(sorted(tags)),
    )
    item.stash[RUN] = run
    return run


@lru_cache(maxsize=1024)
def _below(folder: Path, filename: str) -> str:
    # pytest-bdd's own relative name depends on how deep the file lies.
    path = Path(filename)
    with suppress(ValueError):
        path = path.resolve().relative_to(folder.resolve())
    return path.as_posix()


def undecided_outcome(reason: Undecided) -> Outcome:
    """The outcome that stands for a reason to say neither yes nor no."""
    match reason:
        case Waiting():
            return Outcome.WAITING
        case NotApplicable():
            return Outcome.NOT_APPLICABLE
        case _:
            return Outcome.UNVERIFIED
