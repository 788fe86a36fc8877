"""A bestillersystem that shares nothing with the built-in one is judged: right ones pass, and each fault is found."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from eprom_verify.faults import load_faults
from eprom_verify.locations import features_dir
from eprom_verify.verdict import Conclusion, Outcome, RunResult, load_catalogue
from tests.examples.judged import judge, read
from tests.examples.node_system import EXAMPLE, NotStarted, node_system

CATALOGUE = load_faults(features_dir() / "faults.toml")
REQUIREMENTS = load_catalogue(features_dir() / "krav.toml")
ATTENDED = {each.id for each in REQUIREMENTS.values() if each.verified_by == "attended"}
MANDATORY = "Obligatorisk verifikasjon"

SWITCHES = sorted(
    name
    for name in re.findall(r'(?m)^  "?([a-z0-9-]+)"?: ', (EXAMPLE / "faults.mjs").read_text("utf-8"))
    if name in CATALOGUE
)
WHOLE = bool(os.environ.get("EPROM_VERIFY_WHOLE_MATRIX"))
"""Whether every switch is tried, and not only every third."""

TIMES = int(os.environ.get("EPROM_VERIFY_REPEAT", "3"))
"""How often the same system is judged, to see that it gives the same result."""

MORE = {
    "unreachable-not-registered": {"B-26"},
    "unreachable-as-ordered": {"B-26"},
    "expiry-not-registered": {"B-26"},
    "letter-return-not-registered": {"B-26"},
}
"""What a fault breaks besides, in the example: it does to a number what the built-in system's does to a name alone."""

LESS = {"status-needs-order-first": {"B-08"}, "answer-needs-status-first": {"R-22"}}
"""What a system of one's own comes through though it has the fault: it is waited for, and takes the message when it is
delivered again. That it refused it at first is for 1.4."""

Run = Callable[..., RunResult]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:

        def run_once(**settings: object) -> RunResult:
            folder = tmp_path_factory.mktemp("run")
            return read(process.submit(partial(judge, str(folder), **settings)).result(timeout=600))

        yield run_once


CORRECT: dict[str, dict[str, str]] = {
    "as it is": {},
    "numbers": {"STYLE": "numbers"},
    "slow": {"SLOW_MS": "150"},
    "every optional member": {"OPTIONAL": "all"},
    "PascalCase": {"CASE": "pascal"},
    "the older edition": {"edition": "2023-10", "STYLE": "numbers", "CASE": "pascal", "OPTIONAL": "all"},
}


@pytest.mark.parametrize("name", CORRECT)
def test_no_false_alarm(name: str, run: Run) -> None:
    result = run(**CORRECT[name])
    assert [each for each in result.scenarios if each.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE)] == []
    for each in result.requirements:
        if each.id in ATTENDED:
            assert each.outcome is Outcome.UNVERIFIED
        elif "bestillersystem" in each.judges and REQUIREMENTS[each.id].applies_to(result.run.edition):
            assert each.outcome is Outcome.PASSED, each
    assert result.conclusion is Conclusion.INCOMPLETE
    assert result.run.rig.bestillersystem == "Eksempelregisteret (testkrok)"


def test_own_class(run: Run) -> None:
    """The example of a driver orders and tells; what it lacks is for a tester to see, and is never passed over."""
    example = f"{EXAMPLE.parent / 'egen_driver.py'}:MittBestillersystem"
    result = run(own_class=example, chapters=(MANDATORY, "Retur av utfylt skjema"))
    outcomes = {each.id: each.outcome for each in result.requirements}
    assert {outcomes[each] for each in ("1.2", "1.3", "1.4", "3.1", "R-20", "R-21", "R-24")} == {Outcome.PASSED}
    assert outcomes["1.1"] is Outcome.UNVERIFIED
    assert {each.outcome for each in result.scenarios}.isdisjoint({Outcome.FAILED, Outcome.ERROR})


def test_enough_switches() -> None:
    with pytest.raises(NotStarted) as told, node_system("http://127.0.0.1:9", "nokkel", FAULT="finnes-ikke"):
        pass
    listed = str(told.value).partition("må være en av ")[2].strip().rstrip(".").split(", ")
    assert sorted(listed) == SWITCHES
    assert len(SWITCHES) >= 40
    assert all(CATALOGUE[each].end == "bestillersystem" for each in SWITCHES)


@pytest.mark.parametrize("name", SWITCHES if WHOLE else SWITCHES[::3])
def test_fault_killed(name: str, run: Run) -> None:
    """By the requirements that are named for the same fault in the built-in system, and by no other."""
    fault = CATALOGUE[name]
    chapters = (MANDATORY, *dict.fromkeys(REQUIREMENTS[each].chapter for each in fault.kills))
    result = run(FAULT=name, edition=fault.edition, chapters=chapters)
    more = {each for each in MORE.get(name, ()) if REQUIREMENTS[each].chapter in chapters}
    assert failed(result) == (set(fault.kills) | more) - LESS.get(name, set())
    assert [each for each in result.scenarios if each.outcome is Outcome.ERROR] == []


def test_repeated(run: Run) -> None:
    """The same system gives the same result each time."""
    seen = [
        told(run(FAULT="status-registered-twice", chapters=(MANDATORY, "Bestilling av skjema"))) for _ in range(TIMES)
    ]
    assert seen == [seen[0]] * TIMES


def failed(result: RunResult) -> set[str]:
    return {each.id for each in result.requirements if each.outcome is Outcome.FAILED}


def told(result: RunResult) -> str:
    """The result without times and ids."""
    return json.dumps(
        [
            result.conclusion,
            [(each.id, each.outcome) for each in result.scenarios],
            [(each.id, each.outcome) for each in result.requirements],
            result.incomplete_reasons,
        ]
    )
