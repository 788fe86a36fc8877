"""The suite is proven by faults: each is noticed by the requirements that are named for it, and by no other."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from eprom_verify.bestillersystem.faults import FAULTS as SYSTEM_FAULTS
from eprom_verify.contract import EDITIONS
from eprom_verify.faults import load_faults
from eprom_verify.locations import features_dir
from eprom_verify.simulator.faults import FAULTS as EPROM_FAULTS
from eprom_verify.verdict import Conclusion, Outcome, RunResult, load_catalogue
from tests.faults.isolated import read, run_reached, run_sampled, run_whole
from tests.faults.reach import ONE_IN, sampled

CATALOGUE = load_faults(features_dir() / "faults.toml")

WHOLE = bool(os.environ.get("EPROM_VERIFY_WHOLE_MATRIX"))
"""Whether each fault is run against every scenario: some hours."""

REACHED = bool(os.environ.get("EPROM_VERIFY_REACHED_MATRIX"))
"""Whether each fault is run against every scenario that it can reach, and not only against those that show what is to
fail and a fifth of the others: about an hour."""

ROOM_BYTES = 256 * 1024 * 1024
"""Several times what the runs that go on at once leave."""

Run = Callable[..., RunResult]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs the suite, in a process of its own that is kept for the next run."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:

        def run_once(how: Callable[..., str] = run_whole, **settings: object) -> RunResult:
            with TemporaryDirectory(dir=_in_memory()) as folder:
                return read(process.submit(partial(how, folder, **settings)).result(timeout=900))

        yield run_once


def _in_memory() -> Path | None:
    """Where files are in memory, if there is such a place with room: each entry of a journal waits until it is on the
    disk, which takes some milliseconds there, and is proven elsewhere."""
    place = Path("/dev/shm")
    has_room = os.access(place, os.W_OK) and shutil.disk_usage(place).free > ROOM_BYTES
    return place if has_room else None


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder that all test processes have in common."""
    own = tmp_path_factory.getbasetemp()
    return str(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.mark.parametrize("name", CATALOGUE)
def test_fault_killed(name: str, run: Run, shared: str) -> None:
    known = CATALOGUE[name]
    if WHOLE:
        result = run(run_whole, fault=name, edition=known.edition)
    elif REACHED:
        result = run(run_reached, fault=name, edition=known.edition, shared=shared)
    else:
        result = run(run_sampled, fault=name, edition=known.edition, shared=shared, kills=tuple(known.kills))
        if failed(result) < set(known.kills):
            # What looks at the whole run may need one of the scenarios that were left out.
            result = run(run_reached, fault=name, edition=known.edition, shared=shared)
    assert failed(result) == set(CATALOGUE[name].kills)
    assert [each.id for each in result.scenarios if each.outcome is Outcome.ERROR] == []
    assert result.conclusion is not Conclusion.APPROVED


@pytest.mark.parametrize("name", ["key-in-body", "rule-basic-mailbox-first", "letter-forgotten"])
def test_out_of_reach_is_no_loss(name: str, run: Run, shared: str) -> None:
    """What a fault cannot reach ends as it would have ended."""
    whole, part = run(fault=name), run(run_reached, fault=name, edition="2026-05", shared=shared)
    assert len(part.scenarios) < len(whole.scenarios)
    assert failed(part) == failed(whole)
    ran = {each.id: each.outcome for each in part.scenarios}
    missed = {each.id for each in whole.scenarios if each.id not in ran and each.outcome is not Outcome.PASSED}
    applies = load_catalogue(features_dir() / "krav.toml")
    assert all(
        not applies[krav].applies_to("2026-05")
        for each in whole.scenarios
        if each.id in missed
        for krav in each.requirements
    )


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("order", [None, 1, 2])
def test_correct_pair_passes(edition: str, order: int | None, run: Run) -> None:
    result = run(edition=edition, order=order)
    requirements = load_catalogue(features_dir() / "krav.toml")
    for each in result.scenarios:
        applies = requirements[each.requirements[0]].applies_to(edition)
        expected = Outcome.PASSED if applies else Outcome.NOT_APPLICABLE
        assert each.outcome is expected, (each.id, each.reason)
    assert result.complete
    assert failed(result) == set()


def test_sample() -> None:
    """All that shows what is to fail, and a share of the rest that differs from fault to fault."""
    shown = {f"scenario {number}": frozenset({f"R-{number % 10}"}) for number in range(1000)}
    found = {fault: sampled(set(shown), fault, ["R-3"], shown) for fault in ("one", "other")}
    for chosen in found.values():
        assert {each for each, ids in shown.items() if "R-3" in ids} <= chosen
        assert 0.8 * 900 / ONE_IN < len(chosen) - 100 < 1.2 * 900 / ONE_IN
    assert found["one"] == sampled(set(shown), "one", ["R-3"], shown)
    assert found["one"] != found["other"]


def test_every_fault_described() -> None:
    assert set(CATALOGUE) == set(EPROM_FAULTS) | set(SYSTEM_FAULTS)
    for fault in CATALOGUE.values():
        assert fault.name in (EPROM_FAULTS if fault.end == "eprom" else SYSTEM_FAULTS)
        assert fault.title
        assert fault.kills


def test_every_requirement_killed() -> None:
    requirements = load_catalogue(features_dir() / "krav.toml")
    killed = {kill for fault in CATALOGUE.values() for kill in fault.kills}
    assert killed <= set(requirements)
    assert set(requirements) - killed == {name for name, each in requirements.items() if each.unproven}


TOGETHER = {
    "B-05": ({"1.5", "B-21"}, "an order sent twice is a duplicate message, also when it fails"),
    "B-06": ({"1.4"}, "a status that is not accepted is an error situation"),
    "B-07": ({"B-23"}, "a status that is registered each time that it comes is so when it comes twice at once too"),
    "B-12": (
        {"B-26"},
        "a status whose channel is not understood is not registered, as a number no more than as a name",
    ),
    "B-13": ({"MI-06"}, "an expiry on another day is at another moment too"),
    "B-14": ({"4.2"}, "an order that does not say that it is to be signed is what 4.2 asks about first"),
    "B-15": ({"1.4", "3.1", "B-06", "PI-20"}, "an answer outside the contract is never an accepted one"),
    "D-AllowUnsecure": ({"E-03"}, "the numbers are proven by the channels that they give"),
    "D-AllowUnsecureOrPaper": ({"E-03", "1.3"}, "as above; and 1.3 is shown with this rule, which has every channel"),
    "D-BasicOrPaper": ({"E-03"}, "as above"),
    "D-DigitalMailboxOnly": (
        {"P-02", "P-09"},
        "who is too young for a mailbox, or reserved, must not be reached by it",
    ),
    "D-NoDistribution": ({"E-03"}, "as above"),
    "D-PaperOnly": ({"E-03"}, "as above"),
    "E-18": ({"L-07", "PV-08", "PV-16"}, "a key that nobody has is taken by every call, or by none"),
    "E-19": ({"P-15"}, "an order that is refused for its address cannot go there"),
    "E-20": (
        {"1.4", "4.2", "E-02"},
        "an order to be signed is also what the bestillersystem sends, and what is echoed",
    ),
    "L-28": ({"L-31"}, "a status that is never accepted is not accepted before the answer to its letter either"),
    "L-29": ({"L-28", "L-31"}, "an answer outside the contract is never an accepted one"),
    "F-17": ({"F-20", "F-21"}, "a code that never opens anything opens nothing for a D-nummer, nor before it is used"),
    "MI-02": ({"S-06"}, "an early status of another order is one that nobody made"),
    "P-08": ({"D-HelsenorgeOnly"}, "those whom HelsenorgeOnly must not reach have not consented"),
    "P-13": ({"PA-11"}, "a represented adult whom Helsenorge does not reach gets no form there on behalf either"),
    "PV-05": ({"PV-20"}, "an answer about a number that is none has that number in it, which breaks the contract"),
    "PI-20": ({"1.4"}, "a return that is not accepted is an error situation"),
    "R-02": ({"3.1"}, "answers that cannot be read are not received either"),
    "R-06": ({"3.1"}, "a return with a strange key is refused by right"),
    "S-03": ({"MI-04"}, "times that are wrong on any day are wrong when the clock is set too"),
    "SI-20": ({"4.2"}, "a document that is not fetched is what 4.2 asks for as well"),
    "R-09": ({"PA-17"}, "who filled in is told with both the number and the role, or with neither"),
    "R-21": ({"PI-23"}, "what is registered each time that it comes is so whoever ordered it"),
    "R-22": ({"PI-21", "PI-22", "PI-23", "PI-24"}, "what nobody ordered never has a status before it"),
    "S-04": ({"1.4"}, "a status with a strange key is refused by right"),
}
"""The requirements that never fail without certain others, and why that is as it must be."""


def test_every_requirement_killed_alone() -> None:
    for requirement in {kill for fault in CATALOGUE.values() for kill in fault.kills}:
        sets = [set(fault.kills) for fault in CATALOGUE.values() if requirement in fault.kills]
        together = set.intersection(*sets) - {requirement}
        assert together == TOGETHER.get(requirement, (set(), ""))[0], requirement


def failed(result: RunResult) -> set[str]:
    return {each.id for each in result.requirements if each.outcome is Outcome.FAILED}
