"""Looks into other journals for who made an order or a letter."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from eprom_verify.errors import UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import grown
from eprom_verify.journal.store import read_entries

MAKES = ("A", "B")
"""The operations that make an order of a form, and a letter."""


def made_elsewhere(journals: Iterable[Path], names: Collection[str]) -> set[str]:
    """Which of these orders and letters, by their ids, were made in one of these journals; what cannot be read tells of
    none."""
    found: set[str] = set()
    for path in journals:
        if found.issuperset(names):
            break
        try:
            found |= _made(path).intersection(names)
        except (UsageProblem, ValueError, KeyError, TypeError):
            continue
    return found


def _made(path: Path) -> set[str]:
    made: set[str] = set()
    begun: dict[str, Exchange] = {}
    for entry in read_entries(path):
        if entry.kind == "request" and entry.data["operation"] in MAKES:
            begun[entry.exchange] = grown(None, entry)
        elif entry.kind == "response" and entry.exchange in begun:
            done = grown(begun.pop(entry.exchange), entry)
            made |= {name for name in (done.order_id, done.message_id) if name and done.status == 200}
    return made
