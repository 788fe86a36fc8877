"""Several parts of one journal: one chain, each secret hidden where it was seen, and all of it read at the end."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.errors import HarnessProblem
from eprom_verify.journal.journal import Journal, read_exchanges
from eprom_verify.journal.part import PartJournal, journal_answers
from eprom_verify.journal.store import verify_chain
from eprom_verify.line import Line, Switchboard
from eprom_verify.masking import Mask

KEYS = {"gw0": "hemmelig-nøkkel-0", "gw1": "hemmelig-nøkkel-1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def whole(path: Path) -> Iterator[Journal]:
    opened = Journal(path, mask=Mask(), clock=system_clock)
    yield opened
    opened.close()


@pytest.fixture
def parts(path: Path, whole: Journal) -> Iterator[list[PartJournal]]:
    switchboard = Switchboard(journal_answers(lambda: whole))
    lines = [Line(switchboard.port, switchboard.token) for _ in KEYS]
    yield [
        PartJournal(path, line, name=name, mask=Mask([KEYS[name]]), clock=system_clock)
        for name, line in zip(KEYS, lines, strict=True)
    ]
    for line in lines:
        line.close()
    switchboard.close()


def noted(journal: Journal, body: bytes = b"{}", *, done: bool = True) -> str:
    exchange_id = journal.request(
        operation="A", sender="bestillersystem", method="POST", url="http://x/y", headers=[], body=body
    )
    if done:
        journal.response(exchange_id, status=200, headers=[], body=b"{}")
    return exchange_id


def test_one_chain(path: Path, whole: Journal, parts: list[PartJournal]) -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(lambda number: noted(parts[number % 2], b'{"n": %d}' % number), range(100)))
    assert {each.id for each in read_exchanges(path)} == set(ids) == {each.id for each in whole.exchanges()}
    assert whole.seq == 200
    chain = verify_chain(path, expected_last=whole.last_digest)
    assert (chain.entries, chain.problem) == (200, None)
    for part in parts:
        numbers = [each.request.seq for each in part.exchanges()]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 50


def test_on_disk_when_acknowledged(path: Path, parts: list[PartJournal]) -> None:
    exchange_id = noted(parts[0], done=False)
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT exchange FROM entries").fetchall() == [(exchange_id,)]


def test_only_own_since(parts: list[PartJournal]) -> None:
    one, other = parts
    first = noted(one)
    since = one.seq
    noted(other)
    second = noted(one)
    assert [each.id for each in one.exchanges(since=since)] == [second]
    assert [each.id for each in one.exchanges()] == [first, second]
    assert one.wait_for(lambda each: True, timeout_s=5, since=since) is not None


def test_own_waited_for(parts: list[PartJournal]) -> None:
    one, other = parts
    noted(other)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one.wait_for, lambda each: True, timeout_s=20)
        exchange_id = noted(one)
        found = waiting.result()
    assert found is not None
    assert found.id == exchange_id


def test_each_hides_its_own_secret(path: Path, parts: list[PartJournal]) -> None:
    for part, key in zip(parts, KEYS.values(), strict=True):
        noted(part, f'{{"x": "{key}"}}'.encode())
        part.note_ledger({"Slag": {"ids": [key]}})
    content = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    assert b"[skjult]" in content
    assert b"hemmelig" not in content


def test_all_read_at_the_end(parts: list[PartJournal]) -> None:
    one, other = parts
    ids = [noted(other), noted(one)]
    other.note_ledger({"Slag": {"count": 1}})
    one.note_ledger({"Slag": {"count": 2}})
    assert one.read_on() == [{"Slag": {"count": 1}}]
    assert [each.id for each in one.exchanges()] == ids
    late = noted(other)
    other.note_ledger({"Slag": {"count": 4}})
    assert [each.id for each in one.exchanges()] == [*ids, late]
    assert one.exchanges(since=one.exchanges()[1].request.seq)[0].id == late
    assert all(each.done for each in one.exchanges())
    assert one.read_on() == [{"Slag": {"count": 4}}]
    assert one.read_on() == []


def test_quiet_when_all_are(parts: list[PartJournal]) -> None:
    one, other = parts
    noted(one)
    one.read_on()
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one.wait_quiet, quiet_s=0.5, timeout_s=60)
        while not waiting.done() and other.seq < 40:
            noted(other)
        assert not waiting.done()
        assert waiting.result() is True


def test_open_in_another_waited_for(parts: list[PartJournal]) -> None:
    one, other = parts
    open_id = noted(other, done=False)
    assert one.unanswered == []
    one.read_on()
    assert [each.id for each in one.unanswered] == [open_id]
    assert one.wait_quiet(quiet_s=0.01, timeout_s=0.1, patience_s=3600) is False
    assert one.wait_quiet(quiet_s=0.01, timeout_s=60, patience_s=0.1) is True
    other.response(open_id, status=200, headers=[], body=b"")
    assert one.unanswered == []
    assert one.wait_quiet(quiet_s=0.01, timeout_s=60) is True


def test_own_quiet_while_others_go_on(parts: list[PartJournal]) -> None:
    """Until all are looked at together, each part is quiet by itself."""
    one, other = parts
    noted(one)
    noted(other, done=False)
    assert one.wait_quiet(quiet_s=0.01, timeout_s=60) is True


def test_unquiet_other_told(parts: list[PartJournal]) -> None:
    one, _ = parts
    one.problem_of_others = "Det kommer stadig nye meldinger."
    assert one.wait_quiet(quiet_s=0.01, timeout_s=60) is True
    one.read_on()
    with pytest.raises(HarnessProblem, match="stadig nye"):
        one.wait_quiet(quiet_s=0.01, timeout_s=60)


def test_never_quiet(parts: list[PartJournal]) -> None:
    one, other = parts
    noted(other)
    one.read_on()
    assert one.wait_quiet(quiet_s=3600, timeout_s=0.05) is False


def test_unwritable_told(whole: Journal, parts: list[PartJournal]) -> None:
    noted(parts[0])
    whole.close()
    with pytest.raises(HarnessProblem, match="kunne ikke skrives"):
        noted(parts[0])
