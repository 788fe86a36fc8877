"""`junit.xml`: the result of a run for CI systems, with our own outcomes kept apart."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eprom_verify.report.waived import ToldWaiver, told_waivers
from eprom_verify.verdict import Cause, Outcome, RequirementResult, RunResult, ScenarioResult
from eprom_verify.verdict.diagnosis import causes_of, told_causes

# What XML 1.0 has no way to write; everything else is escaped by the library.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNDECIDED = (Outcome.UNVERIFIED, Outcome.WAITING, Outcome.NOT_APPLICABLE)


def write_junit(result: RunResult, path: Path) -> None:
    """Write the scenarios as test cases: theirs as failures, ours as errors, the undecided as skipped.

    What waivers excuse is skipped too, and a failed waiver is a failure: the waivers are a suite of their own, and so
    are the answers of testers.
    """
    kinds = [_kind(each, result) for each in result.scenarios]
    counts = {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(each.duration_s for each in result.scenarios):.3f}",
    }
    waivers, answers = told_waivers(result), _answers(result)
    root = ET.Element("testsuites", _with(_with(counts, [_kind_of(each) for each in waivers]), [k for _, k in answers]))
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
    facts |= {
        f"waiver {each.requirement}": f"{each.state}, until {each.expires}, {each.owner}: {each.reason}"
        for each in result.waivers
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": _written(value)})
    requirements = {each.id: each for each in result.requirements}
    for scenario, kind in zip(result.scenarios, kinds, strict=True):
        excuses = [requirements[each].reason for each in scenario.requirements] if scenario.id in result.excused else []
        _add(suite, scenario, kind, excuses, causes_of(scenario, requirements))
    if waivers:
        _add_waivers(root, waivers)
    if answers:
        _add_answers(root, answers)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _kind(scenario: ScenarioResult, result: RunResult) -> str:
    """Which element tells of a scenario that did not pass; "" of one that did."""
    if scenario.outcome in _UNDECIDED or scenario.id in result.excused:
        return "skipped"
    return {Outcome.FAILED: "failure", Outcome.ERROR: "error"}.get(scenario.outcome, "")


def _add(
    suite: ET.Element, scenario: ScenarioResult, kind: str, excuses: Sequence[str], causes: Sequence[Cause]
) -> None:
    classname = scenario.feature.removesuffix(".feature").replace("/", ".")
    attributes = {"classname": classname, "name": _written(scenario.name), "time": f"{scenario.duration_s:.3f}"}
    case = ET.SubElement(suite, "testcase", attributes)
    if not kind:
        return
    reason = _written(scenario.reason)
    outcome = Outcome.WAIVED if excuses else scenario.outcome
    first = _written(excuses[0] if excuses else reason).partition("\n")[0] or outcome.norwegian
    problem = ET.SubElement(case, kind, {"message": first, "type": outcome.value})
    step = scenario.gherkin_line
    where = f"{scenario.feature}:{step.line}: {step.sentence}\n" if step else ""
    problem.text = "\n".join([_written(where) + reason, *map(_written, _explained(scenario, causes))])


def _explained(scenario: ScenarioResult, causes: Sequence[Cause]) -> Iterator[str]:
    """The exchanges that show a failure, and what it is like; a line for each."""
    for exchange in scenario.shown_by:
        yield f"{'Melding' if exchange.decisive else 'Sist sett'}: {exchange}"
    yield from told_causes(causes)


def _with(counts: Mapping[str, str], kinds: Sequence[str]) -> dict[str, str]:
    """The counts of a suite and of more cases, each "failure", "skipped" or ""."""
    more = {"tests": len(kinds), "failures": kinds.count("failure"), "skipped": kinds.count("skipped")}
    return {name: str(int(count) + more[name]) if name in more else count for name, count in counts.items()}


_NONE = {"tests": "0", "failures": "0", "errors": "0", "skipped": "0", "time": "0.000"}


def _kind_of(waiver: ToldWaiver) -> str:
    return "failure" if waiver.broken else "skipped"


def _add_waivers(root: ET.Element, waivers: Sequence[ToldWaiver]) -> None:
    counts = _with(_NONE, [_kind_of(each) for each in waivers])
    suite = ET.SubElement(root, "testsuite", {"name": "dispensasjoner", **counts})
    for each in waivers:
        name = f"Dispensasjon for krav {each.requirement}"
        case = ET.SubElement(suite, "testcase", {"classname": "dispensasjoner", "name": name, "time": "0.000"})
        problem = ET.SubElement(case, _kind_of(each), {"message": _written(each.headline), "type": "waiver"})
        problem.text = _written("\n".join(f"{label}: {text}" for label, text in each.facts))


def _answers(result: RunResult) -> list[tuple[RequirementResult, str]]:
    """The requirements that a tester has answered for, and which element tells of each."""
    answered = {each.requirement for each in result.attestations}
    kinds = {Outcome.FAILED: "failure", Outcome.ATTESTED: ""}
    return [(each, kinds.get(each.outcome, "skipped")) for each in result.requirements if each.id in answered]


def _add_answers(root: ET.Element, answers: Sequence[tuple[RequirementResult, str]]) -> None:
    counts = _with(_NONE, [kind for _, kind in answers])
    suite = ET.SubElement(root, "testsuite", {"name": "bekreftelser", **counts})
    for each, kind in answers:
        name = _written(f"Krav {each.id}: {each.title}")
        case = ET.SubElement(suite, "testcase", {"classname": "bekreftelser", "name": name, "time": "0.000"})
        if kind:
            message = _written(each.reason).partition("\n")[0]
            problem = ET.SubElement(case, kind, {"message": message, "type": each.outcome.value})
            problem.text = _written(each.reason)


def _written(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
