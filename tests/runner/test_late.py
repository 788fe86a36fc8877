"""Callbacks that come when no run goes, or while a run is killed: nothing is lost, and nothing counts twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import verify_chain
from eprom_verify.verdict import Outcome, RunResult, read_result
from tests.listeners import ON_POSIX, started
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, StandIn, stand_in
from tests.runner.suites import own_environment

pytestmark = ON_POSIX

DELAY_S = 6.0
"""Long enough that callbacks still come when everything has been ordered; the simulator sends again after 5 s."""
WORDS = ["run", "--no-html", "--no-allure", "-k", "bestilling/"]
ENVIRONMENT = own_environment() | {"EPROM_VERIFY_API_KEY": "simulator", "PYTHONUNBUFFERED": "1"}
MOST_S = 120
"""Seconds for what takes ten on an idle machine."""


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[StandIn]:
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=DELAY_S) as made:
        made.configure(tmp_path)
        yield made


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("uforstyrret")
    with stand_in(folder, port=free_port(), callbacks=free_port(), delay_s=0.5) as made:
        made.configure(folder)
        assert run(folder).returncode == 3
    return result(folder)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *WORDS, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=300
    )


def killed(folder: Path) -> None:
    """Run until everything is ordered and the first statuses have come, and then no longer."""
    words = [*COMMAND, *WORDS]
    with subprocess.Popen(words, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, encoding="utf-8") as running:
        assert running.stdout is not None
        assert any("Alt er bestilt." in line for line in running.stdout)
        until(lambda: len(answered(folder)) >= 3)
        running.kill()


def until(wanted: Callable[[], bool]) -> None:
    deadline = monotonic() + MOST_S
    while not wanted():
        assert monotonic() < deadline
        Event().wait(0.05)


def journal(folder: Path) -> Path:
    [path] = folder.glob("reports/2*/journal.sqlite")
    return path


def answered(folder: Path, path: Path | None = None) -> list[Exchange]:
    """The statuses that a journal has, with their answers."""
    return [each for each in read_exchanges(path or journal(folder)) if each.operation == "I" and each.status == 200]


def result(folder: Path) -> RunResult:
    [path] = folder.glob("reports/2*/result.json")
    return read_result(path)


def taken(environment: StandIn) -> set[str]:
    """The orders whose status the environment knows to be accepted."""
    orders = environment.orders()
    return {str(each["id"]) for each in orders if any(sent["accepted"] for sent in each["deliveries"])}  # type: ignore[attr-defined]


def as_undisturbed(folder: Path, environment: StandIn, undisturbed: RunResult) -> None:
    """The verdict is that of a run that nobody disturbed; each status is there, and was registered once."""
    found = result(folder)
    assert {each.id: each.outcome for each in found.scenarios} == {
        each.id: each.outcome for each in undisturbed.scenarios
    }
    assert {each.id: each.outcome for each in found.requirements} == {
        each.id: each.outcome for each in undisturbed.requirements
    }
    assert Outcome.PASSED in {each.outcome for each in found.scenarios if "til-slutt" in each.tags}
    statuses = Counter(each.order_id for each in answered(folder))
    assert set(statuses) == taken(environment)
    with closing(sqlite3.connect(journal(folder).with_name("bestillersystem.sqlite"))) as db:
        registered = Counter(name for (name,) in db.execute("SELECT form_order_id FROM statuses"))
    assert registered == Counter(set(statuses))
    made = [each.order_id for each in read_exchanges(journal(folder)) if each.operation == "A" and each.status == 200]
    assert sorted(str(each["id"]) for each in environment.orders()) == sorted(
        name for name in made if name and not name.startswith("00000000")
    )
    assert verify_chain(journal(folder)).problem is None


def test_killed_and_taken_up(environment: StandIn, tmp_path: Path, undisturbed: RunResult) -> None:
    """Nobody listens meanwhile: the environment is refused, and sends again to the run that goes on."""
    killed(tmp_path)
    before = len(taken(environment))
    done = run(tmp_path, "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    as_undisturbed(tmp_path, environment, undisturbed)
    assert 0 < before < len(taken(environment))


def test_killed_and_listened_for(environment: StandIn, tmp_path: Path, undisturbed: RunResult) -> None:
    """The rest comes while no run goes, and the one who listens is killed too; then the run goes on."""
    killed(tmp_path)
    before, listening = {each.order_id for each in answered(tmp_path)}, tmp_path / "reports/mottak/journal.sqlite"
    with started([*COMMAND, "listen"], tmp_path, ENVIRONMENT) as listener:
        listener.says("PUT /api/PromsFormOrder 200")
        listener.ends(signal.SIGKILL)
    with started([*COMMAND, "listen"], tmp_path, ENVIRONMENT) as listener:
        until(lambda: all(name in taken(environment) for name in waited_for(environment)))
        assert listener.ends(signal.SIGTERM) == 0
    heard = {each.order_id for each in answered(tmp_path, listening)}
    assert heard - before
    done = run(tmp_path, "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    as_undisturbed(tmp_path, environment, undisturbed)
    assert {each.order_id for each in answered(tmp_path)} >= before | heard


def waited_for(environment: StandIn) -> set[str]:
    """The orders that the environment has a status of to tell."""
    return {str(each["id"]) for each in environment.orders() if each["status"] is not None}
