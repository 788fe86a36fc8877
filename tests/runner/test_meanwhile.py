"""What `listen` noted between two parts of a run: taken in once, and only what the run has to do with."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.journal.journal import Journal, read_exchanges
from eprom_verify.journal.store import verify_chain
from eprom_verify.masking import Mask
from eprom_verify.runner.folders import JOURNAL, LISTENING
from eprom_verify.runner.meanwhile import take_in
from eprom_verify.runner.record import read_record

MINE, OTHER = str(uuid4()), str(uuid4())


def ordered(journal: Journal, order: str) -> None:
    asked = journal.request(
        operation="A",
        sender="bestillersystem",
        method="POST",
        url="http://eprom/api/v2/formorder",
        headers=[],
        body=b"",
    )
    journal.response(asked, status=200, headers=[], body=json.dumps({"id": order}).encode())


def told(journal: Journal, order: str, *, answered: bool = True) -> str:
    body = json.dumps({"formOrderId": order, "formOrderStatus": "Ordered"}).encode()
    said = journal.request(
        operation="I", sender="eprom", method="PUT", url="http://her/api/PromsFormOrder", headers=[], body=body
    )
    if answered:
        journal.response(said, status=200, headers=[], body=b'{"success":true}')
    return said


def opened(folder: Path) -> Journal:
    folder.mkdir(parents=True)
    journal = Journal(folder / JOURNAL, mask=Mask(), clock=system_clock)
    journal.run_started({"seed": 1, "edition": "2026-05"}, b"{}")
    return journal


def heard(folder: Path) -> int:
    """As when the run is taken up again: what is known of it is read first, and then its journal is open."""
    recorded = read_record(folder / JOURNAL)
    journal = Journal(folder / JOURNAL, mask=Mask(), clock=system_clock)
    try:
        return take_in(journal, recorded)
    finally:
        journal.close()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    journal = opened(tmp_path / "2026-11-27T000000Z-aaaa")
    began = system_clock().isoformat()
    journal.note("attempt", {"scenario": "a::b", "case": "x", "since": journal.seq, "began": began})
    ordered(journal, MINE)
    [order] = journal.exchanges()
    journal.note("act", {"scenario": "a::b", "exchange": order.id})
    journal.close()
    return tmp_path / "2026-11-27T000000Z-aaaa"


def test_own_status_taken_in_once(run: Path) -> None:
    listening = opened(run.parent / LISTENING)
    told(listening, OTHER)
    mine = told(listening, MINE)
    half = told(listening, MINE, answered=False)
    listening.close()
    before = (run.parent / LISTENING / JOURNAL).read_bytes()

    assert heard(run) == 1
    exchanges = {each.id: each for each in read_exchanges(run / JOURNAL)}
    assert mine in exchanges
    assert half not in exchanges
    assert {each.order_id for each in exchanges.values()} == {MINE}
    assert exchanges[mine].status == 200
    assert verify_chain(run / JOURNAL).problem is None
    # Nothing is lost where it was heard, and nothing comes twice.
    assert (run.parent / LISTENING / JOURNAL).read_bytes() == before
    assert heard(run) == 0
    # A status of an order that came to its result before is no leftover of a scenario that was broken off.
    assert mine not in read_record(run / JOURNAL).abandoned


def test_nobody_listened(run: Path) -> None:
    assert heard(run) == 0


def test_another_order_is_of_another_run(tmp_path: Path) -> None:
    """Whenever it came: ids are made by ePROM, and no status can tell of an order before it is made."""
    listening = opened(tmp_path / LISTENING)
    told(listening, OTHER)
    listening.close()
    journal = opened(tmp_path / "2026-11-27T000000Z-bbbb")
    ordered(journal, MINE)
    journal.close()
    assert heard(tmp_path / "2026-11-27T000000Z-bbbb") == 0


def test_clock_set_back_meanwhile(tmp_path: Path) -> None:
    """What was heard belongs to the run by its order, whatever the clock of the machine said then."""
    run = opened(tmp_path / "2026")
    ordered(run, MINE)
    run.close()
    earlier = Journal(
        _made(tmp_path / LISTENING) / JOURNAL, mask=Mask(), clock=lambda: system_clock() - timedelta(days=2)
    )
    told(earlier, MINE)
    earlier.close()
    assert (heard(tmp_path / "2026"), heard(tmp_path / "2026")) == (1, 0)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
