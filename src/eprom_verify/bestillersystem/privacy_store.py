"""The bestillersystem's own copy of the citizens' privacy settings."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass

from eprom_verify.contract.privacy_codes import SettingStatus, SettingType

_SCHEMA = """
CREATE TABLE IF NOT EXISTS privacy_settings (
    national_id     TEXT NOT NULL,
    pvk_id          TEXT NOT NULL,
    type            TEXT NOT NULL,
    status          TEXT NOT NULL,
    sequence_number INTEGER,
    heard           INTEGER NOT NULL,
    PRIMARY KEY (national_id, pvk_id)
) STRICT;
CREATE TABLE IF NOT EXISTS privacy_history (
    national_id TEXT NOT NULL,
    pvk_id      TEXT NOT NULL,
    type        TEXT NOT NULL,
    status      TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS privacy_history_of_citizen ON privacy_history (national_id, pvk_id);
"""


@dataclass(frozen=True, kw_only=True)
class KnownSetting:
    """A citizen's setting, as somebody told it; `sequence_number` is None when that was not told."""

    national_id: str
    pvk_id: str
    type: SettingType
    status: SettingStatus
    sequence_number: int | None = None


class PrivacyStore:
    """The newest that is known of each setting, and what was known before. Safe to use from every thread.

    A message from ePROM (L) has neither time nor number, so messages count in the order in which they came. An answer
    from ePROM gives way to a message that came after the question was asked, and to a higher sequence number.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    def asking(self) -> int:
        """What to give to `answered` later: how many messages had been heard when a question was asked."""
        with self._lock:
            return self._heard()

    def answered(self, setting: KnownSetting, *, asked: int, takes_older: bool = False, repeats: bool = False) -> None:
        """Register what ePROM answered, unless something newer is known."""
        with self._lock:
            row = self._row(setting)
            heard, number = row[2:] if row else (0, None)
            if heard > asked:
                return
            told = setting.sequence_number
            if told is not None and number is not None and told < number and not takes_older:
                return
            self._write(setting, told if told is not None else number, heard, repeats=repeats)

    def told(self, setting: KnownSetting, *, repeats: bool = False) -> None:
        """Register what a message told; one that tells what is known already changes nothing."""
        with self._lock:
            row = self._row(setting)
            self._write(setting, row[3] if row else None, self._heard() + 1, repeats=repeats)

    def known(self, national_id: str, pvk_id: str) -> list[KnownSetting]:
        """What has been registered, oldest first: the last one holds; empty when nothing is known."""
        with self._lock:
            rows = self._db.execute(
                "SELECT type, status FROM privacy_history WHERE national_id = ? AND pvk_id = ? ORDER BY rowid",
                (national_id, pvk_id),
            ).fetchall()
        return [
            KnownSetting(national_id=national_id, pvk_id=pvk_id, type=SettingType[kind], status=SettingStatus[status])
            for kind, status in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _heard(self) -> int:
        return int(self._db.execute("SELECT COALESCE(MAX(heard), 0) FROM privacy_settings").fetchone()[0])

    def _row(self, setting: KnownSetting) -> tuple[str, str, int, int | None] | None:
        found: tuple[str, str, int, int | None] | None = self._db.execute(
            "SELECT type, status, heard, sequence_number FROM privacy_settings WHERE national_id = ? AND pvk_id = ?",
            (setting.national_id, setting.pvk_id),
        ).fetchone()
        return found

    def _write(self, setting: KnownSetting, number: int | None, heard: int, *, repeats: bool) -> None:
        row = self._row(setting)
        what = (setting.national_id, setting.pvk_id, setting.type.name, setting.status.name)
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute("INSERT OR REPLACE INTO privacy_settings VALUES (?,?,?,?,?,?)", (*what, number, heard))
            if repeats or row is None or row[:2] != what[2:]:
                self._db.execute("INSERT INTO privacy_history VALUES (?,?,?,?)", what)
