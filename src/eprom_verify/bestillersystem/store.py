"""Where the built-in bestillersystem keeps its orders: SQLite, so that a restart loses nothing."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eprom_verify.contract.enumerations import FormOrderStatus, FormOrderStatusErrorCode, NotificationChannel

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    case_id       TEXT PRIMARY KEY,
    form_order_id TEXT UNIQUE,
    state         TEXT NOT NULL,
    reason        TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS statuses (
    form_order_id TEXT NOT NULL,
    status        TEXT NOT NULL,
    channel       TEXT NOT NULL,
    error_code    TEXT NOT NULL,
    answers       TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS statuses_by_order ON statuses (form_order_id);
"""


@dataclass(frozen=True)
class RegisteredStatus:
    """A status that is registered for an order; `answers` are those of a completed form, by field name."""

    status: FormOrderStatus
    channel: NotificationChannel
    error_code: FormOrderStatusErrorCode
    answers: dict[str, Any] | None = None


class OrderStore:
    """Orders by the case they belong to, and the statuses that came for them. Safe to use from every thread."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        # A restart loses nothing. A power cut may take the newest rows: this system's cases are made up.
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def begin(self, case_id: str) -> bool:
        """Note that an order is about to be sent; False when this case already has one, so that none is sent twice."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO orders (case_id, state) VALUES (?, 'sending') ON CONFLICT DO NOTHING", (case_id,)
            )
            return cursor.rowcount == 1

    def ordered(self, case_id: str, form_order_id: str) -> None:
        """Note the id that ePROM gave the order; a status that came before it now belongs to the order.

        Raises:
            ValueError: another case already has an order of that id.
        """
        with self._lock:
            try:
                self._db.execute(
                    "UPDATE orders SET state = 'ordered', form_order_id = ? WHERE case_id = ?", (form_order_id, case_id)
                )
            except sqlite3.IntegrityError as exc:
                raise ValueError(f"the order {form_order_id} belongs to another case") from exc

    def failed(self, case_id: str, reason: str) -> None:
        """Note that no order was made, and why."""
        with self._lock:
            self._db.execute("UPDATE orders SET state = 'failed', reason = ? WHERE case_id = ?", (reason, case_id))

    def receive(
        self,
        form_order_id: str,
        status: FormOrderStatus,
        channel: NotificationChannel,
        error_code: FormOrderStatusErrorCode,
        *,
        answers: dict[str, Any] | None = None,
        repeats: bool = False,
    ) -> None:
        """Register a status once, however often it comes; `repeats` registers it each time."""
        text = None if answers is None else json.dumps(answers)
        row = (form_order_id, status.name, channel.name, error_code.name, text)
        with self._lock:
            seen = self._db.execute("SELECT 1 FROM statuses WHERE form_order_id = ? AND status = ?", row[:2]).fetchone()
            if seen is None or repeats:
                self._db.execute("INSERT INTO statuses VALUES (?,?,?,?,?)", row)

    def restore(self, form_order_id: str, statuses: list[RegisteredStatus]) -> None:
        """Register these statuses for an order, and no other: what has come since they were read is lost."""
        with self._lock:
            self._db.execute("DELETE FROM statuses WHERE form_order_id = ?", (form_order_id,))
            for each in statuses:
                text = None if each.answers is None else json.dumps(each.answers)
                row = (form_order_id, each.status.name, each.channel.name, each.error_code.name, text)
                self._db.execute("INSERT INTO statuses VALUES (?,?,?,?,?)", row)

    def statuses(self, form_order_id: str) -> list[RegisteredStatus]:
        """The statuses that are registered for an order, in the order they came."""
        with self._lock:
            rows = self._db.execute(
                "SELECT status, channel, error_code, answers FROM statuses WHERE form_order_id = ? ORDER BY rowid",
                (form_order_id,),
            ).fetchall()
        return [
            RegisteredStatus(
                FormOrderStatus[status],
                NotificationChannel[channel],
                FormOrderStatusErrorCode[code],
                None if answers is None else json.loads(answers),
            )
            for status, channel, code, answers in rows
        ]

    def state(self, case_id: str) -> tuple[str, str | None, str | None] | None:
        """State ("sending", "ordered", "failed"), formOrderId and reason of a case's order; None when it has none."""
        with self._lock:
            row = self._db.execute(
                "SELECT state, form_order_id, reason FROM orders WHERE case_id = ?", (case_id,)
            ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def knows(self, form_order_id: str) -> bool:
        """Whether an order of this system has that id."""
        with self._lock:
            found = self._db.execute("SELECT 1 FROM orders WHERE form_order_id = ?", (form_order_id,)).fetchone()
        return found is not None

    def known_or_newest(self, form_order_id: str) -> str:
        """The id itself when an order has it, or when the newest order has none yet; else the newest order's."""
        if self.knows(form_order_id):
            return form_order_id
        with self._lock:
            row = self._db.execute("SELECT form_order_id FROM orders ORDER BY rowid DESC LIMIT 1").fetchone()
        return form_order_id if row is None or row[0] is None else str(row[0])

    def is_newest(self, form_order_id: str) -> bool:
        """Whether no order was begun after the one of that id."""
        with self._lock:
            row = self._db.execute("SELECT form_order_id FROM orders ORDER BY rowid DESC LIMIT 1").fetchone()
        return row is not None and row[0] == form_order_id

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def guid(value: object) -> str | None:
    """A GUID in lower case with hyphens, or None when the value is none."""
    try:
        return str(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def parse_object(text: str) -> dict[str, Any] | None:
    """A JSON object, or None when the text is none."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
