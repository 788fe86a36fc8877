"""The pytest plugin: lets the features run against a rig, under `eprom-verify run` and under plain pytest alike."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from eprom_verify.checks.case import Case
from eprom_verify.config import Config
from eprom_verify.errors import ContractBroken, ForAPerson, Undecided
from eprom_verify.exchange import Exchange
from eprom_verify.faults import fault_named
from eprom_verify.locations import features_dir, look_in
from eprom_verify.rig import Faults, Rig
from eprom_verify.runner import evidence
from eprom_verify.runner.applicable import refuse_what_does_not_apply
from eprom_verify.runner.crew import assignment_of, features_shared_out
from eprom_verify.runner.failures import complete
from eprom_verify.runner.outage import told_apart
from eprom_verify.runner.scenarios import (
    KNOWN_TAGS,
    LAST,
    NAMES,
    OPEN_RIG,
    REQUIREMENT_TAG,
    UNUSED,
    ScenarioRun,
    scenario_of,
    undecided_outcome,
)
from eprom_verify.runner.worker import Worker
from eprom_verify.verdict import Catalogue, GherkinLine, Outcome, load_catalogue
from eprom_verify.wiring import open_rig

_STEP = pytest.StashKey[evidence.StepReport]()
_SEEN = pytest.StashKey[int]()
_ANSWERED = pytest.StashKey[bool]()
"""Whether the case was seen to look at other orders than its own, which may be older than all of it."""
_SPOILED = pytest.StashKey[int]()
"""The journal's newest entry when the network was last asked about."""
_CATALOGUE = pytest.StashKey[Catalogue]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the tags known, and begin to work when this is a worker of `eprom-verify run`."""
    assignment = assignment_of(config)
    if assignment is not None:
        look_in(Path(assignment.suite))
    elif features_shared_out(config):
        raise pytest.UsageError(
            "Scenariene som ser på hele kjøringen, ser bare sin egen prosess når pytest fordeler dem (-n). "
            "Bruk eprom-verify run -n, eller pytest -n0."
        )
    config.addinivalue_line("markers", "krav(id): kravet som scenariet viser")
    for tag, meaning in KNOWN_TAGS.items():
        config.addinivalue_line("markers", f"{tag}: {meaning}")
    catalogue = config.stash[_CATALOGUE] = load_catalogue(features_dir() / "krav.toml")
    if assignment is not None:
        name = config.workerinput["workerid"]  # type: ignore[attr-defined]  # xdist sets it
        config.pluginmanager.register(Worker(assignment, name, fault_named(assignment.fault), catalogue))


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_apply_tag(tag: str, function: Callable[..., Any]) -> bool | None:
    """Turn the tags of requirements into one marker."""
    if not tag.startswith(REQUIREMENT_TAG):
        return None
    pytest.mark.krav(tag.removeprefix(REQUIREMENT_TAG))(function)
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the scenarios that look at the whole run at its end."""
    items.sort(key=lambda item: (run := scenario_of(item)) is not None and LAST in run.tags)


@pytest.fixture(scope="session")
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """The two ends and the journal between them."""
    opened = request.config.stash.get(OPEN_RIG, None)
    if opened is not None:
        yield opened()
        return
    with open_rig(Config(), tmp_path_factory.mktemp("rig"), seed=secrets.randbelow(2**31), faults=Faults()) as own:
        yield own


