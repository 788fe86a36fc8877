"""What several processes add to the ledgers of a run comes together."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import pytest

from eprom_verify.exchange import Exchange, Message
from eprom_verify.journal.ledgers import Changes, Ledgers
from eprom_verify.rig import Ledger


@dataclass
class Own:
    """A ledger of every sort of field."""

    count: int = 0
    by_person: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    found: list[Any] = field(default_factory=list)


def exchange(exchange_id: str) -> Exchange:
    message = Message(at=datetime.now(UTC), headers=(), body=b"", size=0, seq=1)
    return Exchange(id=exchange_id, operation="A", sender="s", method="POST", url="u", request=message)


def sent(changes: Changes) -> Changes:
    """The changes as they come out at the other end."""
    return dict(json.loads(json.dumps(changes)))


def test_added_together() -> None:
    here, there = Ledgers(), Ledgers()
    for ledgers, number in ((here, 1), (there, 2)):
        own = ledgers.of(Own)
        own.count += number
        own.by_person["felles"] += number
        own.by_person[f"bare {number}"] += 1
        own.ids |= {"felles", f"bare {number}"}
        own.found.append((exchange(f"x{number}"), "navn", None, {"a": [1]}))
    here.merge(sent(there.changes()), [exchange("x1"), exchange("x2")])
    own = here.of(Own)
    assert own.count == 3
    assert own.by_person == {"felles": 3, "bare 1": 1, "bare 2": 1}
    assert own.ids == {"felles", "bare 1", "bare 2"}
    assert [(each[0].id, *each[1:]) for each in own.found] == [
        ("x1", "navn", None, {"a": [1]}),
        ("x2", "navn", None, {"a": [1]}),
    ]


def test_told_once() -> None:
    ledgers = Ledgers()
    assert ledgers.changes() == {}
    ledgers.of(Own).by_person["en"] += 1
    [name] = ledgers.changes()
    assert name == "tests.journal.test_ledgers.Own" or name.endswith("Own")
    assert ledgers.changes() == {}
    ledgers.of(Own).by_person["en"] += 1
    assert ledgers.changes() == {name: {"by_person": {"en": 1}}}


def test_others_not_told_on() -> None:
    """What came from another process is not told as one's own."""
    here, there = Ledgers(), Ledgers()
    here.of(Own).count += 1
    there.of(Own).count += 1
    here.merge(sent(there.changes()), [])
    assert list(here.changes().values()) == []
    here.of(Own).count += 5
    [changes] = here.changes().values()
    assert changes == {"count": 5}


def test_kind_first_used_later() -> None:
    here, there = Ledgers(), Ledgers()
    there.of(Own).ids.add("x")
    here.merge(sent(there.changes()), [])
    assert here.of(Own).ids == {"x"}


def test_unknown_sort_refused() -> None:
    @dataclass
    class Wrong:
        text: str = ""

    ledgers = Ledgers()
    ledgers.of(Wrong).text = "mer"
    with pytest.raises(TypeError, match="str"):
        ledgers.changes()


def test_ledger_of_the_rig_can_be_shared() -> None:
    """Every field is of a sort that can be added to: a new one must be, too."""
    for each in fields(Ledger):
        assert isinstance(getattr(Ledger(), each.name), Counter | set | list | int), each.name
