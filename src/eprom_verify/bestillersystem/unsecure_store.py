"""Which SMS and e-mails the built-in bestillersystem has sent."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass

_SCHEMA = """
CREATE TABLE IF NOT EXISTS unsecure_messages (
    case_id TEXT PRIMARY KEY,
    state   TEXT NOT NULL,
    reason  TEXT
) STRICT;
"""


@dataclass(frozen=True)
class MessageState:
    """What came of a message: `state` is "sending", "sent", "not sent" or "unanswered", `reason` why it is not sent."""

    state: str
    reason: str | None = None


class MessageStore:
    """Messages by the case they belong to. Safe to use from every thread."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def begin(self, case_id: str) -> bool:
        """Note that a message is about to be sent; False when this case already has one, so that none is sent twice."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO unsecure_messages (case_id, state) VALUES (?, 'sending') ON CONFLICT DO NOTHING",
                (case_id,),
            )
            return cursor.rowcount == 1

    def ended(self, case_id: str, state: MessageState) -> None:
        """Note what came of a message."""
        with self._lock:
            self._db.execute(
                "UPDATE unsecure_messages SET state = ?, reason = ? WHERE case_id = ?",
                (state.state, state.reason, case_id),
            )

    def state(self, case_id: str) -> MessageState | None:
        """What came of the case's message; None when it has none."""
        with self._lock:
            row = self._db.execute(
                "SELECT state, reason FROM unsecure_messages WHERE case_id = ?", (case_id,)
            ).fetchone()
        return None if row is None else MessageState(*row)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()
