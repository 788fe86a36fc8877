"""A run that was stopped, by choice or by force, and taken up again."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

import httpx
import pytest

from eprom_verify.clock import system_clock
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.masking import Mask
from eprom_verify.runner.record import Ending, note_end, read_record
from eprom_verify.verdict import Outcome, RunResult, read_result
from tests.ports import free_port
from tests.runner.suites import Suite

COMMAND = [sys.executable, "-c", "from eprom_verify.cli import main; main()"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
QUICK = ["run", "--no-html", "--no-allure", "--reports", "reports"]
CHOSEN = ["-k", "Distribusjon"]
ATTENDED = """
[bestillersystem]
navn = "Registeret"
driver = "attended"
api_base_url = "http://127.0.0.1:9"

[simulator]
port = {port}
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *QUICK, *words], capture_output=True, encoding="utf-8", cwd=folder, env=ENVIRONMENT, timeout=900
    )


def begun(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *QUICK, *words], cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, text=True
    )


def wait(folder: Path, until: Callable[[Path], bool]) -> Path:
    deadline = monotonic() + 60
    while monotonic() < deadline:
        for journal in folder.glob("reports/2*/journal.sqlite"):
            if until(journal):
                return journal
        Event().wait(0.02)
    raise AssertionError("the run never came so far")


def decided(count: int) -> Callable[[Path], bool]:
    def reached(journal: Path) -> bool:
        try:
            return sum(entry.kind == "scenario" for entry in read_entries(journal)) >= count
        except Exception:  # the file is still being made
            return False

    return reached


def only(folder: Path) -> RunResult:
    [path] = folder.glob("reports/2*/result.json")
    return read_result(path)


