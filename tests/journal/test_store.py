"""The chain on the disk: durable at once, and every change of it is found."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.journal.entries import GENESIS, digest_of
from eprom_verify.journal.store import Store, read_entries, verify_chain

AT = "2026-05-09T08:00:00+00:00"
COUNT = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished journal of ten entries."""
    store = Store(tmp_path / "journal.sqlite")
    for number in range(1, COUNT + 1):
        store.append("note", f"id-{number}", AT, {"number": number}, f"body {number}".encode())
    store.close()
    return tmp_path / "journal.sqlite"


def seal(path: Path) -> str:
    return [entry.digest for entry in read_entries(path)][-1]


def rewrite(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def forge(path: Path) -> None:
    """Add an entry that fits the one before it, as anybody could who has read the code."""
    last = list(read_entries(path))[-1]
    parts = (last.seq + 1, "note", "forged", AT, "{}", b"", last.digest)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?)", (*parts, digest_of(*parts)))


def test_whole_chain(path: Path) -> None:
    report = verify_chain(path, expected_last=seal(path))
    assert (report.entries, report.problem, report.last_digest) == (COUNT, None, seal(path))


def test_empty_chain(tmp_path: Path) -> None:
    Store(tmp_path / "j.sqlite").close()
    assert verify_chain(tmp_path / "j.sqlite", expected_last=GENESIS).problem is None


def test_every_entry_durable(tmp_path: Path) -> None:
    """Another process sees each entry as soon as `append` has returned."""
    code = (
        "import sqlite3, sys\n"
        "for line in sys.stdin:\n"
        "    db = sqlite3.connect(sys.argv[1])\n"
        "    print(db.execute('SELECT max(seq) FROM entries').fetchone()[0], flush=True)\n"
        "    db.close()\n"
    )
    store = Store(tmp_path / "j.sqlite")
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "j.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    with other:
        assert other.stdin
        assert other.stdout
        for number in range(1, 30):
            store.append("note", "id", AT, {}, b"x" * number * 100)
            other.stdin.write("look\n")
            assert int(other.stdout.readline()) == number
        other.stdin.close()
    store.close()


def _swapped(path: Path) -> None:
    rewrite(
        path,
        "UPDATE entries SET seq = -1 WHERE seq = 4",
        "UPDATE entries SET seq = 4 WHERE seq = 5",
        "UPDATE entries SET seq = 5 WHERE seq = -1",
    )


def _rehashed(path: Path) -> None:
    """Entry 4 is changed and its own hash made to fit."""
    entry = list(read_entries(path))[3]
    digest = digest_of(entry.seq, entry.kind, entry.exchange, entry.at, entry.facts, b"other", entry.previous)
    rewrite(path, f"UPDATE entries SET body = CAST('other' AS BLOB), digest = '{digest}' WHERE seq = 4")


def _untyped(path: Path) -> None:
    rewrite(
        path,
        "CREATE TABLE loose AS SELECT * FROM entries",
        "DROP TABLE entries",
        "ALTER TABLE loose RENAME TO entries",
        "UPDATE entries SET facts = NULL WHERE seq = 4",
    )


