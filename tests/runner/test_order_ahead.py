"""A run against an environment that takes its time: everything is ordered first, and nothing twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries
from eprom_verify.runner.record import read_record
from eprom_verify.verdict import Outcome, RunResult, read_result
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, StandIn, stand_in
from tests.runner.suites import own_environment

DELAY_S = 8.0
CHOSEN = ["-k", "Distribusjon"]
WORDS = ["run", "--no-html", "--no-allure", *CHOSEN]
ENVIRONMENT = own_environment() | {"EPROM_VERIFY_API_KEY": "simulator"}


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[StandIn]:
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=DELAY_S) as made:
        yield made


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *WORDS, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=900
    )


def result(folder: Path) -> RunResult:
    [path] = folder.glob("reports/2*/result.json")
    return read_result(path)


def journal(folder: Path) -> Path:
    [path] = folder.glob("reports/2*/journal.sqlite")
    return path


@pytest.mark.parametrize("workers", [1, 3])
def test_waits_for_all_at_once(workers: int, environment: StandIn, tmp_path: Path) -> None:
    environment.configure(tmp_path)
    done = run(tmp_path, "-n", str(workers))
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.count("Alt er bestilt.") == 1
    scenarios = result(tmp_path).scenarios
    assert {each.outcome for each in scenarios} == {Outcome.PASSED}
    exchanges = read_exchanges(journal(tmp_path))
    orders = [each for each in exchanges if each.operation == "A"]
    statuses = [each for each in exchanges if each.operation == "I"]
    assert len(orders) >= 60
    # Every order was made before the first status came: nobody waited in between.
    assert max(each.request.at for each in orders) < min(each.request.at for each in statuses)
    took = (max(each.request.at for each in statuses) - min(each.request.at for each in orders)).total_seconds()
    assert took < 3 * DELAY_S
    assert len(environment.orders()) == len(orders) == len(scenarios)
    # Whoever ordered: what came, came to the one receiver, and all stands in the one journal.
    assert len({each.part for each in orders}) == workers
    assert {each.part for each in statuses} == {""}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_orders_are_made_once(stop: signal.Signals, workers: int, environment: StandIn, tmp_path: Path) -> None:
    """Stopped in the middle of ordering; what was ordered is looked for, and only the rest is ordered.

    What was on its way when the process was lost is not sent again, and nobody can tell what became of it.
    """
    # Slowly, so that it is stopped in the middle on a busy machine too.
    environment.configure(tmp_path, calls_per_s=10.0)
    words = [*COMMAND, *WORDS, "-n", str(workers)]
    running = subprocess.Popen(words, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    deadline = monotonic() + 60
    while len(environment.orders()) < 10:
        assert monotonic() < deadline
        Event().wait(0.01)
    running.send_signal(stop)
    running.wait(60)
    before = Counter(str(each["id"]) for each in environment.orders())
    assert 10 <= len(before) < 60
    assert any(each.outcome is Outcome.WAITING for each in read_record(journal(tmp_path)).scenarios.values())

    told = subprocess.run(
        [*COMMAND, "status"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=60
    )
    assert told.returncode == 0, told.stderr
    assert "Venter (" in told.stdout
    assert "Fristen er" in told.stdout
    assert "eprom-verify run --resume" in told.stdout

    # However many it had: it is taken up again by one.
    done = run(tmp_path, "--resume", "-n", str(workers))
    assert done.returncode == 3, done.stdout + done.stderr
    assert ("blir tatt opp igjen i én prosess" in done.stdout) is (workers > 1)
    after = result(tmp_path)
    uncertain = [each for each in after.scenarios if each.outcome is not Outcome.PASSED]
    assert len(uncertain) <= (workers if stop is signal.SIGKILL else 0), [each.reason for each in uncertain]
    assert all("Det blir ikke sendt på nytt" in each.reason for each in uncertain)
    made = [each.order_id for each in read_exchanges(journal(tmp_path)) if each.operation == "A"]
    known = [each for each in made if each]
    assert len(made) - len(known) <= len(uncertain)
    assert len(known) == len(set(known))
    there = {str(each["id"]) for each in environment.orders()}
    assert set(known) <= there
    assert len(there) <= len(made)
    # One scenario, one order: as many as in a run that nobody stopped.
    acts = [entry.data["scenario"] for entry in read_entries(journal(tmp_path)) if entry.kind == "act"]
    assert max(Counter(acts).values()) == 1
    assert len(made) == len(after.scenarios)


@pytest.mark.parametrize("last", ["request", "response"])
def test_lost_in_the_middle_of_an_order(last: str, environment: StandIn, tmp_path: Path) -> None:
    """Lost when the order was sent, or answered, and before the run could say what it was for; then taken up twice."""
    environment.configure(tmp_path)
    few = ("-k", "Basic varsler på den første")
    running = subprocess.Popen([*COMMAND, *WORDS, *few], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    deadline = monotonic() + 60
    while len(environment.orders()) < 2:
        assert monotonic() < deadline
        Event().wait(0.01)
    running.kill()
    running.wait(60)
    _forget_all_after_first(last, journal(tmp_path))
    again = subprocess.Popen([*COMMAND, *WORDS, *few, "--resume"], cwd=tmp_path, env=ENVIRONMENT)
    while not any(entry.kind == "scenario" for entry in read_entries(journal(tmp_path))):
        assert monotonic() < deadline + 60
        Event().wait(0.05)
    again.kill()
    again.wait(60)
    _forget_all_after_first("scenario", journal(tmp_path))

    done = run(tmp_path, *few, "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    outcomes = Counter(each.outcome for each in result(tmp_path).scenarios)
    begun = [each for each in read_entries(journal(tmp_path)) if each.kind == "attempt"]
    scenario = begun[0].data["scenario"]
    # Begun once: what may have been ordered is not ordered again.
    assert [each.data["scenario"] for each in begun].count(scenario) == 1
    undecided = {each.id for each in result(tmp_path).scenarios if each.outcome is Outcome.UNVERIFIED}
    assert undecided == ({scenario} if last == "request" else set())
    assert outcomes[Outcome.PASSED] == len(result(tmp_path).scenarios) - len(undecided)

    looked = run(tmp_path, "-k", "Ingen bestilling og ingen godtatt status kom to ganger", "--resume")
    assert looked.returncode == 3, looked.stdout + looked.stderr


def _forget_all_after_first(kind: str, path: Path) -> None:
    """Leave a journal as it was when the first entry of this kind had come; a request is the first order."""
    entries = list(read_entries(path))
    order = next(each.exchange for each in entries if each.data.get("operation") == "A")
    entry = next(each for each in entries if each.kind == kind and each.exchange in (order, ""))
    with sqlite3.connect(path) as journal:
        journal.execute("DELETE FROM entries WHERE seq > ?", (entry.seq,))


def test_deadline_passes(environment: StandIn, tmp_path: Path) -> None:
    """What does not come in time is ePROM's fault."""
    environment.configure(tmp_path, status_s=2.0)
    words = ("-k", "Basic varsler på den første")
    done = run(tmp_path, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    failed = [each for each in result(tmp_path).scenarios if each.outcome is Outcome.FAILED]
    assert failed
    assert all("ePROM sender status for bestillingen innen 2 s" in each.reason for each in failed)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_nobody_listened(environment: StandIn, tmp_path: Path) -> None:
    """Stopped while the statuses came, and taken up after their deadline: that they are lost is nobody's fault."""
    environment.configure(tmp_path, status_s=DELAY_S + 10)
    words = ("-k", "Basic varsler på den første")
    running = subprocess.Popen([*COMMAND, *WORDS, *words], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    deadline = monotonic() + 60
    # Until it knows of each: what became of one that was on its way would be known to nobody.
    while len(environment.orders()) < 6 or sum(each.kind == "act" for each in read_entries(journal(tmp_path))) < 6:
        assert monotonic() < deadline
        Event().wait(0.01)
    running.kill()
    running.wait(60)
    # Else the simulator would send them again, and again.
    environment.silence()
    done = run(tmp_path, *words, "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    lost = [each for each in result(tmp_path).scenarios if each.outcome is not Outcome.PASSED]
    assert len(lost) == 6
    assert {each.outcome for each in lost} == {Outcome.UNVERIFIED}
    assert all("Kjøringen sto stille fra" in each.reason for each in lost)
