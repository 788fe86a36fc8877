"""`junit.xml`: the result of a run for CI systems, with our own outcomes kept apart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from eprom_verify.verdict import Cause, Outcome, RunResult, ScenarioResult
from eprom_verify.verdict.diagnosis import causes_of, told_causes

# What XML 1.0 has no way to write; everything else is escaped by the library.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNDECIDED = (Outcome.UNVERIFIED, Outcome.WAITING, Outcome.NOT_APPLICABLE)


def write_junit(result: RunResult, path: Path) -> None:
    """Write the scenarios as test cases: theirs as failures, ours as errors, the undecided as skipped."""
    outcomes = [each.outcome for each in result.scenarios]
    counts = {
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count(Outcome.FAILED)),
        "errors": str(outcomes.count(Outcome.ERROR)),
        "skipped": str(sum(each in _UNDECIDED for each in outcomes)),
        "time": f"{sum(each.duration_s for each in result.scenarios):.3f}",
    }
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(
        root, "testsuite", {"name": "eprom-verify", "timestamp": result.run.started.isoformat(), **counts}
    )
    properties = ET.SubElement(suite, "properties")
    facts = {
        "conclusion": result.conclusion.value,
        "edition": result.run.edition,
        "seed": str(result.run.seed),
        "rig": f"{result.run.rig.bestillersystem} x {result.run.rig.eprom}",
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": _written(value)})
    requirements = {each.id: each for each in result.requirements}
    for scenario in result.scenarios:
        _add(suite, scenario, causes_of(scenario, requirements))
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add(suite: ET.Element, scenario: ScenarioResult, causes: list[Cause]) -> None:
    classname = scenario.feature.removesuffix(".feature").replace("/", ".")
    attributes = {"classname": classname, "name": _written(scenario.name), "time": f"{scenario.duration_s:.3f}"}
    case = ET.SubElement(suite, "testcase", attributes)
    kind = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}.get(scenario.outcome)
    kind = "skipped" if scenario.outcome in _UNDECIDED else kind
    if kind is None:
        return
    reason = _written(scenario.reason)
    first = reason.partition("\n")[0] or scenario.outcome.norwegian
    problem = ET.SubElement(case, kind, {"message": first, "type": scenario.outcome.value})
    step = scenario.gherkin_line
    where = f"{scenario.feature}:{step.line}: {step.sentence}\n" if step else ""
    problem.text = "\n".join([_written(where) + reason, *map(_written, _explained(scenario, causes))])


def _explained(scenario: ScenarioResult, causes: list[Cause]) -> Iterator[str]:
    """The exchanges that show a failure, and what it is like; a line for each."""
    for exchange in scenario.shown_by:
        yield f"{'Melding' if exchange.decisive else 'Sist sett'}: {exchange}"
    yield from told_causes(causes)


def _written(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
