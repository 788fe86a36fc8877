"""A disk that is full in the middle of a run: never approved, told plainly, nothing lost, and gone on from."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from shutil import which

import pytest

from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.runner.record import SCENARIO, read_record
from eprom_verify.verdict import Conclusion, Outcome, read_result, scenario_from_json
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, stand_in
from tests.runner.suites import own_environment

WORDS = ["run", "--no-html", "--no-allure", "-k", "Distribusjon"]
ENVIRONMENT = own_environment() | {"EPROM_VERIFY_API_KEY": "simulator"}
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)); "
"""No file of this process grows beyond this: as a full disk, where one cannot be made."""
FULL = re.compile(
    "(Journalen kunne ikke skrives|Det innebygde bestillersystemet kan ikke skrive eller lese filen sin|"
    "Verktøyet kan ikke skrive eller lese en fil).* Kjøringen er stanset"
)
"""Whichever file there was no more room for first."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")


def run(folder: Path, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    command = [COMMAND[0], COMMAND[1], before + COMMAND[2], *words]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=900, check=False
    )


def journal(folder: Path) -> Path:
    [path] = folder.glob("reports/2*/journal.sqlite")
    return path


def told_and_kept(done: subprocess.CompletedProcess[str], folder: Path) -> int:
    """A run that stopped for want of room says so, and has judged nothing that is not in its journal; gives how many
    entries that has."""
    assert done.returncode == 3, done.stdout + done.stderr
    told = " ".join((done.stdout + done.stderr).split())
    assert FULL.search(told), told
    assert "eprom-verify run --resume" in told
    assert "Traceback" not in told
    # There may be room for how it ended, and then it is said there too.
    for path in folder.glob("reports/2*/result.json"):
        result = read_result(path)
        assert result.conclusion is Conclusion.INCOMPLETE
        assert any(FULL.search(each) for each in result.incomplete_reasons)
    chain = verify_chain(journal(folder))
    assert chain.problem is None
    kept = read_record(journal(folder))
    assert 0 < len(kept.scenarios) < 60
    assert {each.outcome for each in kept.scenarios.values()} <= {Outcome.PASSED, Outcome.WAITING}
    return chain.entries


def gone_on_from(done: subprocess.CompletedProcess[str], folder: Path, entries: int) -> None:
    """With room, the run is taken up again and comes to its end; what was there is there still."""
    assert done.returncode == 3, done.stdout + done.stderr
    [path] = folder.glob("reports/2*/result.json")
    result = read_result(path)
    assert {each.outcome for each in result.scenarios} == {Outcome.PASSED}
    assert len(result.scenarios) >= 60
    assert result.conclusion is Conclusion.INCOMPLETE
    chain = verify_chain(journal(folder), expected_last=result.run.journal_last_digest)
    assert chain.problem is None
    assert chain.entries > entries
    # What was decided is not judged once more.
    judged = [scenario_from_json(each.body.decode()) for each in read_entries(journal(folder)) if each.kind == SCENARIO]
    decided = Counter(each.id for each in judged if each.outcome is Outcome.PASSED)
    assert set(decided.values()) == {1}


def test_with_the_simulator(tmp_path: Path) -> None:
    entries = told_and_kept(run(tmp_path, *WORDS, before=LIMITED), tmp_path)
    gone_on_from(run(tmp_path, *WORDS, "--resume"), tmp_path, entries)


def test_in_several_processes(tmp_path: Path) -> None:
    """One that can write nothing stops the others, which would else wait for what it has not run."""
    done = run(tmp_path, *WORDS, "-n", "2", before=LIMITED)
    assert done.returncode == 3, done.stdout + done.stderr
    told = " ".join((done.stdout + done.stderr).split())
    assert FULL.search(told) or "stanset uventet med en feil i verktøyet" in told
    assert "Traceback" not in told
    assert verify_chain(journal(tmp_path)).problem is None
    for path in tmp_path.glob("reports/2*/result.json"):
        assert read_result(path).conclusion is Conclusion.INCOMPLETE
        assert {each.outcome for each in read_result(path).scenarios} <= {Outcome.PASSED, Outcome.ERROR}


@pytest.mark.parametrize("workers", [1, 2])
def test_with_an_environment(workers: int, tmp_path: Path) -> None:
    """What ePROM delivers meanwhile is not accepted, so that it comes again; and no order is made twice."""
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=1.0) as environment:
        environment.configure(tmp_path)
        entries = told_and_kept(run(tmp_path, *WORDS, "-n", str(workers), before=LIMITED), tmp_path)
        gone_on_from(run(tmp_path, *WORDS, "--resume"), tmp_path, entries)
        made = [each.order_id for each in read_exchanges(journal(tmp_path)) if each.operation == "A"]
        assert sorted(made) == sorted(str(each["id"]) for each in environment.orders())
        assert len(set(made)) == len(made)


SMALL = """
mount -t tmpfs -o size=1m tmpfs reports || exit 77
"$@"; echo "first: $?"
df --output=avail reports | tail -1
cat reports/2*/journal.sqlite > /dev/null && ls reports/2*
mount -o remount,size=100m reports
"$@" --resume; echo "then: $?"
cp -r reports kept
"""


@pytest.mark.skipif(sys.platform != "linux" or which("unshare") is None, reason="asks Linux for a small file system")
def test_small_file_system(tmp_path: Path) -> None:
    """A disk that really is full; then more room is made, and the run goes on."""
    (tmp_path / "reports").mkdir()
    command = ["unshare", "-rm", "sh", "-c", SMALL, "sh", *COMMAND, *WORDS]
    done = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=900, check=False
    )
    if done.returncode in (1, 77) and "first:" not in done.stdout:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()[:100]}")
    before, _, after = done.stdout.partition("first: 3\n")
    assert after, done.stdout + done.stderr
    assert FULL.search(" ".join((before + done.stderr).split())), done.stdout + done.stderr
    assert "then: 3\n" in after, done.stdout + done.stderr
    (tmp_path / "reports").rmdir()
    (tmp_path / "kept").rename(tmp_path / "reports")
    [path] = tmp_path.glob("reports/2*/result.json")
    result = read_result(path)
    assert {each.outcome for each in result.scenarios} == {Outcome.PASSED}
    assert verify_chain(journal(tmp_path), expected_last=result.run.journal_last_digest).problem is None