@pytest.mark.parametrize(
    ("tamper", "number"),
    [
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET body = x'00' WHERE seq = 4"), 4, id="body"),
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET facts = '{}' WHERE seq = 4"), 4, id="facts"),
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET at = replace(at, '08', '09') WHERE seq = 4"), 4, id="at"),
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET kind = 'run' WHERE seq = 4"), 4, id="kind"),
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET exchange = 'id-3' WHERE seq = 4"), 4, id="exchange"),
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET body = x'00' WHERE seq = 1"), 1, id="first"),
        pytest.param(lambda p: rewrite(p, "UPDATE entries SET body = x'00' WHERE seq = 10"), 10, id="last"),
        pytest.param(lambda p: rewrite(p, "DELETE FROM entries WHERE seq = 4"), 4, id="removed"),
        pytest.param(
            lambda p: rewrite(p, "DELETE FROM entries WHERE seq = 4", "UPDATE entries SET seq = seq - 1 WHERE seq > 4"),
            4,
            id="removed-renumbered",
        ),
        pytest.param(lambda p: rewrite(p, "DELETE FROM entries WHERE seq = 1"), 1, id="removed-first"),
        pytest.param(_swapped, 4, id="swapped"),
        pytest.param(_rehashed, 5, id="rehashed"),
        pytest.param(_untyped, 4, id="untyped"),
    ],
)
def test_tampering_found(path: Path, tamper: Callable[[Path], None], number: int) -> None:
    tamper(path)
    report = verify_chain(path)
    assert report.problem is not None
    assert f"Innslag {number} " in report.problem


def test_removed_end_found(path: Path) -> None:
    sealed = seal(path)
    rewrite(path, "DELETE FROM entries WHERE seq = 10")
    assert verify_chain(path).problem is None, "the chain alone cannot know its own end"
    problem = verify_chain(path, expected_last=sealed).problem
    assert problem is not None
    assert "innslag etter nummer 9 er fjernet" in problem


def test_forged_end_found(path: Path) -> None:
    sealed = seal(path)
    forge(path)
    forge(path)
    assert verify_chain(path).problem is None, "the chain alone cannot know its own end"
    problem = verify_chain(path, expected_last=sealed).problem
    assert problem is not None
    assert "Innslag 11 og det som følger, er føyd til" in problem


def test_emptied_journal_found(path: Path) -> None:
    sealed = seal(path)
    rewrite(path, "DELETE FROM entries")
    assert verify_chain(path, expected_last=sealed).problem is not None


def test_parts_kept_apart() -> None:
    assert digest_of(1, "ab", "c", AT, "", b"", GENESIS) != digest_of(1, "a", "bc", AT, "", b"", GENESIS)
    assert digest_of(1, "a", "", AT, "x", b"", GENESIS) != digest_of(1, "a", "", AT, "", b"x", GENESIS)


def test_reopening_continues(path: Path) -> None:
    store = Store(path)
    assert (store.seq, store.last_digest) == (COUNT, seal(path))
    store.append("note", "later", AT, {}, b"")
    store.close()
    assert verify_chain(path, expected_last=store.last_digest).entries == COUNT + 1


def test_second_writer_refused(path: Path) -> None:
    """Two runs in one folder would break the chain; the later of the two is stopped instead."""
    with contextlib.closing(Store(path)) as first, contextlib.closing(Store(path)) as second:
        first.append("note", "a", AT, {}, b"")
        with pytest.raises(HarnessProblem, match="kunne ikke skrives"):
            second.append("note", "b", AT, {}, b"")
    assert verify_chain(path).problem is None


def test_finished_file_alone(path: Path, tmp_path: Path) -> None:
    """A finished journal is one file, which can be copied and read where nothing can be written."""
    assert [each.name for each in tmp_path.iterdir()] == ["journal.sqlite"]
    before = path.read_bytes()
    with read_only_folder() as folder, writable(folder):
        shutil.copy(path, folder / "copy.sqlite")
        (folder / "copy.sqlite").chmod(0o444)
        with unprivileged(folder):
            assert verify_chain(folder / "copy.sqlite").entries == COUNT
    assert path.read_bytes() == before


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """What a crash left behind stays as it was found, the log beside the file included."""
    code = (
        "import os, sys, pathlib\n"
        "from eprom_verify.journal.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "for number in range(20): store.append('note', 'id', 'now', {}, b'')\n"
        "os._exit(9)\n"
    )
    path, log = tmp_path / "j.sqlite", tmp_path / "j.sqlite-wal"
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 9
    before = path.read_bytes(), log.read_bytes()
    assert verify_chain(path).entries == 20
    assert (path.read_bytes(), log.read_bytes()) == before


