"""The journal on disk: an append-only SQLite file whose entries are chained by their hashes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.journal.entries import GENESIS, Entry, canonical, digest_of

TABLE = """
CREATE TABLE entries (
    seq      INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,
    exchange TEXT NOT NULL,
    at       TEXT NOT NULL,
    facts    TEXT NOT NULL,
    body     BLOB NOT NULL,
    previous TEXT NOT NULL,
    digest   TEXT NOT NULL
) STRICT
"""
"""The one table of a journal, as the file itself tells of it."""

_NEWER = "SELECT seq, kind, exchange, at, facts, body, previous, digest FROM entries WHERE seq > ? ORDER BY seq"


class Store:
    """Appends entries, each on the disk before `append` returns. Not safe for several threads at once."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as exc:
            raise HarnessProblem(f"Journalen {path} kan ikke åpnes: {exc}.") from exc
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            # FULL: a commit has reached the disk, also when the machine itself goes down.
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(TABLE.replace("TABLE", "TABLE IF NOT EXISTS", 1))
            self.seq, self._last = self._newest()
        except sqlite3.Error as exc:
            self._db.close()
            raise HarnessProblem(f"Journalen {path} kan ikke åpnes: {exc}.") from exc

    @property
    def last_digest(self) -> str:
        """The digest of the newest entry: whoever knows it can tell whether anything before it was changed."""
        return self._last

    def append(self, kind: str, exchange: str, at: str, facts: dict[str, Any], body: bytes) -> Entry:
        """Write one entry.

        Raises:
            HarnessProblem: it could not be written (disk full, file gone).
        """
        seq, text = self.seq + 1, canonical(facts)
        digest = digest_of(seq, kind, exchange, at, text, body, self._last)
        entry = Entry(seq, kind, exchange, at, text, body, self._last, digest)
        try:
            self._db.execute(
                "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?)",
                (seq, kind, exchange, at, text, body, entry.previous, digest),
            )
            self.seq, self._last = seq, digest
        except sqlite3.Error as exc:
            raise HarnessProblem(f"Journalen kunne ikke skrives: {exc}.") from exc
        except BaseException:
            # Ctrl-C can come when the entry is written and before that is known here.
            self.seq, self._last = self._newest()
            raise
        return entry

    def _newest(self) -> tuple[int, str]:
        """The number and the digest of the newest entry."""
        found: tuple[int, str] | None = self._db.execute(
            "SELECT seq, digest FROM entries ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return found or (0, GENESIS)

    def close(self) -> None:
        """Fold the write-ahead log into the file, which can then be read from anywhere, and let go of it."""
        # Somebody may be reading, or the disk be full: then the log stays beside the file, and nothing is lost.
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("PRAGMA busy_timeout=500")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.execute("PRAGMA journal_mode=DELETE")
        self._db.close()


def read_entries(path: Path, *, after: int = 0) -> Iterator[Entry]:
    """Every entry of a journal file that is younger than number `after`, in order; the file is not changed.

    Raises:
        UsageProblem: there is no journal at `path`.
    """
    if not path.is_file():
        raise UsageProblem(
            f"Finner ingen journal: {path}.", "Oppgi mappen til en kjøring, for eksempel reports/latest."
        )
    try:
        # A writer would fold the log that a crash left behind into the file: the evidence stays as it was found.
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            rows = db.execute(_NEWER, (after,))
            yield from (Entry(*row) for row in rows)
        finally:
            db.close()
    except sqlite3.DatabaseError as exc:
        raise UsageProblem(f"{path} er ikke en lesbar journal: {exc}.") from exc


@dataclass(frozen=True)
class ChainReport:
    """Whether a journal is whole: `problem` is None when it is, else Norwegian words for the first break."""

    entries: int
    last_digest: str
    problem: str | None = None


def verify_chain(path: Path, *, expected_last: str | None = None) -> ChainReport:
    """Check every hash of a journal file, and its last one against `expected_last` when that is known.

    Raises:
        UsageProblem: there is no journal at `path`.
    """
    count, previous, sealed = 0, GENESIS, None
    for entry in read_entries(path):
        if entry.seq != count + 1:
            return ChainReport(count, previous, f"Innslag {count + 1} mangler.")
        if entry.previous != previous:
            return ChainReport(count, previous, f"Innslag {entry.seq} henger ikke sammen med innslaget før det.")
        if not entry.intact:
            return ChainReport(count, previous, f"Innslag {entry.seq} er endret etter at det ble skrevet.")
        count, previous = count + 1, entry.digest
        if previous == expected_last:
            sealed = count
    if expected_last is None or previous == expected_last:
        return ChainReport(count, previous)
    if sealed is not None:
        return ChainReport(count, previous, f"Innslag {sealed + 1} og det som følger, er føyd til etter slutten.")
    problem = f"Journalen slutter ikke der den skal: innslag etter nummer {count} er fjernet, eller alt er skrevet om."
    return ChainReport(count, previous, problem)
