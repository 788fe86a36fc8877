"""Callbacks that come when no run goes, or while a run is killed: nothing is lost, and nothing counts twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic

import httpx
import pytest

from eprom_verify.checks.returning import RAND_12 as ANSWERS
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.handover.entries import examine_journal
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.verdict import Outcome, RunResult, read_result
from tests.listeners import ON_POSIX, started
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, RAND_12, StandIn, stand_in
from tests.runner.suites import own_environment

pytestmark = ON_POSIX

DELAY_S = 10.0
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
        [*COMMAND, *WORDS, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=900
    )


def killed(folder: Path, words: Sequence[str] = WORDS, environment: Mapping[str, str] = ENVIRONMENT) -> None:
    """Run until everything is ordered and the first statuses have come, and then no longer."""
    command = [*COMMAND, *words]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8") as running:
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


def outcomes(found: RunResult) -> dict[str, Outcome]:
    return {each.id: each.outcome for each in found.scenarios}


def made(path: Path) -> set[str]:
    """The orders that a run has made."""
    sent = [each for each in read_exchanges(path) if each.operation == "A" and each.status == 200]
    return {str(each.order_id) for each in sent} - {ZERO_GUID}


def as_undisturbed(
    folder: Path, environment: StandIn, undisturbed: RunResult, *, more: Mapping[str, Outcome] | None = None
) -> None:
    """The verdict is that of a run that nobody disturbed, but for `more`, by requirement; each status is there, and was
    registered once."""
    found = result(folder)
    expected = outcomes(undisturbed)
    for each in undisturbed.scenarios:
        for name in set(each.requirements) & set(more or {}):
            expected[each.id] = (more or {})[name]
    assert outcomes(found) == expected
    assert Outcome.PASSED in {each.outcome for each in found.scenarios if "til-slutt" in each.tags}
    exchanges = read_exchanges(journal(folder))
    told = Counter((each.order_id, each.request.member("formOrderStatus")) for each in exchanges if accepted(each))
    assert {name for name, _ in told} == taken(environment)
    with closing(sqlite3.connect(journal(folder).with_name("bestillersystem.sqlite"))) as db:
        registered = db.execute("SELECT form_order_id, status FROM statuses").fetchall()
    assert sorted(registered) == sorted(told)
    assert {str(each["id"]) for each in environment.orders()} == made(journal(folder))
    assert not examine_journal(journal(folder), {}).problems


def accepted(exchange: Exchange) -> bool:
    return exchange.operation in ("I", "J") and exchange.status == 200


def some_answered(environment: StandIn, orders: list[str]) -> list[str]:
    """Let the patients answer three of these forms; some are for nobody, or to be tried with, and are not open."""
    found: list[str] = []
    for name in orders:
        url = f"http://127.0.0.1:{environment.port}/_control/orders/{name}/answer"
        answer = httpx.post(url, json={"answers": ANSWERS}, timeout=30)
        assert answer.status_code in (200, 409)
        found += [name] if answer.status_code == 200 else []
        if len(found) == 3:
            return found
    raise AssertionError("too few forms could be answered")


def untold(environment: StandIn) -> list[str]:
    """The orders that the environment has told nothing of yet, and so whose forms can be answered first; the last one
    first, since it is the last to be told of."""
    return [str(each["id"]) for each in reversed(environment.orders()) if not each["deliveries"]]


def order_as_another(environment: StandIn) -> str:
    """Let somebody else order, with the same key, and so with its callbacks to the same place."""
    body = {"formId": RAND_12, "nationalId": environment.persons()["alle kanaler"], "distributionRule": "Basic"}
    body |= {"expiryDate": "2099-01-01T12:00:00+01:00"}
    headers = {"Authorization": "Basic simulator"}
    answer = httpx.post(f"{environment.address}/api/v2/formorder", json=body, headers=headers, timeout=30)
    return str(answer.raise_for_status().json()["id"])


def test_killed_and_taken_up(environment: StandIn, tmp_path: Path, undisturbed: RunResult) -> None:
    """Nobody listens meanwhile: the environment is refused, and sends again to the run that goes on. Three answers came
    before the statuses of their orders."""
    killed(tmp_path)
    before, first = len(taken(environment)), some_answered(environment, untold(environment))
    done = run(tmp_path, "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    as_undisturbed(tmp_path, environment, undisturbed, more={"R-01": Outcome.PASSED})
    assert {each.order_id for each in read_exchanges(journal(tmp_path)) if each.operation == "J"} == set(first)
    assert 0 < before < len(taken(environment))


def test_killed_and_listened_for(environment: StandIn, tmp_path: Path, undisturbed: RunResult) -> None:
    """The rest comes while no run goes, and the one who listens is killed too; then the run goes on."""
    killed(tmp_path)
    before, listening = {each.order_id for each in answered(tmp_path)}, tmp_path / "reports/mottak/journal.sqlite"
    with started([*COMMAND, "listen"], tmp_path, ENVIRONMENT) as listener:
        listener.says("PUT /api/PromsFormOrder 200")
        listener.ends(signal.SIGKILL)
    with started([*COMMAND, "listen"], tmp_path, ENVIRONMENT) as listener:
        until(lambda: waited_for(environment) <= taken(environment))
        assert listener.ends(signal.SIGTERM) == 0
    heard = {each.order_id for each in answered(tmp_path, listening)}
    assert heard - before
    done = run(tmp_path, "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    as_undisturbed(tmp_path, environment, undisturbed)
    assert {each.order_id for each in answered(tmp_path)} >= before | heard


def test_out_of_order_and_for_others(environment: StandIn, tmp_path: Path, undisturbed: RunResult) -> None:
    """In one run: Completed before Ordered, and a colleague's order with the same bestillersystem."""
    # Told of while the run goes: it takes longer than that, and else it is told of again.
    theirs = order_as_another(environment)
    words = [*COMMAND, *WORDS]
    with subprocess.Popen(words, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, encoding="utf-8") as running:
        assert running.stdout is not None
        assert any("Alt er bestilt." in line for line in running.stdout)
        first = some_answered(environment, untold(environment))
        running.stdout.read()
    assert running.returncode == 3
    came = [each for each in read_exchanges(journal(tmp_path)) if accepted(each)]
    assert [each.operation for each in came if each.order_id in first] == ["J"] * 3 + ["I"] * 3
    assert theirs in {each.order_id for each in came}
    found = result(tmp_path)
    [asked] = [each for each in found.scenarios if "S-06" in each.requirements]
    assert (asked.outcome, theirs in asked.reason, asked.by_person) == (Outcome.UNVERIFIED, True, True)
    but = {"R-01": Outcome.PASSED, "S-06": Outcome.UNVERIFIED}
    for each in undisturbed.scenarios:
        [expected] = {but.get(name, each.outcome) for name in each.requirements}
        assert outcomes(found)[each.id] is expected, each.name
    assert any("0 gjelder en annen kjøring i samme mappe, 1 noe ukjent" in each for each in found.remarks)