@pytest.fixture
def case(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Case]:
    """The scenario's patient and order."""
    run = scenario_of(request.node)
    begun = Case.begin(rig, run.id if run is not None else "")
    request.node.stash[_SEEN], request.node.stash[_SPOILED] = begun.since, rig.journal.seq
    yield begun
    begun.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell the report what begins, before anything in it can fail."""
    run = scenario_of(item)
    if run is not None and item.config.pluginmanager.hasplugin("allure_pytest.plugin"):
        evidence.describe(run, item.config.stash[_CATALOGUE])


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Turn what says neither yes nor no into a skipped test, and keep whose fault a failure is."""
    run = scenario_of(pyfuncitem)
    opened = pyfuncitem.config.stash.get(OPEN_RIG, None)
    try:
        if run is not None and opened is not None:
            refuse_what_does_not_apply(run, opened(), pyfuncitem.config.stash[UNUSED])
        with told_apart(opened() if run is not None and opened is not None else None):
            return (yield)
    except Undecided as exc:
        if run is None:
            raise
        run.undecided = (undecided_outcome(exc), str(exc))
        run.by_person = isinstance(exc, ForAPerson)
    except ContractBroken as exc:
        if run is None:
            raise
        if not run.parties or exc.party in run.parties:
            run.broken = str(exc)
            raise
        run.undecided = (Outcome.UNVERIFIED, f"Kan ikke avgjøres, for feilen er hos {NAMES[exc.party]}: {exc.received}")
    pytest.skip(run.undecided[1])


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Step) -> None:
    """Open the step in the report."""
    run = scenario_of(request.node)
    sentence = f"{step.keyword} {step.name}"
    if run is not None:
        run.step = GherkinLine(step.line_number, sentence)
    report = request.node.stash[_STEP] = evidence.StepReport()
    report.open(sentence, _table(step))


def _table(step: Step) -> list[list[str]]:
    return [[str(cell) for cell in row] for row in step.datatable.raw()] if step.datatable else []


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_after_step(request: pytest.FixtureRequest) -> None:
    """Close the step in the report, with what passed on the wire."""
    _close_step(request, None)


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_step_error(
    request: pytest.FixtureRequest, feature: Feature, scenario: Scenario, step: Step, exception: BaseException
) -> None:
    """Close the step in the report, and name the Gherkin line of the failure."""
    exception.add_note(f"{feature.rel_filename}:{step.line_number}: {step.keyword} {step.name}")
    _close_step(request, exception)
    later = scenario.steps[scenario.steps.index(step) + 1 :]
    for each in later:
        evidence.missing_step(f"{each.keyword} {each.name}")


def _close_step(request: pytest.FixtureRequest, error: BaseException | None) -> None:
    item = request.node
    case: Case | None = item.funcargs.get("case") if hasattr(item, "funcargs") else None
    if case is None and "case" in request.fixturenames:
        case = request.getfixturevalue("case")
    exchanges = []
    if case is not None:
        looks_back = bool(case.answered) and not item.stash.get(_ANSWERED, False)
        item.stash[_ANSWERED] = bool(case.answered)
        since = case.since if looks_back else item.stash.get(_SEEN, case.since)
        spoiled = case.rig.journal.spoiled(since=item.stash.get(_SPOILED, case.since))
        exchanges = sorted([*case.evidence(since), *spoiled], key=lambda each: each.request.seq)
        item.stash[_SEEN] = item.stash[_SPOILED] = case.rig.journal.seq
        _remember(scenario_of(item), [each.id for each in exchanges])
    evidence.looked_at(_looked_at(request))
    if isinstance(error, ContractBroken):
        _remember(scenario_of(item), list(error.exchanges))
        _complete(request, error)
    item.stash[_STEP].close(exchanges, error)


def _complete(request: pytest.FixtureRequest, error: ContractBroken) -> None:
    run = scenario_of(request.node)
    if run is not None and "rig" in request.fixturenames:
        opened: Rig = request.getfixturevalue("rig")
        complete(error, run, opened.journal.exchanges())


def _looked_at(request: pytest.FixtureRequest) -> list[Exchange]:
    """What the step has looked at of the whole run."""
    run = scenario_of(request.node)
    if run is None or LAST not in run.tags:
        return []
    opened: Rig = request.getfixturevalue("rig")
    ids = set(opened.ledger.looked_at)
    opened.ledger.looked_at.clear()
    return [each for each in opened.journal.exchanges() if each.id in ids]


def _remember(run: ScenarioRun | None, exchange_ids: list[str]) -> None:
    if run is not None:
        run.exchanges += [each for each in exchange_ids if each not in run.exchanges]
