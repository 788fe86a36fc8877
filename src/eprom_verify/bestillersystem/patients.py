"""Which patients the built-in bestillersystem has, and which forms are theirs: those it ordered, and those that they
began themselves."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eprom_verify.bestillersystem.initiated_behaviour import InitiatedBehaviour
from eprom_verify.bestillersystem.store import guid

_SCHEMA = """
CREATE TABLE IF NOT EXISTS patients (
    patient_id  INTEGER PRIMARY KEY,
    national_id TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS patient_forms (
    form_order_id TEXT PRIMARY KEY,
    national_id   TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS initiated_forms (
    form_order_id TEXT NOT NULL,
    national_id   TEXT,
    form_id       TEXT,
    ordered_at    TEXT
) STRICT;
"""


@dataclass(frozen=True)
class InitiatedForm:
    """A form that a patient began without an order: whose, which, and when, in UTC; None is what was not told."""

    national_id: str | None
    form_id: str | None
    ordered_at: datetime | None


class PatientStore:
    """Patients by national id, in the file that the orders are in. Safe to use from every thread."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def create(self, national_id: str, *, again: bool = False) -> None:
        """Take up a patient who is not there yet; `again` takes up one who is there too."""
        unless_there = "SELECT ? WHERE ? OR NOT EXISTS (SELECT 1 FROM patients WHERE national_id = ?)"
        with self._lock:
            # In one statement: another process may take up the same one.
            self._db.execute(f"INSERT INTO patients (national_id) {unless_there}", (national_id, again, national_id))

    def give(self, form_order_id: str, national_id: str) -> None:
        """Note whose the form of an order is: that of the person whom it is about."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO patient_forms VALUES (?,?)", (form_order_id, national_id))

    def initiate(self, form_order_id: str, form: InitiatedForm, *, repeats: bool = False) -> None:
        """Register a form that a patient began, once however often it comes; `repeats` registers it each time."""
        moment = None if form.ordered_at is None else form.ordered_at.isoformat()
        row = (form_order_id, form.national_id, form.form_id, moment)
        with self._lock:
            seen = self._db.execute(
                "SELECT 1 FROM initiated_forms WHERE form_order_id = ?", (form_order_id,)
            ).fetchone()
            if seen is None or repeats:
                self._db.execute("INSERT INTO initiated_forms VALUES (?,?,?,?)", row)

    def count(self, national_id: str) -> int:
        """How many patients have that national id: one, or none."""
        with self._lock:
            row = self._db.execute("SELECT COUNT(*) FROM patients WHERE national_id = ?", (national_id,)).fetchone()
        return int(row[0])

    def owner(self, form_order_id: str) -> str | None:
        """The national id of the patient whose form it is; None when it is nobody's."""
        with self._lock:
            row = self._db.execute(
                "SELECT national_id FROM patient_forms WHERE form_order_id = ?", (form_order_id,)
            ).fetchone()
        return None if row is None else str(row[0])

    def initiated(self, form_order_id: str) -> list[InitiatedForm]:
        """What is registered of a form that a patient began; empty when it is none."""
        with self._lock:
            rows = self._db.execute(
                "SELECT national_id, form_id, ordered_at FROM initiated_forms WHERE form_order_id = ? ORDER BY rowid",
                (form_order_id,),
            ).fetchall()
        return [
            InitiatedForm(national_id, form_id, None if moment is None else datetime.fromisoformat(moment))
            for national_id, form_id, moment in rows
        ]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


class InitiatedForms:
    """Takes the forms that patients began themselves: creates the patient, and keeps whose form it is and when it was
    begun. Source: PasientinitiertBestillingAvSkjema; Overordnetskisse pasientinitiert."""

    def __init__(self, patients: PatientStore, behaviour: InitiatedBehaviour) -> None:
        self._patients = patients
        self._behaviour = behaviour

    def take(self, form_order_id: str, members: Mapping[str, Any], *, ordered: bool) -> bool:
        """Register an answered form by its members (names in lower case) when it is patient-initiated.

        What this system did order (`ordered`) is not, and neither is an unknown order that does not say so: its status
        may only have come early. False when it does not tell whose it is, so that it is not half registered.
        """
        if ordered:
            return True
        if members.get("ispatientinitiated") is not True:
            if self._behaviour.takes_unmarked:
                self._patients.initiate(form_order_id, InitiatedForm(None, None, None))
            return True
        form = self._read(members.get("patientinitiatedvalues"))
        if form is None or form.national_id is None:
            return False
        if self._behaviour.creates_patient:
            self._patients.create(form.national_id, again=self._behaviour.creates_again)
        self._patients.give(form_order_id, form.national_id)
        self._patients.initiate(form_order_id, form, repeats=self._behaviour.registers_repeats)
        return True

    def _read(self, values: object) -> InitiatedForm | None:
        if not isinstance(values, dict):
            return None
        told = {name.casefold(): value for name, value in values.items()}
        national_id = told.get("nationalid")
        if not isinstance(national_id, str) or not national_id:
            return None
        return InitiatedForm(national_id, guid(told.get("formid")), _moment(told.get(self._behaviour.time_member)))


def _moment(value: object) -> datetime | None:
    """A moment in UTC, or None when there is none to read."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
