"""Refuses to run a suite that is not whole: what pytest-bdd would pass over in silence is an error here.

pytest-bdd runs the last of two scenarios of the same name, never sees a feature file that nothing binds, passes a
scenario without steps, takes one of two definitions that fit a step, calls `async def` steps without running them, and
ignores a table that a step does not take. So the feature files are read once more, by the Gherkin parser itself, and
compared with what was collected.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext

from eprom_verify.errors import UsageProblem
from eprom_verify.runner.scenarios import KNOWN_TAGS, PARTIES, REQUIREMENT_TAG, ScenarioRun
from eprom_verify.runner.step_index import Definition, definitions_seen_from, fits
from eprom_verify.runner.written import REMEDY, Written, written_scenarios
from eprom_verify.verdict import Catalogue


def check_suite(folder: Path, collected: Iterable[tuple[pytest.Item, ScenarioRun]], catalogue: Catalogue) -> None:
    """Compare what stands in the feature files with what was collected.

    Raises:
        UsageProblem: they differ, or a scenario could pass without proving anything.
    """
    collected = list(collected)
    written = written_scenarios(folder)
    problems = [
        *_same_names(written),
        *_without_steps(written),
        *_not_collected(written, [run for _, run in collected]),
        *_tag_problems([run for _, run in collected], catalogue),
        *_step_problems(collected),
    ]
    if problems:
        listed = "\n  ".join(problems[:20])
        more = f"\n  … og {len(problems) - 20} til" if len(problems) > 20 else ""
        raise UsageProblem(f"Testsamlingen er ikke hel:\n  {listed}{more}\n", REMEDY)


def _same_names(written: list[Written]) -> Iterator[str]:
    lines = {(each.feature, each.name): set[int]() for each in written}
    for each in written:
        lines[each.feature, each.name].add(each.line)
    for (feature, name), found in lines.items():
        if len(found) > 1:
            yield f"{feature}: «{name}» står {len(found)} ganger (linje {', '.join(map(str, sorted(found)))})"
    for key, count in Counter(each.key for each in written).items():
        if count > 1 and len(lines[key[0], key[1]]) == 1:
            yield f"{key[0]}: «{key[1]}» har raden {' | '.join(key[2])} {count} ganger"


def _without_steps(written: list[Written]) -> Iterator[str]:
    for each in written:
        if not each.steps:
            yield f"{each.feature}:{each.line}: «{each.name}» har ingen steg"
        elif not each.outcomes:
            yield f"{each.feature}:{each.line}: «{each.name}» har ingen «Så», og viser derfor ingenting"


def _not_collected(written: list[Written], collected: list[ScenarioRun]) -> Iterator[str]:
    wanted = Counter(each.key for each in written)
    found = Counter((run.feature, str(run.template.name), tuple(run.row.values())) for run in collected)
    for (feature, name, row), count in (wanted - found).items():
        shown = f" [{', '.join(row)}]" if row else ""
        yield f"{feature}: «{name}»{shown} ble ikke samlet inn" + (f" ({count} ganger)" if count > 1 else "")
    for (feature, name, _), _count in (found - wanted).items():
        yield f"{feature}: «{name}» ble samlet inn for mange ganger"


def _tag_problems(collected: list[ScenarioRun], catalogue: Catalogue) -> Iterator[str]:
    for run in _one_per_scenario(collected):
        where = f"{run.feature}:{run.template.line_number}: «{run.template.name}»"
        if not run.requirements:
            yield f"{where} mangler krav (@{REQUIREMENT_TAG}…)"
        for requirement in run.requirements:
            if requirement not in catalogue:
                yield f"{where} viser til kravet {requirement}, som ikke finnes i krav.toml"
            elif not set(run.parties) <= set(catalogue[requirement].judges):
                yield f"{where} dømmer {' og '.join(run.parties)}, men kravet {requirement} gjør det ikke"
        if not run.parties:
            yield f"{where} sier ikke hvem det stiller krav til (@{' eller @'.join(PARTIES)})"
        for tag in run.tags:
            if tag not in KNOWN_TAGS and not tag.startswith(REQUIREMENT_TAG):
                yield f"{where} har en ukjent tagg: @{tag}"


def _step_problems(collected: list[tuple[pytest.Item, ScenarioRun]]) -> Iterator[str]:
    # Going through every fixture of the session for each sentence took more than half of what a short run takes.
    seen: dict[pytest.Item | pytest.Collector, list[Definition]] = {}
    fitting: dict[tuple[pytest.Item | pytest.Collector, str, str], list[StepFunctionContext]] = {}
    told: set[tuple[str, int]] = set()
    for item, run in collected:
        beside = item.parent or item
        if beside not in seen:
            seen[beside] = definitions_seen_from(item, item.session._fixturemanager)
        for step in run.template.render(run.row).steps:
            key = (beside, step.type, step.name)
            if key not in fitting:
                fitting[key] = _fitting(seen[beside], step)
            if (run.feature, step.line_number) in told:
                continue
            problem = _step_problem(step, fitting[key])
            if problem:
                told.add((run.feature, step.line_number))
                yield f"{run.feature}:{step.line_number}: «{step.keyword} {step.name}» {problem}"


def _fitting(definitions: list[Definition], step: Step) -> list[StepFunctionContext]:
    contexts: list[StepFunctionContext] = [known for _, known in definitions if fits(known, step)]
    return list({id(context): context for context in contexts}.values())


def _step_problem(step: Step, definitions: list[StepFunctionContext]) -> str:
    if len(definitions) != 1:
        return f"passer til {len(definitions)} setninger" if definitions else "er ikke definert"
    function = definitions[0].step_func
    names = inspect.signature(function).parameters
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return "er en «async def», som ikke blir kjørt"
    if step.datatable is not None and "datatable" not in names:
        return "har en tabell som setningen ikke leser"
    if step.docstring is not None and "docstring" not in names:
        return "har en tekst som setningen ikke leser"
    return ""


def _one_per_scenario(collected: list[ScenarioRun]) -> Iterable[ScenarioRun]:
    return {(run.feature, run.template.name): run for run in collected}.values()
