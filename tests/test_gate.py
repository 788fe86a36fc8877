"""The gate as a CI system meets it: exit codes, waivers, and the files that are asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eprom_verify.verdict import Conclusion, Outcome, WaiverState, read_result
from tests.test_cli import COMMAND, call, message

TODAY = datetime.now(UTC).date()
FILES = ("--junit", "j.xml", "--summary", "s.md")


def waive(folder: Path, requirement: str, *, days: int = 30, file: str = "dispensasjoner.toml") -> None:
    with (folder / file).open("a", encoding="utf-8") as waivers:
        expires = (TODAY + timedelta(days=days)).isoformat()
        waivers.write(
            f'[[dispensasjon]]\nkrav = "{requirement}"\ngrunn = "Avtalt"\nansvarlig = "Kari"\nutloper = {expires}\n'
        )


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return call("run", "--no-html", "--no-allure", *words, cwd=folder)


def test_deselected_is_incomplete(tmp_path: Path) -> None:
    """What was left out has neither needed its waiver nor not."""
    waive(tmp_path, "1.3")
    finished = run(tmp_path, "-k", "1.2", *FILES)
    assert finished.returncode == 3, finished.stderr
    result = read_result(tmp_path / "reports" / "latest" / "result.json")
    assert not result.complete
    assert [each.state for each in result.waivers] == [WaiverState.UNDECIDED]
    assert "Krav 1.3 (obligatorisk): det er ikke avgjort om dispensasjonen trengs" in finished.stdout
    assert (tmp_path / "s.md").read_text("utf-8").startswith("## ⚠️ ePROM-verifikasjon: Ufullstendig (prøvekjøring)\n")
    assert (tmp_path / "j.xml").read_bytes() == (tmp_path / "reports" / "latest" / "junit.xml").read_bytes()


def test_unused_waiver_closes_gate(tmp_path: Path) -> None:
    waive(tmp_path, "E-18", file="egne.toml")
    finished = run(tmp_path, "-k", "E-18", "--waivers", "egne.toml")
    assert finished.returncode == 1, finished.stderr
    assert "Dispensasjoner som ikke trengs, og må tas bort: E-18." in finished.stdout


def test_expired_waiver_closes_gate(tmp_path: Path) -> None:
    waive(tmp_path, "2.1", days=-2)
    finished = run(tmp_path, "-k", "1.2", *FILES)
    assert finished.returncode == 1, finished.stderr
    assert "Dispensasjoner som er utløpt: 2.1." in finished.stdout
    failures = [each.get("message") for each in ET.parse(tmp_path / "j.xml").getroot().iter("failure")]
    assert [str(each).partition(" gikk ut ")[0] for each in failures] == ["Krav 2.1 (obligatorisk): dispensasjonen"]
    assert (tmp_path / "s.md").read_text("utf-8").startswith("## ❌ ePROM-verifikasjon: Ikke godkjent")


def test_waived_failure_opens_gate(tmp_path: Path) -> None:
    """Opens as far as it can: the fault that is planted, and what is left out, keep the run incomplete."""
    waive(tmp_path, "E-06")
    (tmp_path / "eprom-verify.toml").write_text('dispensasjoner = "dispensasjoner.toml"\n', encoding="utf-8")
    arguments = ("-k", "E-06", "--fault", "response-other-login")
    finished = run(tmp_path, *arguments, *FILES)
    assert finished.returncode == 3, finished.stderr
    result = read_result(tmp_path / "reports" / "latest" / "result.json")
    [waiver] = result.waivers
    assert waiver.covers is not None
    assert (waiver.state, waiver.covers.outcome) == (WaiverState.USED, Outcome.FAILED)
    assert "loginUrl" in waiver.covers.reason
    assert {each.outcome for each in result.scenarios if each.id in result.excused} == {Outcome.FAILED}
    assert "Ikke godkjent (3), med dispensasjon" in finished.stdout
    assert list(ET.parse(tmp_path / "j.xml").getroot().iter("failure")) == []
    (tmp_path / "dispensasjoner.toml").write_text("", encoding="utf-8")
    assert run(tmp_path, *arguments).returncode == 1


def test_workers_share_the_verdict(tmp_path: Path) -> None:
    waive(tmp_path, "E-18")
    finished = run(tmp_path, "-k", "E-18", "-n", "2", *FILES)
    assert finished.returncode == 1, finished.stderr
    assert read_result(tmp_path / "reports" / "latest" / "result.json").conclusion is Conclusion.REJECTED
    assert (tmp_path / "s.md").stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--waivers", "nei.toml"), "Finner ikke dispensasjonene i nei.toml"),
        (("--junit", "nei/j.xml"), "Kan ikke skrive --junit nei/j.xml: mappen nei finnes ikke."),
        (("--summary", "nei/s.md"), "Kan ikke skrive --summary nei/s.md: mappen nei finnes ikke."),
        (("--summary", "."), "Kan ikke skrive --summary .: det er en mappe."),
    ],
)
def test_refused_before_the_run(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    assert message(run(tmp_path, *arguments)).startswith(said)
    assert list(tmp_path.iterdir()) == []


def test_malformed_waivers(tmp_path: Path) -> None:
    waive(tmp_path, "9.9")
    (tmp_path / "j.xml").write_text("gammel", encoding="utf-8")
    (tmp_path / "s.md").write_text("gammelt", encoding="utf-8")
    said = message(run(tmp_path, *FILES))
    assert "Linje 2, dispensasjon nr. 1 (krav «9.9»), nøkkelen «krav» finnes ikke i kravkatalogen" in said
    summary = (tmp_path / "s.md").read_text("utf-8")
    assert summary.startswith("## ❌ ePROM-verifikasjon: ingen kjøring\n")
    assert "dispensasjon nr. 1" in summary
    # Nothing of an earlier run that could be published as this one's.
    assert not (tmp_path / "j.xml").exists()
    assert not (tmp_path / "reports").exists()


GONE = """
import shutil, sys
from eprom_verify.runner import run
usual = run.point_latest
def point_latest(folder):
    usual(folder)
    shutil.rmtree("ut")
run.point_latest = point_latest
from eprom_verify.cli import main
main()
"""


def test_lost_folder_hides_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "ut").mkdir()
    words = ["run", "--no-html", "-k", "1.2", "--junit", "ut/j.xml", "--summary", "ut/s.md"]
    command = [sys.executable, "-c", GONE, *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 3, done.stderr
    assert [line.partition(" (")[0] for line in done.stderr.splitlines()] == [
        "eprom-verify: Kan ikke skrive --junit ut/j.xml",
        "eprom-verify: Kan ikke skrive --summary ut/s.md",
    ]
    assert "=== Konklusjon: UFULLSTENDIG" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent to a process of its own")
def test_interrupted_run_leaves_its_files(tmp_path: Path) -> None:
    words = ["run", "--no-html", "--no-allure", *FILES]
    started = subprocess.Popen(
        [COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    journals: list[Path] = []
    while time.monotonic() < deadline and not any(each.stat().st_size > 200_000 for each in journals):
        journals = [*tmp_path.glob("reports/2*/journal.sqlite-wal")]
        time.sleep(0.05)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 3, out + err
    assert (tmp_path / "s.md").is_file(), out + err
    assert "Kjøringen ble avbrutt" in (tmp_path / "s.md").read_text("utf-8")
    assert int(ET.parse(tmp_path / "j.xml").getroot().get("tests", "0")) > 0
