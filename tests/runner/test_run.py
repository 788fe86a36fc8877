"""What a run leaves, and what it never says."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.verdict import Conclusion, Outcome, read_result
from tests.runner.alike import nothing_secret

START = "from eprom_verify.cli import main; main()"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", START, "run", "--no-html", "--reports", "reports", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=folder)


def only_run(folder: Path) -> Path:
    [found] = (folder / "reports").glob("2*")
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A whole run of the correct pair, shared by the tests that only look."""
    folder = tmp_path_factory.mktemp("run")
    return run(folder, "--seed", "7"), only_run(folder)


def test_files_left(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = finished
    assert done.returncode == 3, done.stderr
    left = {each.name for each in folder.iterdir()}
    assert {"result.json", "junit.xml", "journal.sqlite", "allure-results"} <= left
    assert not left & {"journal.sqlite-wal", "journal.sqlite-shm"}
    assert (folder.parent / "latest" / "result.json").is_file()


def test_journal_sealed(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = finished
    result = read_result(folder / "result.json")
    chain = verify_chain(folder / "journal.sqlite", expected_last=result.run.journal_last_digest)
    assert chain.problem is None
    seen = {each.id for each in read_exchanges(folder / "journal.sqlite")}
    named = {each for scenario in result.scenarios for each in scenario.exchanges}
    assert named <= seen
    passed = [each for each in result.scenarios if each.outcome is Outcome.PASSED and "til-slutt" not in each.tags]
    assert [each.id for each in passed if not each.exchanges] == []


def test_seed_kept(finished: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path) -> None:
    done, folder = finished
    assert "frø 7" in done.stdout
    assert read_result(folder / "result.json").run.seed == 7
    run(tmp_path, "--seed", "7", "-k", "Basic")
    again = [each for each in read_exchanges(only_run(tmp_path) / "journal.sqlite") if each.operation == "A"]
    first = [each for each in read_exchanges(folder / "journal.sqlite") if each.operation == "A"]

    def persons(exchanges: list) -> set[tuple[str, str]]:  # type: ignore[type-arg]
        return {(e.request.member("nationalId"), str(e.request.member("metadata"))) for e in exchanges}

    assert again
    assert persons(again) <= persons(first)


def test_junit_agrees(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = finished
    suite = ET.parse(folder / "junit.xml").getroot()
    result = read_result(folder / "result.json")
    assert suite.get("tests") == str(len(result.scenarios)) == str(len(suite.findall(".//testcase")))
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")


def test_allure_agrees(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = finished
    everything = [json.loads(each.read_text("utf-8")) for each in (folder / "allure-results").glob("*-result.json")]
    undecided = [each for each in everything if each["fullName"].startswith("krav ")]
    requirements = read_result(folder / "result.json").requirements
    assert {each["name"].split()[0] for each in undecided} == {each.id for each in requirements if not each.scenarios}
    assert {each["status"] for each in undecided} == {"skipped"}
    results = [each for each in everything if each not in undecided]
    scenarios = {each.name: each for each in read_result(folder / "result.json").scenarios}
    assert len(results) == len(scenarios)
    for each in results:
        scenario = scenarios[each["name"]]
        assert each["steps"][0]["name"].split()[0] in ("Gitt", "Så")
        labels = {(label["name"], label["value"]) for label in each["labels"]}
        assert {("tag", f"krav {requirement}") for requirement in scenario.requirements} <= labels
        assert {"parentSuite", "suite", "severity"} <= {name for name, _ in labels}
        assert all(link["url"].startswith("https://eprom.hemit.org/") for link in each["links"])
        assert each["links"]


def test_chapters_in_order(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The report's tree is sorted by when scenarios began, so that they must begin in the catalogue's order."""
    done, folder = finished
    result = read_result(folder / "result.json")
    chapters = list(dict.fromkeys(each.chapter for each in result.requirements if each.scenarios))
    assert list(dict.fromkeys(each.chapter for each in result.scenarios)) == chapters
    told = [line.partition(":")[0] for line in done.stdout.splitlines()[1 : len(chapters) + 1]]
    assert told == chapters


def test_whole_run_tells_what_it_saw(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = finished
    last = {each.name for each in read_result(folder / "result.json").scenarios if "til-slutt" in each.tags}
    results = [json.loads(each.read_text("utf-8")) for each in (folder / "allure-results").glob("*-result.json")]
    seen = {each["name"]: each["steps"][1:] for each in results if each["name"] in last}
    assert set(seen) == last
    for name, steps in seen.items():
        for step in steps:
            names = [attached["name"] for attached in step.get("attachments", ())]
            assert len(names) == 1, name
            assert re.fullmatch(r"Så på [1-9]\d* melding(er)? i kjøringen", names[0])


def test_exchange_under_step(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    _, folder = finished
    results = [json.loads(each.read_text("utf-8")) for each in (folder / "allure-results").glob("*-result.json")]
    [found] = [each for each in results if each["name"].startswith("Bestillingen blir sendt til ePROM uten")]
    orders = [step for step in found["steps"] if step["name"].startswith("Når bestillersystemet bestiller")]
    [attached] = orders[0]["attachments"]
    text = (folder / "allure-results" / attached["source"]).read_text("utf-8")
    assert "POST http://127.0.0.1" in text
    assert "authorization: Basic [skjult]" in text
    assert '"formId": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"' in text
    assert "Svar: 200" in text


def test_nothing_secret_left(finished: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, folder = finished
    nothing_secret(folder, done.stdout, done.stderr)


def test_deselected_never_approved(tmp_path: Path) -> None:
    done = run(tmp_path, "-k", "engangskode")
    result = read_result(only_run(tmp_path) / "result.json")
    assert done.returncode == 3
    assert result.conclusion is Conclusion.INCOMPLETE
    assert not result.complete
    assert "valgt bort" in done.stdout
    assert {each.outcome for each in result.scenarios} == {Outcome.PASSED}


@pytest.mark.parametrize("text", ["1.2", "krav-1.2", "@krav-1.2"])
def test_requirement_selected(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, "-k", text)
    [scenario] = read_result(only_run(tmp_path) / "result.json").scenarios
    assert scenario.requirements == ("1.2",)
    assert done.stdout.startswith("1 scenario · ")


@pytest.mark.skipif(os.name != "posix", reason="a pipe that nobody reads fails in another way on Windows")
def test_reader_gone(tmp_path: Path) -> None:
    """A run whose output goes to `head` runs to its end, and keeps its verdict."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-c", START, "run", "--no-html", "--reports", "reports", "-k", "1.2"]
    with os.fdopen(write_end, "wb") as nobody:
        done = subprocess.run(
            command, stdout=nobody, stderr=subprocess.PIPE, text=True, encoding="utf-8", timeout=900, cwd=tmp_path
        )
    assert (done.returncode, done.stderr) == (3, "")
    assert len(read_result(only_run(tmp_path) / "result.json").scenarios) == 1


FULL_DISK = """
from eprom_verify.runner.outcomes import ScenarioLog
def phase(*_):
    raise OSError(28, "No space left on device")
ScenarioLog.phase = phase
"""


def test_full_disk_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK + START, "run", "--no-html", "--reports", "reports", "-k", "1.2"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert "pytest stanset uventet: en fil kan ikke skrives eller leses (No space left on device)." in done.stdout
    result = read_result(only_run(tmp_path) / "result.json")
    assert result.conclusion is Conclusion.INCOMPLETE


def test_nothing_selected(tmp_path: Path) -> None:
    done = run(tmp_path, "-k", "finnes_ikke_i_noe_navn")
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr
    assert "Godkjent" not in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent to a process of its own")
def test_interrupted_keeps_everything(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, "run", "--no-html", "--reports", "reports"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and started.poll() is None and _entries(tmp_path) < 60:
        time.sleep(0.02)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 3, out + err
    assert "Traceback" not in err
    result = read_result(only_run(tmp_path) / "result.json")
    assert result.conclusion is Conclusion.INCOMPLETE
    assert any("avbrutt" in reason for reason in result.incomplete_reasons)
    assert result.scenarios
    chain = verify_chain(only_run(tmp_path) / "journal.sqlite", expected_last=result.run.journal_last_digest)
    assert chain.problem is None


COLLECTING = """
import os, signal
from eprom_verify.runner import guard
whole = guard.check_suite
def check_suite(*each):
    os.kill(os.getpid(), signal.SIGINT)
    whole(*each)
from eprom_verify.runner import stage
stage.check_suite = check_suite
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent to a process of its own")
def test_interrupted_while_it_collects(tmp_path: Path) -> None:
    """Nothing is begun then, and nothing is counted."""
    command = [sys.executable, "-c", COLLECTING + START, "run", "--no-html", "--reports", "reports"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=900)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr == ""
    result = read_result(only_run(tmp_path) / "result.json")
    assert result.incomplete_reasons == (
        "Kjøringen ble avbrutt før scenariene var lest.",
        "Ingen scenarier ble kjørt.",
    )
    assert "scenarier · frø" not in done.stdout
    assert result.run.rig.bestillersystem == "innebygd"
    [started] = [each for each in read_entries(only_run(tmp_path) / "journal.sqlite") if each.kind == "run"]
    assert started.body


def _entries(folder: Path) -> int:
    for path in folder.glob("reports/2*/journal.sqlite"):
        try:
            with sqlite3.connect(path, timeout=5) as db:
                return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])
        except sqlite3.Error:
            return 0
    return 0


def test_fault_never_approved(tmp_path: Path) -> None:
    done = run(tmp_path, "--fault", "unknown-key-accepted", "-k", "API-nøkkel")
    result = read_result(only_run(tmp_path) / "result.json")
    assert "innlagt feil: unknown-key-accepted" in done.stdout
    assert any("innlagt feil" in reason for reason in result.incomplete_reasons)


def test_failure_explained_everywhere(tmp_path: Path) -> None:
    """A failure names the exchange that shows it, the page, what it is like, and what to change."""
    done = run(tmp_path, "--fault", "key-in-body", "-k", "B-02", "--seed", "7")
    folder = only_run(tmp_path)
    like = "Ligner på: API-nøkkelen ligger også i bestillingen (key-in-body)"
    change = "Send API-nøkkelen bare i headeren Authorization: Basic <nøkkel>, og ta den ut av kroppen på bestillingen."
    page = "Kilde:     BestillingAvSkjemaV2, NB! (https://eprom.hemit.org/BestillingAvSkjemaV2.html)"
    assert {f"    {line}" for line in (like, f"Endre:     {change}", page)} <= set(done.stdout.splitlines())
    result = read_result(folder / "result.json")
    failed = [each for each in result.scenarios if each.outcome is Outcome.FAILED]
    assert failed
    exchanges = {each.id: each for each in read_exchanges(folder / "journal.sqlite")}
    for scenario in failed:
        assert scenario.broken_by == "bestillersystem"
        [shown] = scenario.shown_by
        assert shown.decisive
        assert (shown.method, shown.status) == ("POST", exchanges[shown.id].status) == ("POST", 200)
        assert shown.id in scenario.exchanges
    [requirement] = [each for each in result.requirements if each.outcome is Outcome.FAILED]
    assert (requirement.id, requirement.causes[0].fault) == ("B-02", "key-in-body")
    texts = [each.text or "" for each in ET.parse(folder / "junit.xml").iter("failure")]
    results = [json.loads(each.read_text("utf-8")) for each in (folder / "allure-results").glob("*-result.json")]
    messages = [each["statusDetails"]["message"] for each in results if each["status"] == "failed"]
    assert len(texts) == len(messages) == len(failed)
    for text in texts + messages:
        assert f"{like}\nEndre: {change}" in text
    assert all("Melding: POST /promswebapi/api/v2/formorder → 200 (" in text for text in texts)


STRANGER = """
import httpx
from eprom_verify.drivers.direct import DirectApi
usual = DirectApi.order
def order(self, *args, **more):
    self._http.post("/api/v1/formorder", json={})
    return usual(self, *args, **more)
DirectApi.order = order
"""


def test_unknown_call_remarked(tmp_path: Path) -> None:
    """What is no call of the contract is judged by nothing, so that silence on it would look like approval."""
    words = ["run", "--no-html", "--reports", "reports", "-k", "uten API-nøkkel"]
    command = [sys.executable, "-c", STRANGER + START, *words]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=tmp_path)
    assert "POST /promswebapi/api/v1/formorder er ikke et kall i kontrakten" in done.stdout, done.stdout + done.stderr
