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


def told(journal: Journal, order: str, *, answered: bool = True, **more: str) -> str:
    body = json.dumps({"formOrderId": order, "formOrderStatus": "Ordered"} | more).encode()
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


def test_status_of_another_run_makes_nothing_ours(run: Path) -> None:
    """What came to the run by itself, about an order that it never made, is no order of its own."""
    journal = Journal(run / JOURNAL, mask=Mask(), clock=system_clock)
    told(journal, OTHER)
    journal.close()
    listening = opened(run.parent / LISTENING)
    told(listening, OTHER)
    listening.close()
    assert heard(run) == 0


def test_signed_documents_come_with_their_orders(run: Path) -> None:
    """The bestillersystem fetches them itself; only the return tells whose they are."""
    listening = opened(run.parent / LISTENING)
    documents = {MINE: str(uuid4()), OTHER: str(uuid4())}
    fetched = {}
    for order, document in documents.items():
        told(listening, order, formOrderStatus="Completed", signedFormId=document.upper())
        url = f"http://eprom/api/ExternalDocument/{document}"
        asked = listening.request(operation="E", sender="bestillersystem", method="GET", url=url, headers=[], body=b"")
        listening.response(asked, status=200, headers=[], body=b"%PDF-")
        fetched[order] = asked
    listening.close()

    assert heard(run) == 2
    assert [each.id for each in read_exchanges(run / JOURNAL) if each.operation == "E"] == [fetched[MINE]]
    # The process may be lost before anything else is noted: what another has heard is no leftover of a scenario.
    assert fetched[MINE] not in read_record(run / JOURNAL).abandoned
    assert heard(run) == 0


def test_answer_that_listen_may_not_have_sent(run: Path) -> None:
    """It was the last thing that was noted before it was killed: the run knows, now and when it is taken up again."""
    listening = opened(run.parent / LISTENING)
    last = told(listening, MINE)
    listening.close()
    recorded = read_record(run / JOURNAL)
    assert recorded.unsure == set()
    journal = Journal(run / JOURNAL, mask=Mask(), clock=system_clock)
    assert take_in(journal, recorded) == 1
    journal.close()
    assert recorded.unsure == {last}
    assert read_record(run / JOURNAL).unsure == {last}


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
