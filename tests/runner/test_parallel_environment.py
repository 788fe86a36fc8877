"""Several processes against an environment: they share one receiver and one journal, and give what one gives.

The bestillersystem is the built-in one; somebody's own is driven by one process, whatever is asked for.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.runner.record import read_record
from eprom_verify.verdict import Conclusion, Outcome, RunResult, read_result
from tests.listeners import ON_POSIX
from tests.runner.alike import Left, nothing_secret, told
from tests.stand_in import StandIn, stand_in

pytestmark = ON_POSIX

RUN = ("run", "--no-html", "--no-allure")
WHOLE_S = 900.0
FEW = ("-k", "Distribusjon")
PATIENT = {"status_s": 60.0}
"""What is waited for comes at last, on a machine that is busy with other tests."""
WAITING = re.compile(r"(?<=Alt er bestilt\. )\d+")
"""How many are left waiting is chance when ePROM is quick."""


def only(made: StandIn) -> Path:
    [found] = (made.folder / "reports").glob("2*")
    return found


def result_of(made: StandIn) -> RunResult:
    return read_result(only(made) / "result.json")


def noted(made: StandIn, *operations: str) -> list[Exchange]:
    return [each for each in read_exchanges(only(made) / "journal.sqlite") if each.operation in operations]


@pytest.mark.parametrize(("chosen", "delay_s"), [((), 0.01), (FEW, 8.0)], ids=["whole", "all wait"])
def begun(made: StandIn, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        made.command(*RUN, *words),
        cwd=made.folder,
        env=dict(made.environment) | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def until_ordered(made: StandIn, count: int) -> None:
    deadline = monotonic() + 60
    while len(made.orders()) < count:
        assert monotonic() < deadline
        Event().wait(0.01)


@pytest.mark.parametrize(("chosen", "delay_s"), [((), 0.01), (FEW, 8.0)], ids=["whole", "all wait"])
def test_same_as_one_process(chosen: tuple[str, ...], delay_s: float, tmp_path: Path) -> None:
    """The same results, evidence and messages, from an environment in the same state."""
    left, output = {}, {}
    for name, words in {"one": (), "three": ("-n", "3")}.items():
        (tmp_path / name).mkdir()
        with stand_in(tmp_path / name, builtin=True, callback_delay_s=delay_s, deadlines=PATIENT) as made:
            done = made.do("run", "--no-html", "--seed", "7", *words, *chosen, timeout_s=WHOLE_S)
            assert (done.returncode, done.stderr) == (Conclusion.INCOMPLETE.exit_code, ""), done.stdout[-3000:]
            there = {str(each["id"]) for each in made.orders()}
        left[name], output[name] = Left.by(only(made)), told(WAITING.sub("<antall>", done.stdout))
        nothing_secret(only(made), done.stdout)
        assert {each.order_id for each in noted(made, "A") if each.status == 200} - {ZERO_GUID} == there
    for name in vars(left["one"]):
        # Which scenarios had to wait is chance when ePROM is quick, and what they did before stands in another step.
        if name != "allure" or chosen:
            assert getattr(left["three"], name) == getattr(left["one"], name), name
    assert output["three"] == output["one"]
    # All of them ran scenarios, none of them received, and the receiver is one.
    ordered, received = noted(made, "A"), noted(made, "I", "K")
    assert {each.part for each in ordered} == {"gw0", "gw1", "gw2"}
    assert {each.part for each in received} == {""}
    # What ePROM keeps of a person is read and changed by one of them alone.
    assert len({each.part for each in noted(made, "F", "G", "H")}) <= 1
    assert {path.name for path in only(made).glob("*.sqlite")} == {"bestillersystem.sqlite", "journal.sqlite"}


def test_one_pace(tmp_path: Path) -> None:
    """However many there are, they make no more calls in a second than is allowed."""
    with stand_in(tmp_path, builtin=True, deadlines=PATIENT) as made:
        text = made.config.read_text(encoding="utf-8")
        made.config.write_text(text.replace('"kall_i_sekundet" = 1000.0', '"kall_i_sekundet" = 20.0'), encoding="utf-8")
        done = made.do(*RUN, "-n", "3", *FEW)
        assert done.returncode == Conclusion.INCOMPLETE.exit_code, done.stdout + done.stderr
    sent = sorted(each.request.at for each in noted(made, "A"))
    assert len({each.part for each in noted(made, "A")}) == 3
    assert len(sent) >= 60
    took = (sent[-1] - sent[0]).total_seconds()
    assert took >= (len(sent) - 1) / 20.0 * 0.95


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_worker_lost(tmp_path: Path) -> None:
    """One is killed while all of them order; what it had ordered is gone on from, and ordered by nobody again."""
    with stand_in(tmp_path, builtin=True, callback_delay_s=3.0, deadlines=PATIENT) as made:
        text = made.config.read_text(encoding="utf-8")
        made.config.write_text(text.replace('"kall_i_sekundet" = 1000.0', '"kall_i_sekundet" = 20.0'), encoding="utf-8")
        running = begun(made, *FEW, "-n", "3")
        until_ordered(made, 12)
        workers = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        assert len(workers) == 3
        os.kill(int(workers[1]), signal.SIGKILL)
        shown, _ = running.communicate(timeout=120)
        assert running.returncode == Conclusion.INCOMPLETE.exit_code, shown
        lost = [each for each in result_of(made).incomplete_reasons if each.startswith("Prosess gw")]
        assert len(lost) == 1, shown
        assert "stanset uventet" in lost[0]
        assert {each.outcome for each in result_of(made).scenarios} <= {Outcome.WAITING, Outcome.PASSED}
        ordered = {str(each["id"]) for each in made.orders()}
        assert len(ordered) < 74

        done = made.do(*RUN, *FEW, "--resume")
        assert done.returncode == Conclusion.INCOMPLETE.exit_code, done.stdout + done.stderr
        there = Counter(str(each["id"]) for each in made.orders())
    left = [each for each in result_of(made).scenarios if each.outcome is not Outcome.PASSED]
    assert len(left) <= 1
    assert all("Det blir ikke sendt på nytt" in each.reason for each in left)
    journal = only(made) / "journal.sqlite"
    acts = Counter(each.data["scenario"] for each in read_entries(journal) if each.kind == "act")
    assert set(acts.values()) == {1}
    assert ordered <= set(there)
    assert len(there) == len(result_of(made).scenarios) == 74
    assert verify_chain(journal, expected_last=result_of(made).run.journal_last_digest).problem is None


def test_stopped_while_it_waits(tmp_path: Path) -> None:
    """Nobody is in the middle of anything then, so that Ctrl-C ends it at once, and it goes on from there."""
    with stand_in(tmp_path, builtin=True, callback_delay_s=25.0, deadlines=PATIENT) as made:
        running = begun(made, *FEW, "-n", "3")
        assert running.stdout is not None
        said = next(line for line in running.stdout if "Alt er bestilt." in line)
        count = int(said.split()[3])
        assert count > 60
        before = monotonic()
        running.send_signal(signal.SIGINT)
        shown, err = running.communicate(timeout=60)
        assert monotonic() - before < 7, shown
        assert (running.returncode, err) == (Conclusion.INCOMPLETE.exit_code, ""), shown
        stopped = result_of(made)
        assert f"Kjøringen ble avbrutt mens {count} scenarier ventet på ePROM." in stopped.incomplete_reasons
        assert not any("uventet" in each for each in stopped.incomplete_reasons)
        assert f"Venter ({count})" in made.do("status").stdout
        done = made.do(*RUN, *FEW, "--resume")
    assert done.returncode == Conclusion.INCOMPLETE.exit_code, done.stdout + done.stderr
    assert {each.outcome for each in result_of(made).scenarios} == {Outcome.PASSED}
    record = read_record(only(made) / "journal.sqlite")
    assert record.shared
    assert len(record.resumed) == 1


def test_port_taken(tmp_path: Path) -> None:
    """Told as by one, whoever it is that finds it."""
    with (
        stand_in(tmp_path, builtin=True, deadlines=PATIENT) as made,
        socket.create_server(("127.0.0.1", made.receiver)),
    ):
        one, three = made.do(*RUN, *FEW), made.do(*RUN, *FEW, "-n", "3")
    assert three.returncode == one.returncode == 2, one.stderr + three.stderr
    assert three.stderr == one.stderr
    assert f"{made.receiver}" in one.stderr
    assert not list((tmp_path / "reports").glob("2*"))


def test_own_bestillersystem_is_driven_by_one(tmp_path: Path) -> None:
    with stand_in(tmp_path, deadlines=PATIENT) as made:
        done = made.do(*RUN, "-n", "3", "-k", "1.2")
    assert done.returncode == Conclusion.INCOMPLETE.exit_code, done.stdout + done.stderr
    assert "går alt i én prosess, også med -n" in done.stdout
    assert {each.part for each in noted(made, "A")} == {""}
    assert {each.outcome for each in result_of(made).scenarios} == {Outcome.PASSED}


def test_package_is_verified(tmp_path: Path) -> None:
    """What several processes have noted can be worked out anew by whoever has the package."""
    with stand_in(tmp_path, builtin=True, deadlines=PATIENT) as made:
        assert made.do("run", "--no-html", "-n", "3", *FEW).returncode == Conclusion.INCOMPLETE.exit_code
        packed = made.do("package")
        assert packed.returncode == 0, packed.stdout + packed.stderr
        [package] = tmp_path.rglob("*.zip")
        looked_at = made.do("verify-package", str(package))
    assert "Pakken er hel" in looked_at.stdout, looked_at.stdout + looked_at.stderr
