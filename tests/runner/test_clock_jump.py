"""The machine's clock is set while a run goes on: no end is blamed for it, and it is told."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from eprom_verify.handover.evidence import examine_ending
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.locations import features_dir
from eprom_verify.runner.record import read_record
from eprom_verify.verdict import Outcome, RunResult, load_catalogue, read_result
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, stand_in
from tests.runner.suites import own_environment

ENVIRONMENT = own_environment() | {"EPROM_VERIFY_API_KEY": "simulator"}
WORDS = ["run", "--no-html", "--no-allure", "-k"]
HOUR = 3600

SET = """
import glob, sqlite3, sys, threading, time
from datetime import UTC, datetime, timedelta
import eprom_verify.clock as clock
ahead = {first}
def machine():
    return datetime.now(UTC) + timedelta(seconds=ahead)
clock.system_clock = machine
clock.SteadyClock.__init__.__kwdefaults__["wall"] = machine
real = time.time
time.time = lambda: real() + ahead
def wait_and_set():
    global ahead
    while ahead != {then}:
        for path in glob.glob("reports/2*/journal.sqlite"):
            try:
                with sqlite3.connect(f"file:{{path}}?mode=ro", uri=True) as db:
                    [[count]] = db.execute("SELECT count(*) FROM entries WHERE kind = 'scenario'")
            except sqlite3.Error:
                continue
            if count >= {after}:
                ahead = {then}
        time.sleep(0.01)
threading.Thread(target=wait_and_set, daemon=True).start()
"""
"""Before anything else in a process: its clock is so many seconds ahead, and after so many scenarios so many."""


def set_clock(*, first: float = 0, then: float | None = None, after: int = 0) -> str:
    return SET.format(first=first, then=first if then is None else then, after=after)


def command(before: str, *words: str) -> list[str]:
    return [COMMAND[0], COMMAND[1], before + COMMAND[2], *WORDS, *words]


def run(folder: Path, before: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(before, *words),
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )


def result(folder: Path) -> RunResult:
    [path] = folder.glob("reports/2*/result.json")
    return read_result(path)


def journal(folder: Path) -> Path:
    [path] = folder.glob("reports/2*/journal.sqlite")
    return path


def moments(folder: Path) -> list[datetime]:
    """When each entry says that it was made, in the order of the journal."""
    return [datetime.fromisoformat(each.at) for each in read_entries(journal(folder))]


def whole_and_in_order(folder: Path) -> None:
    assert verify_chain(journal(folder)).problem is None
    assert moments(folder) == sorted(moments(folder))
    told = result(folder).run
    assert told.started <= moments(folder)[-1]
    assert told.started < told.finished


@pytest.mark.parametrize(("then", "words"), [(72 * HOUR, "3 døgn fram"), (-5 * HOUR, "5 timer tilbake")])
def test_set_while_it_waits(then: float, words: str, tmp_path: Path) -> None:
    """When all is ordered, and before any status has come: far past every deadline, or before anything was ordered."""
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=8.0) as environment:
        environment.configure(tmp_path, status_s=100.0)
        done = run(tmp_path, set_clock(then=then, after=8), "Basic varsler")
    assert done.returncode == 3, done.stdout + done.stderr
    assert {each.outcome for each in result(tmp_path).scenarios} == {Outcome.PASSED}
    assert f"Klokken på maskinen ble stilt {words}" in " ".join(done.stdout.split())
    assert any(words in each for each in result(tmp_path).remarks)
    whole_and_in_order(tmp_path)


@pytest.mark.parametrize("then", [48 * HOUR, -HOUR])
def test_set_with_the_simulator(then: float, tmp_path: Path) -> None:
    """Also where times are compared: of statuses, of answers that must come in time, and of what expires."""
    done = run(tmp_path, set_clock(then=then, after=3), "bestilling/")
    assert done.returncode == 3, done.stdout + done.stderr
    outcomes = {each.outcome for each in result(tmp_path).scenarios}
    assert outcomes <= {Outcome.PASSED, Outcome.NOT_APPLICABLE}, done.stdout
    assert "Klokken på maskinen ble stilt" in done.stdout
    whole_and_in_order(tmp_path)


def test_nothing_told_of_a_clock_that_was_left(tmp_path: Path) -> None:
    done = run(tmp_path, "", "1.2")
    assert "Klokken på maskinen" not in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_set_back_before_it_is_taken_up(tmp_path: Path) -> None:
    """Time does not go backwards in a run, and what ePROM has sent in time has not come too late."""
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=6.0) as environment:
        environment.configure(tmp_path, status_s=100.0)
        running = subprocess.Popen(command("", "Basic varsler"), cwd=tmp_path, env=ENVIRONMENT)
        deadline = monotonic() + 100
        while len(environment.orders()) < 5:
            assert monotonic() < deadline
            Event().wait(0.05)
        # Not killed: what became of an order that was on its way would then be known to nobody.
        running.send_signal(signal.SIGINT)
        running.wait(60)
        done = run(tmp_path, set_clock(first=-2 * HOUR), "Basic varsler", "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    assert {each.outcome for each in result(tmp_path).scenarios} == {Outcome.PASSED}
    assert "Klokken på maskinen ble stilt 2 timer tilbake" in " ".join(done.stdout.split())
    whole_and_in_order(tmp_path)


def test_wrong_from_the_beginning(tmp_path: Path) -> None:
    """A clock that is three hours behind: what only our own clock says is not held against ePROM."""
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=0.2) as environment:
        environment.configure(tmp_path)
        done = run(tmp_path, set_clock(first=-3 * HOUR), "Lokal tid og UTC")
    assert done.returncode == 3, done.stdout + done.stderr
    scenarios = result(tmp_path).scenarios
    assert {each.outcome for each in scenarios} <= {Outcome.UNVERIFIED, Outcome.PASSED}
    compared = [each for each in scenarios if each.name.startswith("Lokal tid og UTC er samme øyeblikk")]
    assert compared
    assert all("En av dem går feil." in each.reason for each in compared)


def test_taken_up_on_another_day(tmp_path: Path) -> None:
    """Its persons are those of the day on which it began, and whoever examines it knows that."""
    run(tmp_path, "", "1.2")
    done = run(tmp_path, set_clock(first=36 * HOUR), "1.2", "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    examined = examine_ending(read_record(journal(tmp_path)), load_catalogue(features_dir() / "krav.toml"))
    assert examined.problems == []
