"""Where the built-in bestillersystem keeps its letters: SQLite, so that a restart loses nothing."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass

from eprom_verify.contract.enumerations import NotificationChannel, SentStatus

_SCHEMA = """
CREATE TABLE IF NOT EXISTS letters (
    case_id    TEXT PRIMARY KEY,
    message_id TEXT UNIQUE,
    state      TEXT NOT NULL,
    reason     TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS letter_statuses (
    message_id  TEXT NOT NULL,
    sent_status TEXT NOT NULL,
    channel     TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS letter_statuses_by_message ON letter_statuses (message_id);
"""


@dataclass(frozen=True)
class RegisteredLetterStatus:
    """A status that is registered for a letter."""

    status: SentStatus
    channel: NotificationChannel


class LetterStore:
    """Letters by the case they belong to, and the statuses that came for them. Safe to use from every thread.

    The file may be the one that the orders are in.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def begin(self, case_id: str) -> bool:
        """Note that a letter is about to be sent; False when this case already has one, so that none is sent twice."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO letters (case_id, state) VALUES (?, 'sending') ON CONFLICT DO NOTHING", (case_id,)
            )
            return cursor.rowcount == 1

    def taken(self, case_id: str, message_id: str) -> None:
        """Note the id that ePROM gave the letter; a status that came before it now belongs to the letter.

        Raises:
            ValueError: another case already has a letter of that id.
        """
        with self._lock:
            try:
                self._db.execute(
                    "UPDATE letters SET state = 'taken', message_id = ? WHERE case_id = ?", (message_id, case_id)
                )
            except sqlite3.IntegrityError as exc:
                raise ValueError(f"the letter {message_id} belongs to another case") from exc

    def failed(self, case_id: str, reason: str) -> None:
        """Note that the letter was not sent, and why."""
        with self._lock:
            self._db.execute("UPDATE letters SET state = 'failed', reason = ? WHERE case_id = ?", (reason, case_id))

    def receive(
        self, message_id: str, status: SentStatus, channel: NotificationChannel, *, repeats: bool = False
    ) -> None:
        """Register a status once, however often it comes; `repeats` registers it each time."""
        row = (message_id, status.name, channel.name)
        with self._lock:
            seen = self._db.execute(
                "SELECT 1 FROM letter_statuses WHERE message_id = ? AND sent_status = ?", row[:2]
            ).fetchone()
            if seen is None or repeats:
                self._db.execute("INSERT INTO letter_statuses VALUES (?,?,?)", row)

    def statuses(self, message_id: str) -> list[RegisteredLetterStatus]:
        """The statuses that are registered for a letter, in the order they came."""
        with self._lock:
            rows = self._db.execute(
                "SELECT sent_status, channel FROM letter_statuses WHERE message_id = ? ORDER BY rowid", (message_id,)
            ).fetchall()
        return [RegisteredLetterStatus(SentStatus[status], NotificationChannel[channel]) for status, channel in rows]

    def state(self, case_id: str) -> tuple[str, str | None, str | None] | None:
        """State ("sending", "taken", "failed"), messageToCitizenId and reason of a case's letter; None without one."""
        with self._lock:
            row = self._db.execute(
                "SELECT state, message_id, reason FROM letters WHERE case_id = ?", (case_id,)
            ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def knows(self, message_id: str) -> bool:
        """Whether a letter of this system has that id."""
        with self._lock:
            found = self._db.execute("SELECT 1 FROM letters WHERE message_id = ?", (message_id,)).fetchone()
        return found is not None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()
