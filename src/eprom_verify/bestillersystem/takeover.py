"""Lets the built-in bestillersystem take over what another of its kind has registered while it was not there itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.contract.enumerations import (
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)


def take_over(system: BuiltInSystem, path: Path, names: Collection[str]) -> None:
    """Register what the system whose stores are at `path` has registered of these orders and letters, by their ids.

    What is registered here already is not registered again, and what stands at `path` is not changed. A signed document
    that was wanted there and not fetched is fetched here. Nothing happens when there is no file at `path`.
    """
    if not path.is_file():
        return
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as other:
        for name in sorted(names):
            _statuses(system, other, name)
            _letter_statuses(system, other, name)
            _documents(system, other, name)


def _statuses(system: BuiltInSystem, other: sqlite3.Connection, name: str) -> None:
    query = "SELECT status, channel, error_code, answers FROM statuses WHERE form_order_id = ? ORDER BY rowid"
    for status, channel, code, answers in other.execute(query, (name,)):
        system.store.receive(
            name,
            FormOrderStatus[status],
            NotificationChannel[channel],
            FormOrderStatusErrorCode[code],
            answers=None if answers is None else json.loads(answers),
        )


def _letter_statuses(system: BuiltInSystem, other: sqlite3.Connection, name: str) -> None:
    query = "SELECT sent_status, channel FROM letter_statuses WHERE message_id = ? ORDER BY rowid"
    for status, channel in other.execute(query, (name,)):
        system.letter_store.receive(name, SentStatus[status], NotificationChannel[channel])


def _documents(system: BuiltInSystem, other: sqlite3.Connection, name: str) -> None:
    query = "SELECT signed_form_id, content FROM signed_documents WHERE form_order_id = ? ORDER BY rowid"
    for signed_form_id, content in other.execute(query, (name,)):
        system.documents.want(signed_form_id, name)
        if content is None:
            system.fetcher.fetch(signed_form_id)
        else:
            system.documents.keep(signed_form_id, content)
