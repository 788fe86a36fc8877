"""What ePROM sends comes to one process, and the others hear of it: all of it, in its order, before they look."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.journal import part
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.leading import MOST_AT_ONCE, LeadingJournal
from eprom_verify.journal.ledgers import Ledgers
from eprom_verify.journal.part import PartJournal, journal_answers
from eprom_verify.line import Line, Switchboard
from eprom_verify.masking import Mask
from eprom_verify.rig import Ledger

PARTS = ("gw0", "gw1")


@pytest.fixture
def leading(tmp_path: Path) -> Iterator[LeadingJournal]:
    opened = LeadingJournal(tmp_path / "journal.sqlite", mask=Mask(), clock=system_clock)
    yield opened
    opened.close()


@pytest.fixture
def broken_off() -> threading.Event:
    return threading.Event()


@pytest.fixture
def parts(leading: LeadingJournal, broken_off: threading.Event) -> Iterator[list[PartJournal]]:
    switchboard = Switchboard(journal_answers(lambda: leading) | {"heard": leading.heard})
    lines = [Line(switchboard.port, switchboard.token) for _ in PARTS]
    yield [
        PartJournal(leading.path, line, name=name, mask=Mask(), clock=system_clock, hears_until=broken_off)
        for name, line in zip(PARTS, lines, strict=True)
    ]
    for line in lines:
        line.close()
    switchboard.close()


def ordered(journal: Journal, body: bytes = b"{}", *, done: bool = True) -> str:
    return _noted(journal, "A", "bestillersystem", body, done=done)


def came(journal: Journal, body: bytes = b"{}", *, done: bool = True) -> str:
    return _noted(journal, "I", "eprom", body, done=done)


def _noted(journal: Journal, operation: str, sender: str, body: bytes, *, done: bool) -> str:
    exchange_id = journal.request(
        operation=operation, sender=sender, method="POST", url="http://x/y", headers=[], body=body
    )
    if done:
        journal.response(exchange_id, status=200, headers=[], body=b"{}")
    return exchange_id


def test_heard_by_all_and_ordered_by_each(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    """Its own orders and what came, in the order of the file; nothing of the other's, and said who noted what."""
    one, other = parts
    expected = [ordered(one), came(leading), ordered(one), came(leading)]
    theirs = ordered(other)
    seen = one.exchanges()
    assert [each.id for each in seen] == expected
    assert [each.part for each in seen] == ["gw0", "", "gw0", ""]
    assert [each.request.seq for each in seen] == sorted(each.request.seq for each in seen)
    assert [each.id for each in other.exchanges()] == [expected[1], expected[3], theirs]
    assert [each.part for each in leading.exchanges()] == ["gw0", "", "gw0", "", "gw1"]


def test_in_the_order_of_the_file_though_heard_late(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    """What came before an order, and was heard after it, does not come after it."""
    one, _ = parts
    earlier = came(leading)
    mine = ordered(one)
    since = one.exchanges()[0].request.seq
    assert [each.id for each in one.exchanges()] == [earlier, mine]
    assert [each.id for each in one.exchanges(since=since)] == [mine]


def test_what_came_is_known_when_it_is_asked_for(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    """Without a wait: what is noted is seen by whoever looks after that, so that no deadline passes in between."""
    one, _ = parts
    for number in range(50):
        mine = came(leading, b'{"n": %d}' % number)
        found = one.wait_for(lambda each, mine=mine: each.id == mine, timeout_s=0)  # type: ignore[misc]
        assert found is not None
        assert found.done
    assert one.seq == leading.seq


def test_more_than_goes_in_one_answer(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    ids = [came(leading, b"x" * 2000) for _ in range(MOST_AT_ONCE)]
    assert [each.id for each in parts[0].exchanges()] == ids


def test_wakes_whoever_waits(
    leading: LeadingJournal, parts: list[PartJournal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "_HEED_S", 60.0)
    one, _ = parts
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one.wait_for, lambda each: each.operation == "I", timeout_s=50)
        ordered(one)
        begun = monotonic()
        mine = came(leading)
        found = waiting.result()
    assert found is not None
    assert (found.id, found.done) == (mine, True)
    assert monotonic() - begun < 20, "it was not woken, but looked by itself"


def test_not_done_is_waited_for(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    """A callback counts when it is answered."""
    one, _ = parts
    mine = came(leading, done=False)
    assert one.wait_for(lambda each: True, timeout_s=0.2) is None
    assert [each.id for each in one.unanswered] == [mine]
    leading.response(mine, status=200, headers=[], body=b"{}")
    assert one.wait_for(lambda each: True, timeout_s=5) is not None
    assert one.unanswered == []


def test_none_after_the_time(parts: list[PartJournal]) -> None:
    begun = monotonic()
    assert parts[0].wait_for(lambda each: True, timeout_s=0.5) is None
    assert 0.5 <= monotonic() - begun < 5


def test_wait_is_broken_off(parts: list[PartJournal], broken_off: threading.Event) -> None:
    """As Ctrl-C breaks off a wait: it comes to nothing, and not to «it never came»."""
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(parts[0].wait_for, lambda each: True, timeout_s=60)
        broken_off.set()
        with pytest.raises(KeyboardInterrupt):
            waiting.result(timeout=10)


def test_set_aside_there_is_set_aside_here(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    one, other = parts
    lost, kept, mine = came(leading), came(leading), ordered(one)
    leading.set_aside(lost, "Ingen svarer.")
    one.set_aside(mine, "Ingen svarer.")
    assert [each.id for each in one.exchanges()] == [kept]
    assert [each.id for each in leading.exchanges()] == [kept]
    assert [each.id for each in one.spoiled()] == [lost, mine]
    assert [each.id for each in other.spoiled()] == [lost]
    other.read_on()
    assert [each.id for each in other.exchanges()] == [kept]
    assert [each.id for each in other.spoiled()] == [lost, mine]


def test_not_quiet_while_something_comes(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    """Quiet is when nothing is noted here, nor comes; what has come and is not answered is not quiet either."""
    one, _ = parts
    ordered(one)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one.wait_quiet, quiet_s=1.0, timeout_s=60)
        until = monotonic() + 2.5
        while monotonic() < until:
            came(leading)
        assert not waiting.done()
        begun = monotonic()
        assert waiting.result() is True
        assert monotonic() - begun >= 0.5
    came(leading, done=False)
    assert one.wait_quiet(quiet_s=0.1, timeout_s=0.5) is False


def test_who_looks_at_all_knows_what_all_have_caused(leading: LeadingJournal, parts: list[PartJournal]) -> None:
    """Also what is kept with an act, and not in an entry of its own."""
    one, other = parts
    ledgers = Ledgers()
    ledgers.of(Ledger).asked["x"] += 1
    other.note("act", {"scenario": "a", "exchange": "b", "part": other.part}, b'{"%s": {"asked": {"x": 1}}}' % NAME)
    one.note("act", {"scenario": "c", "exchange": "d", "part": one.part}, b'{"%s": {"asked": {"x": 5}}}' % NAME)
    for changes in one.read_on():
        ledgers.merge(changes, one.exchanges())
    assert ledgers.of(Ledger).asked["x"] == 2


NAME = f"{Ledger.__module__}.{Ledger.__qualname__}".encode()