def test_next_run_judges_nothing_of_the_last(environment: StandIn, tmp_path: Path, undisturbed: RunResult) -> None:
    """The callbacks of a run that was killed come while the next one goes: kept, remarked on, and judged by nobody."""
    killed(tmp_path)
    first = journal(tmp_path)
    done = run(tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    [second] = [path.with_name("journal.sqlite") for path in tmp_path.glob("reports/2*/result.json")]
    assert second != first
    found = result(tmp_path)
    assert outcomes(found) == outcomes(undisturbed)
    came = {str(each.order_id) for each in answered(tmp_path, second)}
    assert came & made(first)
    assert came <= made(first) | made(second)
    [remark] = [each for each in found.remarks if "ikke er gjort i denne kjøringen" in each]
    assert f"{len(came & made(first))} gjelder en annen kjøring i samme mappe, 0 noe ukjent" in remark


def test_finished_run_takes_in_what_came_later(environment: StandIn, tmp_path: Path) -> None:
    """Patients answer days later: who listens keeps it, the run takes in what is its own, and its verdict stands."""
    assert run(tmp_path).returncode == 3
    before = result(tmp_path)
    orders = [str(each["id"]) for each in environment.orders()]
    with started([*COMMAND, "listen"], tmp_path, ENVIRONMENT) as listener:
        mine = some_answered(environment, orders)
        theirs = order_as_another(environment)
        until(lambda: theirs in taken(environment))
        assert listener.ends(signal.SIGTERM) == 0
    assert {each.order_id for each in answered(tmp_path, tmp_path / "reports/mottak/journal.sqlite")} == {theirs}
    assert run(tmp_path, "--resume").returncode == 3
    after, exchanges = result(tmp_path), read_exchanges(journal(tmp_path))
    assert [each.order_id for each in exchanges if each.operation == "J"] == mine
    assert theirs not in {each.order_id for each in exchanges}
    [returns] = [each for each in after.scenarios if "R-01" in each.requirements]
    assert outcomes(after) == outcomes(before) | {returns.id: Outcome.PASSED}
    assert not any("ikke er gjort i denne kjøringen" in each for each in after.remarks)


def waited_for(environment: StandIn) -> set[str]:
    """The orders that the environment has a status of to tell."""
    return {str(each["id"]) for each in environment.orders() if each["status"] is not None}
