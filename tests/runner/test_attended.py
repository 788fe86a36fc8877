"""A run whose bestillersystem a tester works, as it is at a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eprom_verify.verdict import Conclusion, Outcome, read_result
from tests.ports import free_port

CONFIG = """
[bestillersystem]
navn = "Registeret"
driver = "attended"
api_base_url = "http://127.0.0.1:9"

[simulator]
port = {port}

[frister]
tester_s = 60.0
"""
START = "from eprom_verify.cli import main; main()"


def run(folder: Path, said: str) -> subprocess.CompletedProcess[str]:
    (folder / "eprom-verify.toml").write_text(CONFIG.format(port=free_port()), encoding="utf-8")
    command = [sys.executable, "-c", START, "run", "--no-html", "--no-allure", "-k", "B-02"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        command, input=said, capture_output=True, encoding="utf-8", cwd=folder, env=environment, timeout=300
    )


def test_told_what_to_do_and_skipped(tmp_path: Path) -> None:
    done = run(tmp_path, "hopp knappen mangler\n")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Oppgave 1: bestill et skjema i Registeret." in done.stdout
    assert "(«alle kanaler»)" in done.stdout
    [first, second] = read_result(next(tmp_path.glob("reports/2*/result.json"))).scenarios
    assert (first.outcome, first.reason) == (Outcome.UNVERIFIED, "Testeren hoppet over: knappen mangler")
    # Then the input was at its end: nobody is there any more.
    assert (second.outcome, second.reason) == (Outcome.UNVERIFIED, "Ingen tester er ved terminalen.")


def test_stopped_keeps_what_was_done(tmp_path: Path) -> None:
    done = run(tmp_path, "hopp vi ser på det siden\nstopp\n")
    assert done.returncode == 3, done.stdout + done.stderr
    result = read_result(next(tmp_path.glob("reports/2*/result.json")))
    assert result.conclusion is Conclusion.INCOMPLETE
    assert len(result.scenarios) == 1
    assert any("avbrutt" in reason for reason in result.incomplete_reasons)


@pytest.mark.parametrize("words", [("-n", "2"), ("--fault", "key-in-body")])
def test_refused(words: tuple[str, ...], tmp_path: Path) -> None:
    """What is for the built-in system alone is said, before anybody is asked to do anything."""
    (tmp_path / "eprom-verify.toml").write_text(CONFIG.format(port=free_port()), encoding="utf-8")
    command = [sys.executable, "-c", START, "run", "--no-html", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, timeout=300)
    assert done.returncode == 2
    assert "Oppgave" not in done.stdout
    assert not list(tmp_path.glob("reports/2*"))