def outcomes(result: RunResult) -> dict[str, Outcome]:
    return {each.id: each.outcome for each in result.scenarios}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    folder = tmp_path_factory.mktemp("hel")
    assert run(folder, *CHOSEN, "--seed", "5").returncode == 3
    return only(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_taken_up_again(stop: signal.Signals, tmp_path: Path, whole: RunResult) -> None:
    running = begun(tmp_path, *CHOSEN, "--seed", "5")
    journal = wait(tmp_path, decided(15))
    running.send_signal(stop)
    running.wait(60)
    before = read_record(journal)
    # At least one was left, or nothing was taken up.
    assert 15 <= len(before.scenarios) < len(whole.scenarios)

    done = run(tmp_path, *CHOSEN, "--resume")
    assert done.returncode == 3, done.stderr
    assert f"{len(before.scenarios)} avgjort fra før" in done.stdout
    result = only(tmp_path)
    assert outcomes(result) == outcomes(whole)
    assert [each.id for each in result.scenarios] == [each.id for each in whole.scenarios]
    assert {each.id: each.outcome for each in result.requirements} == {
        each.id: each.outcome for each in whole.requirements
    }
    assert (result.run.seed, len(result.run.resumed)) == (5, 1)
    assert result.run.started == before.began
    assert verify_chain(journal, expected_last=result.run.journal_last_digest).problem is None
    # What was decided is as it was, to the exchange.
    kept = {each.id: each for each in result.scenarios}
    assert all(kept[name] == each for name, each in before.scenarios.items())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_order_without_end_blames_nobody(tmp_path: Path) -> None:
    """Killed between an order and its status: the order is in the journal, and the whole run is not judged by it."""
    (tmp_path / "eprom-verify.toml").write_text("[simulator]\ncallback_delay_s = 2.0\n[frister]\nstatus_s = 4.0\n")

    def ordered(journal: Path) -> bool:
        try:
            return any(each.operation == "A" and each.status == 200 for each in read_exchanges(journal))
        except Exception:  # the file is still being made
            return False

    running = begun(tmp_path, "-k", "1.3")
    journal = wait(tmp_path, ordered)
    running.kill()
    running.wait(60)
    left = read_record(journal)
    assert left.abandoned
    assert run(tmp_path, "-k", "1.3", "--resume").returncode == 3
    done = run(tmp_path, "-k", "bestilling/hele_kjoringen", "--resume")
    assert done.returncode == 3, done.stdout + done.stderr
    result = only(tmp_path)
    assert sum("til-slutt" in each.tags for each in result.scenarios) > 5
    failed = [each.name for each in result.scenarios if each.outcome in (Outcome.FAILED, Outcome.ERROR)]
    assert failed == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_run_that_goes_is_left_alone(tmp_path: Path) -> None:
    """Two processes that wrote the same journal would break it, and the run of the one that began."""
    # The whole suite takes several times as long as both commands, however slow the machine is.
    running = begun(tmp_path)
    journal = wait(tmp_path, decided(5))
    refused = run(tmp_path, "--resume")
    told = subprocess.run([*COMMAND, "status"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, encoding="utf-8")
    assert running.poll() is None, "the run was over before it was tried"
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 3
    assert refused.returncode == 2
    assert "går nå, i et annet vindu" in refused.stderr
    assert "Kjøringen går nå." in told.stdout
    assert verify_chain(journal, expected_last=only(tmp_path).run.journal_last_digest).problem is None
    assert not only(tmp_path).run.resumed


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_report_forgets_that_it_was_stopped(tmp_path: Path) -> None:
    """What had no scenarios yet stood in the report for itself; a package that still has it is refused."""
    words = ["run", "--no-html", *CHOSEN]
    running = subprocess.Popen([*COMMAND, *words], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    wait(tmp_path, decided(1))
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 3

    def alone() -> set[str]:
        found = [
            json.loads(each.read_text("utf-8")) for each in tmp_path.glob("reports/2*/allure-results/*-result.json")
        ]
        return {each["fullName"] for each in found if each["fullName"].startswith("krav ")}

    def without_scenarios() -> set[str]:
        return {f"krav {each.id}" for each in only(tmp_path).requirements if not each.scenarios}

    before = alone()
    assert before == without_scenarios()
    done = subprocess.run([*COMMAND, *words, "--resume"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True)
    assert done.returncode == 3
    assert alone() == without_scenarios()
    assert alone() < before


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_stopped_run_does_not_go(tmp_path: Path) -> None:
    running = begun(tmp_path, *CHOSEN)
    wait(tmp_path, decided(1))
    running.kill()
    running.wait(60)
    told = subprocess.run([*COMMAND, "status"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, encoding="utf-8")
    assert "den ble stanset, og går ikke nå" in told.stdout
    assert "Du: ta opp igjen kjøringen med eprom-verify run --resume." in told.stdout


def test_finished_run_is_looked_at_again(tmp_path: Path) -> None:
    assert run(tmp_path, "-k", "1.4").returncode == 3
    before = only(tmp_path)
    assert run(tmp_path, "-k", "1.4", "--resume").returncode == 3
    assert outcomes(only(tmp_path)) == outcomes(before)
    assert len(list(tmp_path.glob("reports/2*"))) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--resume", "--edition", "2023-10"], "Oppsettet er endret siden kjøringen i"),
        (["--resume", "--seed", "6"], "seed"),
        (["--resume", "--fault", "key-bearer"], "--fault"),
        (["--resume", "-n", "2"], "kan ikke tas opp igjen"),
    ],
)
def test_not_with_other_settings(words: list[str], said: str, tmp_path: Path) -> None:
    assert run(tmp_path, "-k", "1.4", "--seed", "5").returncode == 3
    [journal] = tmp_path.glob("reports/2*/journal.sqlite")
    before = journal.read_bytes()
    done = run(tmp_path, "-k", "1.4", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert journal.read_bytes() == before


def test_not_with_another_suite(tmp_path: Path) -> None:
    """What was decided by other scenarios, or by another program, is not decided by these."""
    suite = Suite.copied(tmp_path)
    assert suite.run("-k", "1.5").returncode == 3
    before = suite.run("-k", "1.5", "--resume")
    assert (before.returncode, before.stderr) == (3, "")
    suite.append("obligatorisk", "\n# en annen utgave\n")
    refused = suite.run("-k", "1.5", "--resume")
    assert refused.returncode == 2
    assert "Verktøyet eller testsamlingen er en annen enn da kjøringen" in refused.stderr
    [journal] = tmp_path.glob("reports/2*/journal.sqlite")
    assert verify_chain(journal).problem is None


def test_nothing_to_take_up(tmp_path: Path) -> None:
    done = run(tmp_path, "--resume")
    assert (done.returncode, "ingen kjøring i reports å ta opp igjen" in done.stderr) == (2, True)


def test_journal_of_a_run_that_could_not_be_taken_up(tmp_path: Path) -> None:
    """It is whole, though more stands in it than when the result was written; what somebody adds is another matter."""
    port = free_port()
    (tmp_path / "eprom-verify.toml").write_text(f"[mottak]\nport = {port}\n")
    assert run(tmp_path, "-k", "1.4").returncode == 3
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert run(tmp_path, "-k", "1.4", "--resume").returncode == 2
    looked = [*COMMAND, "journal"]
    told = subprocess.run(looked, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, encoding="utf-8")
    assert told.returncode == 0, told.stdout
    assert "tatt opp igjen siden result.json ble skrevet" in told.stdout
    assert run(tmp_path, "-k", "1.4", "--resume").returncode == 3
    [journal] = tmp_path.glob("reports/2*/journal.sqlite")
    note_end(journal, ending(journal), system_clock, mask=Mask())
    told = subprocess.run(looked, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, encoding="utf-8")
    assert (told.returncode, "IKKE hel" in told.stdout) == (1, True)


def ending(journal: Path) -> Ending:
    found = read_record(journal).ending
    assert found is not None
    return found


def test_changed_journal_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "-k", "1.4").returncode == 3
    [journal] = tmp_path.glob("reports/2*/journal.sqlite")
    with sqlite3.connect(journal) as db:
        db.execute("UPDATE entries SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 2")
    db.close()
    done = run(tmp_path, "-k", "1.4", "--resume")
    assert (done.returncode, "er endret etter at det ble skrevet" in done.stderr) == (2, True), done.stderr


class Attended:
    """A run at whose terminal somebody sits, who orders what is asked for until it is time to stop."""

    def __init__(self, folder: Path, port: int, *words: str) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, *QUICK, *words],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self._base = f"http://127.0.0.1:{port}/promswebapi"
        self.tasks = 0

    def work(self, *, stop_at: int = 0) -> int:
        """Do each task, and stop at one of them; gives the exit code."""
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        told: dict[str, str] = {}
        for line in self._process.stdout:
            self.tasks += line.startswith("Oppgave ")
            name, _, value = line.strip().partition(": ")
            told[name] = value
            if not line.startswith("Skriv «hopp"):
                continue
            if self.tasks == stop_at:
                self._process.stdin.write("stopp\n")
                self._process.stdin.flush()
            else:
                self._order(told)
        with self._process:
            return self._process.wait(60)

    def _order(self, told: dict[str, str]) -> None:
        found = re.search(r"\(([0-9a-f-]{36})\)", told["Skjema"])
        assert found is not None
        body = {
            "formId": found[1],
            "nationalId": told["Pasient"].split()[0],
            "expiryDate": "2030-01-01T00:00:00Z",
            "distributionRule": "Basic",
        }
        httpx.post(
            f"{self._base}/api/v2/formorder",
            content=json.dumps(body),
            headers={"Authorization": "Basic simulator", "Content-Type": "application/json"},
        ).raise_for_status()


def test_tester_goes_on_another_day(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "eprom-verify.toml").write_text(ATTENDED.format(port=port), encoding="utf-8")
    first = Attended(tmp_path, port, "-k", "B-02")
    assert first.work(stop_at=2) == 3
    [done] = only(tmp_path).scenarios
    assert (first.tasks, done.outcome) == (2, Outcome.PASSED)

    second = Attended(tmp_path, port, "-k", "B-02", "--resume")
    assert second.work() == 3
    # Only what was left is asked for, and each order was made once.
    assert second.tasks == 1
    assert [each.outcome for each in only(tmp_path).scenarios] == [Outcome.PASSED, Outcome.PASSED]
    [journal] = tmp_path.glob("reports/2*/journal.sqlite")
    assert sum(each.operation == "A" for each in read_exchanges(journal)) == 2
