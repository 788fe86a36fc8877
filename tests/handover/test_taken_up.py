"""The package of a run against an environment: ordered ahead, stopped and taken up again, or through the taps."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.handover.checking import verify_package
from eprom_verify.handover.entries import examine_journal
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.store import read_entries
from eprom_verify.masking import Mask
from tests.handover.authority import Authority
from tests.ports import free_port
from tests.runner.stand_in import COMMAND, stand_in
from tests.runner.suites import own_environment
from tests.stand_in import stand_in as between_two

ENVIRONMENT = own_environment() | {"EPROM_VERIFY_API_KEY": "simulator"}
CHOSEN, SCENARIOS = ["-k", "Basic varsler"], 10


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=900
    )


def waits(folder: Path) -> bool:
    """Whether all have come as far as they can."""
    for path in folder.glob("reports/2*/journal.sqlite"):
        try:
            judged = [each.body for each in read_entries(path) if each.kind == "scenario"]
            return len(judged) >= SCENARIOS and any(b'"waiting"' in each for each in judged)
        except Exception:  # the file is still being made
            return False
    return False


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_whole_for_a_receiver(tmp_path: Path) -> None:
    with stand_in(tmp_path, port=free_port(), callbacks=free_port(), delay_s=6.0) as environment:
        environment.configure(tmp_path)
        running = subprocess.Popen([*COMMAND, "run", "--no-html", *CHOSEN], cwd=tmp_path, env=ENVIRONMENT)
        deadline = monotonic() + 60
        while not waits(tmp_path):
            assert monotonic() < deadline
            Event().wait(0.05)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 3
        stopped = next(tmp_path.glob("reports/2*/result.json")).read_text("utf-8")
        assert "scenarier ventet på ePROM." in stopped

        # How the environment is reached may be mended meanwhile; the file is not there where the package is checked.
        (tmp_path / "ca.pem").write_bytes(Authority("Prøve-CA").identity.pem)
        config = tmp_path / "eprom-verify.toml"
        config.write_text(
            config.read_text("utf-8").replace("[forbindelse]\n", '[forbindelse]\nca = "ca.pem"\n'), "utf-8"
        )
        done = call(tmp_path, "run", "--resume", *CHOSEN)
        assert done.returncode == 3, done.stdout + done.stderr
    packed = call(tmp_path, "package", "--out", "pakke.zip")
    assert packed.returncode == 0, packed.stdout + packed.stderr
    (tmp_path / "ca.pem").unlink()
    verdict = verify_package(tmp_path / "pakke.zip")
    assert [each.problems for each in verdict.examined if not each.holds] == []
    assert verdict.exit_code == 3
    result = json.loads(next(tmp_path.glob("reports/2*/result.json")).read_text("utf-8"))
    assert {each["outcome"] for each in result["scenarios"]} == {"passed"}
    assert len(result["run"]["resumed"]) == 1
    kinds = {each.kind for each in read_entries(next(tmp_path.glob("reports/2*/journal.sqlite")))}
    assert {"attempt", "act", "left"} <= kinds


def test_whole_through_the_taps(tmp_path: Path) -> None:
    """One's own bestillersystem and an environment, neither of them the tool's."""
    with between_two(tmp_path) as ends:
        assert ends.do("run", *CHOSEN).returncode == 3
        assert ends.do("package", "--out", "pakke.zip").returncode == 0
    verdict = verify_package(tmp_path / "pakke.zip")
    assert [each.problems for each in verdict.examined if not each.holds] == []
    assert verdict.result is not None
    assert verdict.result.run.system.name == "Eksempelregisteret"


def test_what_the_network_spoiled_is_known(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", mask=Mask(), clock=system_clock)
    journal.run_started({"seed": 1}, b"{}")
    lost = journal.request(operation="A", sender="bestillersystem", method="POST", url="/x", headers=[], body=b"")
    journal.failure(lost, "Ingen svarer på adressen.")
    journal.set_aside(lost, "Ingen svarer på adressen.")
    journal.note("noe", {})
    journal.close()
    [problem] = examine_journal(tmp_path / "journal.sqlite", {}).problems
    assert "Innslag 5 er av et slag som verktøyet ikke skriver ('noe')" in problem
