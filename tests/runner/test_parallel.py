"""Several processes give what one gives, see the whole run at its end, and never end well when one of them is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import verify_chain
from eprom_verify.verdict import Conclusion, Outcome, RunResult, read_result
from tests.runner.alike import Left, nothing_secret, told
from tests.runner.suites import Suite, own_environment
from tests.runner.test_guard import PLANTED

START = "from eprom_verify.cli import main; main()"
PATIENT = "[frister]\nstatus_s = 60.0\n"
"""What is waited for comes at last, on a machine that is busy with other tests."""
FAULTY = "[frister]\nstatus_s = 4.0\n"

STEPS = """

import os
import signal
from dataclasses import replace
from pathlib import Path

from eprom_verify.checks.case import Case
from eprom_verify.rig import Rig


@given("at prosessen blir notert")
def note_process(request: object) -> None:
    line = f"{request.node.name} {os.environ['PYTEST_XDIST_WORKER']}"
    with Path("processes.txt").open("a", encoding="utf-8") as file:
        file.write(line + "\\n")


@given("at bestillersystemet bestiller uten å være bedt om det")
def order_unasked(case: Case, rig: Rig) -> None:
    rig.driver.order_form(replace(case.intent, case_id="en annen sak"))


@then("har hver bestilling fått status")
def all_have_status(rig: Rig) -> None:
    seen = rig.journal.exchanges()
    made = {each.order_id for each in seen if each.operation == "A"}
    assert made
    assert made <= {each.order_id for each in seen if each.operation == "I"}


@given("at prosessen stanser brått")
def stop() -> None:
    os._exit(9)


@given("at prosessen blir drept")
def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
"""
ORDERED = """
  @krav-1.5
  Scenario: Planlagt {number}
    Gitt pasienten "alle kanaler"
    Når bestillersystemet bestiller et skjema
    {extra}
    Så blir pasienten varslet på "Helsenorge"
"""
LATE = """
  @krav-1.5
  Scenario: Uten å vente
    Gitt pasienten "alle kanaler"
    Når bestillersystemet bestiller et skjema
    Så tar ePROM imot bestillingen
"""
LAST_ONE = """
    @krav-1.5 @bestillersystem @eprom
    Scenario: Kopi {number}
      Gitt at prosessen blir notert
      Så er ingen bestilling sendt to ganger
