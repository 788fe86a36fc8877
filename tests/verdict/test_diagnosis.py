"""Likely causes: ranked by what failed together, worded as likely, and left out when nothing fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eprom_verify.contract.sources import Source
from eprom_verify.locations import features_dir
from eprom_verify.verdict import (
    Catalogue,
    Fault,
    Outcome,
    Requirement,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    judge,
    load_catalogue,
    load_faults,
)
from eprom_verify.verdict.diagnosis import MOST_CAUSES, REPORT_TO_HEMIT, causes_of, diagnosed, likely_faults
from eprom_verify.verdict.requirements import End

FAULTS = load_faults(features_dir() / "faults.toml")
OF_END = {end: [each for each in FAULTS.values() if each.end == end] for end in ("bestillersystem", "eprom")}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_own_failures_point_at_the_fault(fault: Fault) -> None:
    best = likely_faults(fault.kills, OF_END[fault.end])[0][0]
    assert set(best.fault.kills) == set(fault.kills)
    assert best.likeness == 1


@pytest.mark.parametrize(
    "names",
    [
        ("key-in-body", "letter-pdf-cut-short"),
        ("metadata-as-object", "privacy-list-read-in-ring", "message-mangled"),
        ("order-sent-twice", "document-never-fetched", "on-behalf-swapped", "answers-as-text"),
    ],
)
def test_several_faults_at_once(names: tuple[str, ...]) -> None:
    failed = {kill for name in names for kill in FAULTS[name].kills}
    places = likely_faults(failed, OF_END["bestillersystem"])
    assert len(places) == len(names)
    assert all(any(each.fault.name == name for place in places for each in place) for name in names)


def test_what_failed_besides_does_not_hide_the_fault() -> None:
    (first, *_), *_ = likely_faults({*FAULTS["metadata-as-object"].kills, "PV-44"}, OF_END["bestillersystem"])
    assert set(first.fault.kills) == set(FAULTS["metadata-as-object"].kills)


WIDE = Fault("wide", "eprom", "Alt er galt", ("a", "b", "c", "d", "e"))


@pytest.mark.parametrize(
    ("failed", "undecided", "fits"),
    [
        ("abcde", "", True),
        ("abcd", "", True),
        ("ab", "", False),
        ("ab", "cde", False),
        ("abc", "de", True),
        ("", "", False),
        ("xyz", "", False),
        ("abcd" + "".join(map(str, range(10))) + "".join(map(chr, range(200, 230))), "", False),
    ],
)
def test_nothing_is_said_when_nothing_fits(failed: str, undecided: str, fits: bool) -> None:
    assert bool(likely_faults(set(failed), [WIDE], undecided=set(undecided))) is fits


@given(st.sets(st.sampled_from(sorted(load_catalogue(features_dir() / "krav.toml")))))
def test_any_failures(failed: set[str]) -> None:
    places = likely_faults(failed, FAULTS.values())
    assert all(0.6 <= each.likeness <= 1 for place in places for each in place)
    assert all(failed.intersection(place[0].fault.kills) for place in places)


def test_every_fault_of_a_bestillersystem_has_a_remedy() -> None:
    for fault in FAULTS.values():
        assert bool(fault.remedy) is (fault.end == "bestillersystem"), fault.name
        assert not fault.remedy or (fault.remedy[0].isupper() and fault.remedy.endswith(".")), fault.name
        assert "\n" not in fault.remedy


REMEDIES = [each.remedy for each in FAULTS.values() if each.remedy]


def test_remedies_differ() -> None:
    assert len(set(REMEDIES)) == len(REMEDIES)


RUN = RunInfo(
    id="20260509-080000",
    started=datetime(2026, 5, 9, 8, tzinfo=UTC),
    finished=datetime(2026, 5, 9, 8, tzinfo=UTC),
    rig=Rig("innebygd", "simulator"),
    edition="2026-05",
    formal=False,
    seed=7,
    versions={},
    profile={},
    journal_last_digest="0" * 64,
)


def _result(*failures: tuple[str, End, str]) -> RunResult:
    """A run in which these failed: requirement, the end that broke it, and the reason."""
    names = [*dict.fromkeys([*(name for name, _, _ in failures), "Z"])]
    requirements = [
        Requirement(
            id=name,
            title="Noe holder",
            chapter="Prøve",
            mandatory=True,
            judges=("bestillersystem", "eprom"),
            verified_by="machine",
            source=Source("Personer"),
        )
        for name in names
    ]
    scenarios = [
        ScenarioResult(
            id=f"{name} {end}",
            name=name,
            feature="prøve.feature",
            line=1,
            chapter="Prøve",
            tags=(),
            requirements=(name,),
            outcome=Outcome.FAILED,
            reason=reason,
            duration_s=0,
            broken_by=end,
        )
        for name, end, reason in failures
    ]
    passed = replace(
        scenarios[0], id="Z", name="Z", requirements=("Z",), outcome=Outcome.PASSED, reason="", broken_by=None
    )
    return judge(Catalogue(requirements, "a" * 64), [*scenarios, passed], RUN, incomplete_reasons=[])


OURS = Fault("ours", "bestillersystem", "Nøkkelen mangler", ("A", "B"), remedy="Send nøkkelen.")
THEIRS = Fault("theirs", "eprom", "Ingen status blir sendt", ("A",))


def _causes(result: RunResult) -> dict[str, list[str]]:
    return {each.id: [cause.fault for cause in each.causes] for each in result.requirements}


def test_cause_is_of_the_end_that_broke_it() -> None:
    judged = _result(("A", "bestillersystem", ""), ("B", "bestillersystem", ""))
    result = diagnosed(judged, [OURS, THEIRS])
    assert _causes(result) == {"A": ["ours"], "B": ["ours"], "Z": []}
    (cause,) = result.requirements[0].causes
    assert (cause.title, cause.remedy, cause.likeness) == ("Nøkkelen mangler", "Send nøkkelen.", 1)


def test_failure_of_eprom_is_for_hemit() -> None:
    result = diagnosed(_result(("A", "eprom", "")), [OURS, THEIRS])
    (cause,) = result.requirements[0].causes
    assert (cause.fault, cause.end, cause.remedy) == ("theirs", "eprom", REPORT_TO_HEMIT)


def test_fault_of_another_edition_is_no_cause() -> None:
    result = diagnosed(_result(("A", "eprom", "")), [replace(THEIRS, edition="2023-10")])
    assert _causes(result) == {"A": [], "Z": []}


def test_what_was_not_run_speaks_against_nothing() -> None:
    wide = replace(THEIRS, name="wide", title="Alt er galt, ikke bare status", kills=("A", "X", "Y"))
    assert _causes(diagnosed(_result(("A", "eprom", "")), [wide, THEIRS]))["A"] == ["theirs", "wide"]
    reason = "Forventet: status\nFikk: ikke bare det"
    assert _causes(diagnosed(_result(("A", "eprom", reason)), [wide, THEIRS]))["A"] == ["wide", "theirs"]


def test_scenario_has_the_causes_of_its_end() -> None:
    both = _result(("A", "bestillersystem", ""), ("B", "bestillersystem", ""), ("A", "eprom", ""))
    result = diagnosed(both, [OURS, THEIRS])
    requirements = {each.id: each for each in result.requirements}
    told = {each.id: [cause.fault for cause in causes_of(each, requirements)] for each in result.scenarios}
    assert told == {"A bestillersystem": ["ours"], "B bestillersystem": ["ours"], "A eprom": ["theirs"], "Z": []}


def test_reason_decides_between_equals() -> None:
    twins = [
        Fault(name, "eprom", title, ("A",))
        for name, title in [("cut", "Teksten blir kuttet"), ("mangled", "Bokstaver blir ødelagt")]
    ]
    reason = "Forventet: hele teksten\nFikk: ødelagt tekst"
    assert _causes(diagnosed(_result(("A", "eprom", reason)), twins))["A"] == ["mangled", "cut"]
    assert _causes(diagnosed(_result(("A", "eprom", "")), twins))["A"] == ["cut", "mangled"]


def test_few_causes_each() -> None:
    many = [replace(THEIRS, name=f"theirs-{number}") for number in range(9)]
    assert len(_causes(diagnosed(_result(("A", "eprom", "")), many))["A"]) == MOST_CAUSES
