"""A run as it is packed: the same bytes each time, all that belongs there, and a plain no to what is not a run."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.checking import verify_package
from eprom_verify.handover.packing import pack
from eprom_verify.handover.report_page import PROGRAM_SHA256, program_digest
from tests.handover.forging import Files, in_table, journal_of, rows_of, unpacked
from tests.handover.programs import need
from tests.handover.runs import said, with_page

WHOLE = {
    "LESMEG.txt",
    "attestations.json",
    "journal.sqlite",
    "junit.xml",
    "manifest.json",
    "orders.csv",
    "protocol.html",
    "protocol.pdf",
    "report.html",
    "result.json",
    "settings.json",
    "waivers.json",
}


def packed(folder: Path, target: Path | None = None) -> Path:
    return pack(folder, target, make_report=lambda _: None)


@pytest.fixture
def copy(short_folder: Path, tmp_path: Path) -> Path:
    """A copy of the run, to do something to."""
    return Path(shutil.copytree(short_folder, tmp_path / "kopi" / short_folder.name))


def test_contents(short: Files, short_folder: Path) -> None:
    attached = {name for name in short if name.startswith("vedlegg/")}
    assert short.keys() - attached == WHOLE
    assert {Path(name).suffix for name in attached} == {".png", ".pdf"}
    for name in ("result.json", "report.html", "journal.sqlite", *attached):
        assert short[name] == (short_folder / name).read_bytes(), name
    assert json.loads(short["settings.json"])["seed"] == 7
    assert [each["requirement"] for each in json.loads(short["waivers.json"])] == ["1.2"]
    assert [each["answer"] for each in json.loads(short["attestations.json"])] == ["ikke_godkjent", "godkjent"]
    assert ElementTree.fromstring(short["junit.xml"]).tag == "testsuites"
    assert short["protocol.pdf"].startswith(b"%PDF-")
    assert "Konklusjon: Ufullstendig. Dette er en prøvekjøring" in short["LESMEG.txt"].decode()
    lines = list(csv.reader(io.StringIO(short["orders.csv"].decode("utf-8-sig")), delimiter=";"))
    assert len(lines) > 6
    assert {len(line) for line in lines} == {13}


def test_manifest(short: Files) -> None:
    manifest = json.loads(short["manifest.json"])
    listed = {each["path"]: (each["size"], each["sha256"]) for each in manifest["files"]}
    assert listed == {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in short.items()
        if name != "manifest.json"
    }
    assert list(listed) == sorted(listed)
    result = json.loads(short["result.json"])
    assert (manifest["run"], manifest["conclusion"], manifest["formal"], manifest["edition"]) == (
        result["run"]["id"],
        result["conclusion"],
        False,
        "2026-05",
    )
    assert manifest["journal_last_digest"] == result["run"]["journal_last_digest"]


def test_named_after_the_run(short_package: Path, formal_package: Path) -> None:
    date = r"\d{4}-\d{2}-\d{2}\.zip"
    assert re.fullmatch(rf"eprom-verifikasjon_eprom-verifys-eget-bestillersy_simulator_{date}", short_package.name)
    assert formal_package.name == "eprom-verifikasjon_Ornregisteret-4.2.0_qa_2026-11-27.zip"


@pytest.mark.parametrize(
    ("variables", "umask"),
    [
        ({}, 0o022),
        ({"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"}, 0o077),
        ({"TZ": "America/Los_Angeles", "PYTHONHASHSEED": "2", "LANG": "tr_TR.UTF-8"}, 0),
    ],
)
def test_same_bytes_elsewhere(
    variables: dict[str, str], umask: int, short_folder: Path, short_package: Path, tmp_path: Path
) -> None:
    """In another process, with another time zone, language, order of sets, and rights."""
    program = (
        "import sys; from pathlib import Path; from eprom_verify.handover.packing import pack; "
        "pack(Path(sys.argv[1]), Path(sys.argv[2]), make_report=lambda _: None)"
    )
    command = [sys.executable, "-c", program, str(short_folder), str(tmp_path / "pakke.zip")]
    done = subprocess.run(command, env=os.environ | variables, umask=umask, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "pakke.zip").read_bytes() == short_package.read_bytes()


def test_same_bytes_from_a_copy(copy: Path, short_package: Path, tmp_path: Path) -> None:
    """Only what the journal, the report and the attachments say counts, and not how old they are."""
    for name in ("junit.xml", "result.json"):
        (copy / name).write_text("noe annet")
        os.utime(copy / name, (0, 0))
    assert packed(copy, tmp_path).read_bytes() == short_package.read_bytes()


def test_opened_by_others(short_package: Path, short: Files, tmp_path: Path) -> None:
    done = subprocess.run([need("unzip"), "-t", short_package], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "No errors detected" in done.stdout
    with zipfile.ZipFile(short_package) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
        times = {each.date_time for each in archive.infolist()}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == short.keys()
    finished = datetime.fromisoformat(json.loads(short["result.json"])["run"]["finished"])
    assert times == {(*finished.timetuple()[:5], finished.second // 2 * 2)}


def test_program_of_the_report(short: Files, formal: Files) -> None:
    """A page that was just made has the program that a check knows; a new version of Allure needs a new digest."""
    assert {program_digest(each["report.html"]) for each in (short, formal)} == {PROGRAM_SHA256}


def test_report_of_before(copy: Path, tmp_path: Path) -> None:
    """A page that is missing, or older than the result, is made anew first."""
    asked = []

    def made(folder: Path) -> Path | None:
        asked.append(folder)
        return with_page(folder)

    old = (copy / "report.html").stat().st_mtime_ns
    os.utime(copy / "report.html", ns=(old, (copy / "result.json").stat().st_mtime_ns - 1))
    pack(copy, tmp_path / "en.zip", make_report=made)
    (copy / "report.html").unlink()
    path = pack(copy, tmp_path / "to.zip", make_report=made)
    assert asked == [copy, copy]
    assert verify_package(path).whole
    pack(copy, tmp_path / "tre.zip", make_report=made)
    assert len(asked) == 2


def test_report_cannot_be_made(copy: Path, tmp_path: Path) -> None:
    (copy / "report.html").unlink()
    with pytest.raises(UsageProblem, match=r"Pakken trenger report\.html"):
        packed(copy, tmp_path)
    assert not list(tmp_path.glob("*.zip"))


def test_not_finished(copy: Path, tmp_path: Path) -> None:
    rows = rows_of((copy / "journal.sqlite").read_bytes())
    (copy / "journal.sqlite").write_bytes(journal_of([each for each in rows if each.kind != "end"]))
    with pytest.raises(UsageProblem, match="Kjøringen ble ikke fullført"):
        packed(copy, tmp_path)


def test_journal_not_whole(copy: Path, tmp_path: Path) -> None:
    journal = copy / "journal.sqlite"
    journal.write_bytes(in_table(journal.read_bytes(), "DELETE FROM entries WHERE seq = 4"))
    with pytest.raises(UsageProblem, match="er ikke hel: Innslag 4 mangler"):
        packed(copy, tmp_path)


def test_attachment_is_gone(copy: Path, tmp_path: Path) -> None:
    next((copy / "vedlegg").iterdir()).unlink()
    with pytest.raises(UsageProblem, match=r"Vedlegget .* er borte"):
        packed(copy, tmp_path)


def test_attachment_of_another(copy: Path, tmp_path: Path) -> None:
    """What was swapped in the folder is packed, and found by the check that the command makes of its own package."""
    first, second = sorted((copy / "vedlegg").iterdir())
    first.write_bytes(second.read_bytes())
    done = said("package", copy, "--out", tmp_path / "pakke.zip", cwd=tmp_path)
    assert done.returncode == 1
    assert "er ikke den som testeren la ved." in done.stdout


def test_journal_in_two_files(copy: Path, short_package: Path, tmp_path: Path) -> None:
    """What a crash has left beside the journal is packed too, and the folder stays as it was found."""
    journal = copy / "journal.sqlite"
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        *_, last = db.execute("SELECT * FROM entries ORDER BY seq")
        db.execute("DELETE FROM entries WHERE seq = ?", last[:1])
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", last)
        beside = (journal.read_bytes(), (copy / "journal.sqlite-wal").read_bytes())
    journal.write_bytes(beside[0])
    (copy / "journal.sqlite-wal").write_bytes(beside[1])
    path = packed(copy, tmp_path)
    assert (copy / "journal.sqlite-wal").read_bytes() == beside[1]
    verdict = verify_package(path)
    assert verdict.whole, [each.problems for each in verdict.examined]
    last_digest = json.loads(unpacked(short_package)["manifest.json"])["journal_last_digest"]
    assert json.loads(unpacked(path)["manifest.json"])["journal_last_digest"] == last_digest


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not stop this user")
def test_may_not_write(short_folder: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageProblem, match="Kan ikke skrive pakken"):
        packed(short_folder, tmp_path)


@pytest.mark.parametrize("place", ["finnes/ikke/pakke.zip", "fil/pakke.zip"])
def test_cannot_be_written(place: str, short_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("hei")
    with pytest.raises(UsageProblem, match="Kan ikke skrive pakken"):
        packed(short_folder, tmp_path / place)
    assert not list(tmp_path.rglob("*.tmp"))


def test_command(short_folder: Path, short_package: Path, tmp_path: Path) -> None:
    done = said("package", short_folder, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = tmp_path.iterdir()
    assert (path.name, path.read_bytes()) == (short_package.name, short_package.read_bytes())
    assert f"Pakken er skrevet: {path.name}" in done.stdout
    assert "=== Pakken er hel. Konklusjon: UFULLSTENDIG (prøvekjøring) ===" in done.stdout


def test_command_refuses(copy: Path, tmp_path: Path) -> None:
    """One message, without a trace of what went on inside, and no package."""
    (copy / "journal.sqlite").write_bytes(b"hei" * 999)
    for words, told in (
        (("package", "finnes-ikke"), "finnes-ikke er ikke mappen til en kjøring."),
        (("package",), "reports/latest er ikke mappen til en kjøring."),
        (("package", copy), "er ikke en lesbar journal"),
    ):
        done = said(*words, cwd=tmp_path)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.zip"))
