"""The rigs that have a real environment, against a stand-in: a simulator in a process of its own, under its own address
and certificate.

The rigs with the simulator inside the run are tried whole in `tests/faults` (the built-in bestillersystem) and in
`tests/examples` (somebody's own). All four run the same features.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.errors import ONLY_SIMULATED, TO_BE_ANSWERED
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.faults import load_faults
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.locations import features_dir
from eprom_verify.runner.written import written_scenarios
from eprom_verify.verdict import Conclusion, Outcome, RunResult, ScenarioResult, load_catalogue, read_result
from tests.stand_in import StandIn, stand_in

WHOLE_S = 900.0
"""An idle machine needs 40 seconds for all scenarios."""

CATALOGUE = load_catalogue(features_dir() / "krav.toml")
RIGS: dict[str, dict[str, Any]] = {
    "built-in": {"builtin": True},
    "own": {},
    "built-in, older edition": {"builtin": True, "edition": "2023-10"},
    "own, older edition": {"edition": "2023-10"},
}
FOR_EPROM = (
    "Scenariet stiller krav til ePROM alene, og kan bare prøves mot simulatoren. Den som verifiserer sitt eget "
    "bestillersystem, svarer ikke for det."
)
NOT_TO_REAL_ADDRESSES = {"M-04", "M-06", "M-12", "M-14", "M-15"}
NOTHING_TO_LOOK_AT = {"R-01", "PV-21", "PV-45", "SI-12", "SI-23", "B-22", "L-38", "PV-46", "PV-47", "PV-26"}
"""What looks at messages that only come when a patient answers, Helsenorge tells, or ePROM fails."""


def result_of(made: StandIn) -> RunResult:
    [folder] = (made.folder / "reports").glob("2*")
    return read_result(folder / "result.json")


def noted(made: StandIn) -> list[Exchange]:
    [journal] = (made.folder / "reports").glob("2*/journal.sqlite")
    return read_exchanges(journal)


def of(result: RunResult, *outcomes: Outcome) -> list[ScenarioResult]:
    return [each for each in result.scenarios if each.outcome in outcomes]


@pytest.mark.parametrize("rig", RIGS)
def test_whole_suite(rig: str, tmp_path: Path) -> None:
    """Over TLS: all that can be tried against an environment is, and is approved; the rest says that it is not."""
    with stand_in(tmp_path, tls=True, **RIGS[rig]) as made:
        done = made.do("run", "--no-html", timeout_s=WHOLE_S)
        assert (done.returncode, done.stderr) == (Conclusion.INCOMPLETE.exit_code, ""), done.stdout[-3000:]
        there = {str(each["id"]) for each in made.orders()}
    result = result_of(made)
    assert result.complete
    written = [(each.feature, each.line, each.row) for each in written_scenarios(features_dir())]
    assert len(result.scenarios) == len(written)
    assert Counter((each.feature, each.line) for each in result.scenarios) == Counter(each[:2] for each in written)

    assert [(each.id, each.reason) for each in of(result, Outcome.FAILED, Outcome.ERROR, Outcome.WAITING)] == []
    for each in of(result, Outcome.UNVERIFIED):
        if "svar-av-tester" in each.tags:
            assert each.reason.startswith(TO_BE_ANSWERED), (each.id, each.reason)
        elif "bare-simulator" not in each.tags:
            assert set(each.requirements) <= NOT_TO_REAL_ADDRESSES | NOTHING_TO_LOOK_AT, (each.id, each.reason)
    # Whoever verifies a bestillersystem does not answer for what ePROM alone can do; whoever looks at ePROM does.
    of_eprom = {
        each.id
        for each in result.scenarios
        if {"bare-simulator", "eprom"} <= set(each.tags) and "bestillersystem" not in each.tags
    }
    only = [each for each in result.scenarios if "bare-simulator" in each.tags]
    left_out = of_eprom if "builtin" not in RIGS[rig] else set()
    for each in only:
        if each.id in left_out:
            assert (each.outcome, each.reason) == (Outcome.NOT_APPLICABLE, FOR_EPROM), each.id
        else:
            assert (each.outcome, each.reason, each.by_person) == (Outcome.UNVERIFIED, ONLY_SIMULATED, True), each.id
    assert len(of_eprom) > 100
    for each in of(result, Outcome.NOT_APPLICABLE):
        assert each.id in left_out or "utgave 20" in each.reason.casefold(), (each.id, each.reason)
    assert not any(each.exchanges for each in only)
    assert len(of(result, Outcome.PASSED)) > 350

    # Nothing that it has, and nothing that we noted, is without the other.
    seen = [each for each in noted(made) if each.operation == "A" and each.order_id not in (None, ZERO_GUID)]
    assert {each.order_id for each in seen} == there
    assert {each.url.partition("/promswebapi/")[0] for each in seen} == {made.base_url.removesuffix("/promswebapi")}
    assert made.base_url.startswith("https://")


FAULTS: dict[str, tuple[str, str, set[str]]] = {
    "rule-basic-mailbox-first": ("eprom", "distribusjonsregler", {"D-Basic"}),
    "status-unreachable-as-ordered": ("eprom", "status.feature", {"S-05"}),
    "status-other-key": ("eprom", "status.feature", {"S-04"}),
    "key-bearer": ("bestillersystem", "bestilling/", {"B-01"}),
    "order-sent-twice": ("bestillersystem", "bestilling/", {"B-05"}),
    "answers-500": ("bestillersystem", "bestilling/", {"1.4"}),
    "letter-status-answered-500": ("bestillersystem", "brev/", {"L-28"}),
    "privacy-never-changed": ("eprom", "personvern/", {"PV-03"}),
}
"""Whose fault each is, what is run, and what must fail: of what the catalogue names, what an environment can show."""


@pytest.mark.parametrize(
    ("builtin", "workers"), [(True, 1), (True, 3), (False, 1)], ids=["built-in", "built-in, by three", "own"]
)
@pytest.mark.parametrize("name", FAULTS)
def test_fault_found(name: str, builtin: bool, workers: int, tmp_path: Path) -> None:
    """And it is held against the end that has it, whichever process it comes to light in."""
    end, chosen, kills = FAULTS[name]
    known = load_faults(features_dir() / "faults.toml")[name]
    assert (known.end, kills <= set(known.kills)) == (end, True)
    there, here, node = "", [], {}
    if end == "eprom":
        there = name
    elif builtin:
        here = ["--fault", name]
    else:
        node = {"FAULT": name}
    # What is waited for comes at last, on a machine that is busy with other tests.
    patient = {"status_s": 60.0}
    with stand_in(tmp_path, builtin=builtin, tls=True, fault=there, node=node, deadlines=patient) as made:
        done = made.do("run", "--no-html", "-k", chosen, "-n", str(workers), *here)
        assert done.returncode == Conclusion.REJECTED.exit_code, done.stdout + done.stderr
    failed = of(result_of(made), Outcome.FAILED)
    assert {krav for each in failed for krav in each.requirements} >= kills
    assert {each.broken_by for each in failed} == {end}


@pytest.mark.parametrize("builtin", [True, False], ids=["built-in", "own"])
def test_other_edition_than_was_said(builtin: bool, tmp_path: Path) -> None:
    with stand_in(tmp_path, builtin=builtin, tls=True, edition="2026-05", speaks="2023-10") as made:
        done = made.do("run", "--no-html", "-k", "bestilling/")
        assert done.returncode == Conclusion.REJECTED.exit_code, done.stdout + done.stderr
    failed = of(result_of(made), Outcome.FAILED)
    assert "S-02" in {krav for each in failed for krav in each.requirements}
    assert {each.broken_by for each in failed} == {"eprom"}