def test_close_beside_reader(path: Path) -> None:
    store = Store(path)
    reading = sqlite3.connect(path)
    rows = reading.execute("SELECT seq FROM entries")
    rows.fetchone()
    store.append("note", "id", AT, {}, b"")
    store.close()
    reading.close()
    assert verify_chain(path, expected_last=store.last_digest).entries == COUNT + 1


def test_append_after_close(path: Path) -> None:
    store = Store(path)
    store.close()
    store.close()
    with pytest.raises(HarnessProblem, match="kunne ikke skrives"):
        store.append("note", "id", AT, {}, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_full_disk_told(tmp_path: Path) -> None:
    """In a process of its own, for which the disk is full after 200 kB."""
    code = (
        "import pathlib, resource, signal, sys\n"
        "from eprom_verify.errors import HarnessProblem\n"
        "from eprom_verify.journal.store import Store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    for number in range(100): store.append('note', 'id', 'now', {}, b'x' * 10_000)\n"
        "except HarnessProblem as exc:\n"
        "    print(store.seq, str(exc))\n"
        "store.close()\n"
    )
    path = tmp_path / "j.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    count, _, text = done.stdout.strip().partition(" ")
    assert text.startswith("Journalen kunne ikke skrives: ")
    assert done.stderr == ""
    chain = verify_chain(path)
    assert (chain.entries, chain.problem) == (int(count), None)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be made read-only so")
def test_read_only_folder_told() -> None:
    with (
        read_only_folder() as folder,
        unprivileged(folder),
        pytest.raises(HarnessProblem, match=r"journal\.sqlite kan ikke åpnes"),
    ):
        Store(folder / "journal.sqlite")


def test_missing_folder_told(tmp_path: Path) -> None:
    with pytest.raises(HarnessProblem, match="kan ikke åpnes"):
        Store(tmp_path / "nowhere" / "journal.sqlite")


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_foreign_file_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(content)
    with pytest.raises(UsageProblem, match="er ikke en lesbar journal"):
        verify_chain(path)


def test_other_database_refused(tmp_path: Path) -> None:
    rewrite(tmp_path / "other.sqlite", "CREATE TABLE entries (name TEXT)", "INSERT INTO entries VALUES ('x')")
    with pytest.raises(UsageProblem, match="er ikke en lesbar journal"):
        verify_chain(tmp_path / "other.sqlite")


def test_missing_file_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.sqlite", tmp_path):
        with pytest.raises(UsageProblem, match="Finner ingen journal"):
            verify_chain(path)
    assert not (tmp_path / "none.sqlite").exists()


@contextlib.contextmanager
def read_only_folder() -> Iterator[Path]:
    # Not tmp_path: the folder above it is closed to others.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@contextlib.contextmanager
def writable(folder: Path) -> Iterator[None]:
    folder.chmod(0o755)
    yield


@contextlib.contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Nothing can be written in the folder, also not by the superuser, who may do everything."""
    folder.chmod(0o555)
    if sys.platform == "win32" or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_interrupted_after_the_write(tmp_path: Path) -> None:
    """Ctrl-C between an entry's way to the disk and what is known of it; what comes after is noted all the same."""
    path = tmp_path / "journal.sqlite"
    store = Store(path)
    store.append("run", "", "2026-01-01T00:00:00+00:00", {}, b"")
    db = store._db

    class Interrupted:
        def execute(self, statement: str, *values: Any) -> Any:
            found = db.execute(statement, *values)
            if statement.startswith("INSERT"):
                raise KeyboardInterrupt
            return found

    store._db = Interrupted()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        store.append("request", "x", "2026-01-01T00:00:01+00:00", {}, b"")
    store._db = db
    assert store.append("end", "", "2026-01-01T00:00:02+00:00", {}, b"").seq == 3
    store.close()
    assert verify_chain(path).problem is None