"""


def run(folder: Path, *words: str, config: str = PATIENT) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    (folder / "oppsett.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-c", START, "run", "--no-html", "--config", "oppsett.toml", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=folder)


def only_run(folder: Path) -> Path:
    [found] = (folder / "reports").glob("2*")
    return found


def result_of(folder: Path) -> RunResult:
    return read_result(only_run(folder) / "result.json")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--no-allure", "--fault", "status-twice"),
        ("--edition", "2023-10", "--random-order", "3", "-k", "retur"),
    ],
    ids=["whole", "fault", "older edition in random order"],
)
def test_same_as_one_process(words: tuple[str, ...], tmp_path: Path) -> None:
    config = FAULTY if "--fault" in words else PATIENT
    one = run(tmp_path / "one", "--seed", "7", *words, config=config)
    two = run(tmp_path / "two", "--seed", "7", "-n", "2", *words, config=config)
    assert two.returncode == one.returncode == (1 if "--fault" in words else 3), two.stdout + two.stderr
    assert told(two.stdout) == told(one.stdout)
    assert two.stderr == one.stderr == ""
    left, expected = Left.by(only_run(tmp_path / "two")), Left.by(only_run(tmp_path / "one"))
    for name in vars(expected):
        assert getattr(left, name) == getattr(expected, name), name
    assert bool(left.allure) is ("--no-allure" not in words)
    nothing_secret(only_run(tmp_path / "two"), two.stdout)


@pytest.fixture
def planted(tmp_path: Path) -> Suite:
    """A suite with sentences that only these tests have."""
    suite = Suite.copied(tmp_path)
    steps = suite.root / "steps" / "retur.py"
    steps.write_text(steps.read_text(encoding="utf-8") + STEPS, encoding="utf-8")
    return suite


def test_other_process_seen(planted: Suite, tmp_path: Path) -> None:
    """An order too many in one process fails what looks at the whole run in the other."""
    extra = "Gitt at prosessen blir notert\n    Og at bestillersystemet bestiller uten å være bedt om det"
    planted.append("status", ORDERED.format(number="for mye", extra=extra))
    for number in range(5):
        planted.append("status", ORDERED.format(number=number, extra="Gitt at prosessen blir notert"))
        planted.append("hele_kjoringen", LAST_ONE.format(number=number))
    done = planted.run("--no-allure", "-n", "2", "-k", "1.5")
    assert done.returncode == 1, done.stdout + done.stderr
    noted = dict(line.rsplit(" ", 1) for line in (tmp_path / "processes.txt").read_text("utf-8").splitlines())
    guilty = noted["test_planlagt_for_mye"]
    others = {name for name, process in noted.items() if name.startswith("test_kopi") and process != guilty}
    assert others, noted
    results = {each.name: each for each in result_of(tmp_path).scenarios}
    for number in range(5):
        assert results[f"Kopi {number}"].outcome is Outcome.FAILED
        assert "1 bestillinger for mye" in results[f"Kopi {number}"].reason
        # What is asked in either process is known in both: else these orders too would be too many.
        assert results[f"Planlagt {number}"].outcome is Outcome.PASSED


def test_late_messages_waited_for(planted: Suite, tmp_path: Path) -> None:
    """What the simulator of one worker has yet to send is waited for in the other, before the whole is looked at."""
    planted.append("status", LATE)
    for number in range(4):
        text = LAST_ONE.format(number=number).replace(
            "er ingen bestilling sendt to ganger", "har hver bestilling fått status"
        )
        planted.append("hele_kjoringen", text)
    (tmp_path / "eprom-verify.toml").write_text("[simulator]\ncallback_delay_s = 3.0\n" + PATIENT, encoding="utf-8")
    done = planted.run("--no-allure", "-n", "2", "-k", "1.5")
    assert done.returncode == 3, done.stdout + done.stderr
    assert {each.outcome for each in result_of(tmp_path).scenarios} == {Outcome.PASSED}


@pytest.mark.parametrize("end", ["stanser brått", "blir drept"])
def test_lost_process_named(end: str, planted: Suite, tmp_path: Path) -> None:
    if end == "blir drept" and sys.platform == "win32":
        pytest.skip("there is no SIGKILL")
    for number in range(3):
        planted.append("status", ORDERED.format(number=number, extra="Gitt at prosessen blir notert"))
    planted.append("status", ORDERED.format(number="i stykker", extra=f"Gitt at prosessen {end}"))
    done = planted.run("--no-allure", "-n", "2", "-k", "1.5")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr == ""
    result = result_of(tmp_path)
    assert result.conclusion is Conclusion.INCOMPLETE
    [lost, *more] = result.incomplete_reasons
    assert lost.startswith("Prosess gw")
    assert lost.endswith("stanset uventet mens den kjørte bestilling/status.feature::Planlagt i stykker.")
    assert any("avbrutt" in reason for reason in more)
    assert not [each for each in result.scenarios if "til-slutt" in each.tags or each.name == "Planlagt i stykker"]
    journal = only_run(tmp_path) / "journal.sqlite"
    assert verify_chain(journal, expected_last=result.run.journal_last_digest).problem is None
    # The order that the lost process had placed is still there.
    seen = {each.id for each in read_exchanges(journal) if each.operation == "A"}
    assert len(seen) > sum(each.name.startswith("Planlagt") for each in result.scenarios)


@pytest.mark.parametrize(
    ("planting", "complaint"),
    [
        ("def pytest_runtest_logstart():\n    if {second}: raise RuntimeError('plantet')", "RuntimeError: plantet"),
        ("if {second}: os._exit(5)", "kom ikke i gang"),
        ("def pytest_collection_modifyitems(items):\n    if {second}: items.pop()", "ikke de samme scenariene"),
    ],
    ids=["own error", "lost at once", "other scenarios"],
)
def test_error_in_one_process(planting: str, complaint: str, planted: Suite) -> None:
    second = 'os.environ.get("PYTEST_XDIST_WORKER") == "gw1"'
    conftest = planted.root / "conftest.py"
    text = conftest.read_text(encoding="utf-8")
    conftest.write_text(f"import os\n{text}\n{planting.format(second=second)}\n", encoding="utf-8")
    done = planted.run("--no-allure", "-n", "2")
    assert done.returncode == 3, done.stdout + done.stderr
    assert complaint in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["same name twice", "undefined step", "unknown requirement"])
def test_suite_not_whole_refused(name: str, tmp_path: Path) -> None:
    text, complaint = PLANTED[name]
    suite = Suite.copied(tmp_path)
    suite.append("bestillersystemet", text)
    one, two = suite.run(), suite.run("-n", "2")
    assert two.returncode == one.returncode == 2
    assert complaint in two.stderr
    assert (two.stdout, two.stderr) == (one.stdout, one.stderr)
    assert list((tmp_path / "reports").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "config"),
    [
        (("-k", "finnes_ikke_i_noe_navn"), ""),
        (("--fault", "finnes-ikke"), ""),
        ((), '[mottak]\nhost = "192.0.2.1"\n'),
        ((), '[personas]\n"alle kanalar" = "26670271527"\n'),
        ((), "[mottak]\nport = 70000\n"),
    ],
    ids=["nothing selected", "no such fault", "no such address", "no such persona", "wrong configuration"],
)
def test_problem_told_as_by_one(words: tuple[str, ...], config: str, tmp_path: Path) -> None:
    one, two = run(tmp_path / "one", *words, config=config), run(tmp_path / "two", "-n", "2", *words, config=config)
    assert two.returncode == one.returncode == 2, two.stdout + two.stderr
    assert two.stderr == one.stderr != ""
    assert two.stdout == one.stdout == ""


@pytest.mark.parametrize(
    ("words", "config", "complaint"),
    [
        ((), "[mottak]\nport = 18081\n", "én fast port (18081"),
        (("-n", "mange"), "", "et tall fra 0 til 64, eller auto"),
        (("-n", "65"), "", "et tall fra 0 til 64, eller auto"),
    ],
)
def test_refused(words: tuple[str, ...], config: str, complaint: str, tmp_path: Path) -> None:
    done = run(tmp_path, "-n", "2", *words, config=config)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("count", ["0", "1", "auto"])
def test_any_number(count: str, tmp_path: Path) -> None:
    done = run(tmp_path, "-n", count, "-k", "1.2", "--no-allure")
    assert done.returncode == 3, done.stderr
    [scenario] = result_of(tmp_path).scenarios
    assert scenario.outcome is Outcome.PASSED


def test_plain_pytest_refused() -> None:
    """Plain pytest has nobody to bring what its workers see together."""
    command = [sys.executable, "-m", "pytest", "-n2", "features", "-k", "1.2"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, env=own_environment(), timeout=300)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "eprom-verify run -n" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent to a group of processes of their own")
@pytest.mark.parametrize("everybody", [False, True], ids=["leader", "group"])
def test_interrupted_keeps_everything(everybody: bool, tmp_path: Path) -> None:
    started = _started(tmp_path)
    _wait_for_entries(tmp_path, started, 60)
    (os.killpg if everybody else os.kill)(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=300)
    assert started.returncode == 3, out + err
    assert err == ""
    result = result_of(tmp_path)
    assert result.conclusion is Conclusion.INCOMPLETE
    assert result.scenarios
    [reason] = result.incomplete_reasons
    assert "avbrutt" in reason
    chain = verify_chain(only_run(tmp_path) / "journal.sqlite", expected_last=result.run.journal_last_digest)
    assert chain.problem is None


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_no_orphans(tmp_path: Path) -> None:
    """Workers whose leader is killed end too, and what was seen is whole."""
    started = _started(tmp_path)
    _wait_for_entries(tmp_path, started, 60)
    workers = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
    assert len(workers) == 2
    started.kill()
    out, err = started.communicate(timeout=60)
    assert err == "", out
    deadline = time.monotonic() + 60
    while any(Path("/proc", each).exists() for each in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not (only_run(tmp_path) / "result.json").exists()
    chain = verify_chain(only_run(tmp_path) / "journal.sqlite")
    assert chain.problem is None
    assert chain.entries >= 60


def _started(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, "run", "--no-html", "--no-allure", "-n", "2"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, start_new_session=True
    )


def _wait_for_entries(folder: Path, started: subprocess.Popen[str], count: int) -> None:
    """Wait until results have come in, too: a few scenarios make so many entries."""
    deadline = time.monotonic() + 120
    while _entries(folder) < count:
        assert time.monotonic() < deadline
        assert started.poll() is None
        time.sleep(0.02)


def _entries(folder: Path) -> int:
    for path in folder.glob("reports/2*/journal.sqlite"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, timeout=5)) as db:
            return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])
    return 0
