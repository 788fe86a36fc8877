"""A run that is killed has lost nothing of what was seen."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain

ENOUGH = 40
TOOL = [sys.executable, "-c", "from eprom_verify.cli import main; main()"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE"))}


def visible(reports: Path) -> dict[int, str]:
    """The entries that another process sees now, by number."""
    for path in reports.glob("*/journal.sqlite"):
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(path)) as db:
            return dict(db.execute("SELECT seq, digest FROM entries").fetchall())
    return {}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("processes", [1, 2])
def test_killed_run_whole(processes: int, tmp_path: Path) -> None:
    run = subprocess.Popen(
        [*TOOL, "run", "--no-html", "--reports", str(tmp_path), "-n", str(processes)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        env=ENVIRONMENT,
    )
    try:
        deadline, seen = monotonic() + 60, visible(tmp_path)
        while len(seen) < ENOUGH:
            assert monotonic() < deadline
            assert run.poll() is None, "the run ended before it could be killed"
            Event().wait(0.005)
            seen = visible(tmp_path)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait(10)
    assert run.returncode == -signal.SIGKILL

    (journal,) = tmp_path.glob("*/journal.sqlite")
    assert not (journal.parent / "result.json").exists()
    entries = {entry.seq: entry.digest for entry in read_entries(journal)}
    assert entries.items() >= seen.items()
    chain = verify_chain(journal)
    assert (chain.problem, chain.entries) == (None, len(entries))
    exchanges = read_exchanges(journal)
    assert len(exchanges) >= ENOUGH // 3
    assert sum(not each.done for each in exchanges) <= 3 * processes
    assert {"A", "I"} <= {each.operation for each in exchanges}

    told = subprocess.run(
        [*TOOL, "journal", str(journal.parent)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=ENVIRONMENT,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert f"Journalen er hel: {len(entries)} innslag" in told.stdout
    assert "Kjøringen ble ikke fullført" in told.stdout
    assert verify_chain(journal) == chain
