"""What junit.xml tells of a failure."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

from eprom_verify.report.junit import write_junit
from eprom_verify.verdict import Cause, Outcome
from tests.verdict.test_result import RESULT

CAUSE = Cause(fault="key", end="bestillersystem", title="Nøkkelen er en annen", remedy="Send nøkkelen.", likeness=1)


def _failures(path: Path, cause: Cause = CAUSE) -> dict[str, str]:
    """The text of each failure, by the name of its test case; every requirement is like the cause."""
    requirements = tuple(replace(each, causes=(cause,)) for each in RESULT.requirements)
    scenarios = tuple(replace(each, name=each.id) for each in RESULT.scenarios)
    write_junit(replace(RESULT, requirements=requirements, scenarios=scenarios), path / "junit.xml")
    cases = ET.parse(path / "junit.xml").iter("testcase")
    return {case.attrib["name"]: failure.text or "" for case in cases for failure in case.iter("failure")}


def test_failure_names_exchange_and_cause(tmp_path: Path) -> None:
    assert _failures(tmp_path)["c"].splitlines() == [
        "",
        "Melding: POST /promswebapi/api/v2/formorder → 400 (2026-05-09T08:00:01.250Z, id x2)",
        "Ligner på: Nøkkelen er en annen (key)",
        "Endre: Send nøkkelen.",
    ]


def test_cause_in_the_other_end_is_left_out(tmp_path: Path) -> None:
    assert "Ligner på" not in _failures(tmp_path, replace(CAUSE, end="eprom"))["c"]


def test_passed_is_not_explained(tmp_path: Path) -> None:
    assert _failures(tmp_path).keys() == {each.id for each in RESULT.scenarios if each.outcome is Outcome.FAILED}
