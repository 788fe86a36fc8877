"""Runs the whole suite in processes of their own, several at a time, and reads the results."""

from __future__ import annotations

import gc
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic
from typing import Any
from unittest import mock

from rich.console import Console

from eprom_verify.bestillersystem.behaviour import Behaviour
from eprom_verify.config import parse_config
from eprom_verify.faults import fault_named
from eprom_verify.rig import Faults
from eprom_verify.runner import run, stage
from eprom_verify.runner.guard import check_suite
from eprom_verify.runner.run import Options, run_suite
from eprom_verify.verdict import RunResult, read_result
from tests.faults.reach import Reach, only, reached, sampled, traced

REFUSING = {"answers-500", "answers-false", "answers-nothing", "answers-text"}
"""The faults by which everything is sent again and again, answers of 1 MB too: a busy machine is long at it."""


LOST_S = 400.0
"""A busy machine needs a minute or two to look what each scenario reaches."""


def run_whole(folder: str, fault: str = "", edition: str = "2026-05", order: int | None = None) -> str:
    """One run with these settings, in the process that this is called in; gives the path of its result.json."""
    return _run(folder, fault_named(fault), edition=edition, order=order)


def run_reached(folder: str, fault: str, edition: str, shared: str) -> str:
    """As `run_whole`, without the scenarios that a fault cannot reach; `shared` is a folder of all test processes."""
    reach, _ = _reach(edition, shared)
    return _run_these(folder, fault, edition, reached(fault_named(fault), reach))


def run_sampled(folder: str, fault: str, edition: str, shared: str, kills: tuple[str, ...]) -> str:
    """As `run_reached`, with all scenarios that show what is to fail, and some of the others that may."""
    reach, shown = _reach(edition, shared)
    ids = reached(fault_named(fault), reach)
    return _run_these(folder, fault, edition, sampled(set(shown) if ids is None else ids, fault, kills, shown))


def _run_these(folder: str, fault: str, edition: str, ids: set[str] | None) -> str:
    if ids is None:
        return run_whole(folder, fault, edition)
    with only(ids) as selected:
        return _run(folder, fault_named(fault), edition=edition, select=selected)


@cache
def _reach(edition: str, shared: str) -> tuple[Reach, Mapping[str, frozenset[str]]]:
    """What each scenario reads, and what it shows, from a run of the correct pair; made once for all test processes."""
    path = Path(shared) / f"reach-{edition}.json"
    with _one_at_a_time(path.with_suffix(".lock")):
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(_look_what_is_reached(edition)), encoding="utf-8")
            unfinished.replace(path)
    reach, shown = json.loads(path.read_text(encoding="utf-8"))
    return {name: set(ids) for name, ids in reach.items()}, {name: frozenset(ids) for name, ids in shown.items()}


def _look_what_is_reached(edition: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    found: Reach = {"": set()}
    with TemporaryDirectory() as folder, traced(found) as faults:
        result = read(_run(folder, faults, edition=edition))
    return {name: sorted(ids) for name, ids in found.items()}, {
        each.id: list(each.requirements) for each in result.scenarios
    }


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Waits while another test process has this lock, but not for one that was lost with it."""
    deadline = monotonic() + LOST_S
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            if monotonic() > deadline:
                break
            Event().wait(0.2)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _run(folder: str, faults: Faults, *, edition: str = "2026-05", order: int | None = None, select: str = "") -> str:
    # Only a fault makes a run wait in vain; the correct pair can be patient with a machine that is busy.
    status_s = 10.0 if faults.name in REFUSING else 2.0 if faults.name else 30.0
    settings: dict[str, Any] = {"edition": edition, "frister": {"status_s": status_s}}
    if _stumbles_over_haste(faults.bestillersystem):
        settings["simulator"] = {"callback_delay_s": 0.1}
    config = parse_config(settings, "prøven")
    options = Options(reports=Path(folder), random_order=order, allure=False, faults=faults, select=select)
    with (
        # The suite is the same each time: that it is whole need be seen but once in a process.
        mock.patch.object(stage, "check_suite", _checked_once),
        # Nobody reads pytest's own words of a failure, and the source round each line of it takes long to find.
        mock.patch.object(run, "_QUIET", [*run._QUIET, "--tb=native"]),
    ):
        finished = run_suite(config, options, Console(file=io.StringIO()))
    _leave_out_of_collections()
    return str(finished.folder / "result.json")


def _stumbles_over_haste(behaviour: Behaviour) -> bool:
    """Whether a system cannot take a status before it has stored the answer to what it sent: in a scenario that is not
    of that, the status must not overtake the answer, as it does by chance when it comes after 5 ms."""
    return behaviour.needs_order_first or behaviour.unknown_is_newest or behaviour.letters.needs_letter_first


@cache
def _leave_out_of_collections() -> None:
    """Modules, steps and schemas stay as long as the process: pytest has all of it looked through after each run."""
    gc.collect()
    gc.freeze()


_whole: list[Path] = []


def _checked_once(folder: Path, collected: list[Any], catalogue: Any) -> None:
    if folder not in _whole:
        check_suite(folder, collected, catalogue)
        _whole.append(folder)


def read(path: str) -> RunResult:
    """The result of a run."""
    return read_result(Path(path))
