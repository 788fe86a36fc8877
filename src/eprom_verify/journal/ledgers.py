"""What the scenarios of a run have themselves caused, kept so that several processes can add to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import fields
from typing import Any, TypeVar

from eprom_verify.exchange import Exchange

T = TypeVar("T")
Changes = dict[str, dict[str, Any]]
"""By kind of ledger and by field, what was added; can be written as JSON."""


class Ledgers:
    """The ledgers of a run, one of each kind.

    A kind is a dataclass whose fields all have defaults and are a Counter, an int, a set or a list, to which one only
    adds; in a list an item may be an `Exchange`, or a tuple that holds some.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}
        self._noted: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, list[tuple[dict[str, Any], Mapping[str, Exchange]]]] = {}

    def of(self, kind: type[T]) -> T:
        """The run's ledger of this kind."""
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name not in self._kept:
            self._kept[name] = kind()
            self._noted[name] = _copied(self._kept[name])
            for added, exchanges in self._waiting.pop(name, []):
                self._add(name, added, exchanges)
        kept: T = self._kept[name]
        return kept

    def changes(self) -> Changes:
        """What was added here since the last time; empty when nothing was."""
        found: Changes = {}
        for name, ledger in self._kept.items():
            now, before = _copied(ledger), self._noted[name]
            added = {field: _added(before[field], value) for field, value in now.items() if value != before[field]}
            if added:
                found[name] = added
            self._noted[name] = now
        return found

    def merge(self, changes: Changes, exchanges: Iterable[Exchange]) -> None:
        """Add what another process has added; `exchanges` are those of the whole run."""
        by_id = {each.id: each for each in exchanges}
        for name, added in changes.items():
            if name in self._kept:
                self._add(name, added, by_id)
            else:
                self._waiting.setdefault(name, []).append((added, by_id))

    def _add(self, name: str, added: dict[str, Any], exchanges: Mapping[str, Exchange]) -> None:
        ledger = self._kept[name]
        for field, more in added.items():
            value = getattr(ledger, field)
            match value:
                case Counter():
                    value.update(more)
                case set():
                    value.update(more)
                case list():
                    value.extend(_unpacked(each, exchanges) for each in more)
                case _:
                    setattr(ledger, field, value + more)
        self._noted[name] = _copied(ledger)


def _copied(ledger: Any) -> dict[str, Any]:
    return {each.name: copy(getattr(ledger, each.name)) for each in fields(ledger)}


def _added(before: Any, now: Any) -> Any:
    match now:
        case Counter() | int():
            return now - before
        case set():
            return sorted(now - before)
        case list():
            return [_packed(each) for each in now[len(before) :]]
    raise TypeError(f"A ledger cannot hold {type(now).__name__}.")


def _packed(item: Any) -> list[Any]:
    if isinstance(item, Exchange):
        return ["exchange", item.id]
    if isinstance(item, tuple):
        return ["tuple", [_packed(each) for each in item]]
    return ["value", item]


def _unpacked(packed: list[Any], exchanges: Mapping[str, Exchange]) -> Any:
    kind, value = packed
    if kind == "exchange":
        return exchanges[value]
    return tuple(_unpacked(each, exchanges) for each in value) if kind == "tuple" else value
