"""What the journal remembers, and how one waits on it."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, thread_time

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.contract.findings import Finding, Severity
from eprom_verify.contract.letter_documents import Document, document_collection, main_document
from eprom_verify.errors import UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import KEPT_BODY_BYTES, Journal, read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.masking import HIDDEN, Mask

from .conftest import KEY

FINDING = Finding(
    Severity.VIOLATION, "required", "/formId", "en verdi", "ingenting", "Side, avsnitt", "formId mangler."
)


def ask(journal: Journal, body: bytes = b"{}", *, operation: str = "A", url: str = "http://eprom/api") -> str:
    return journal.request(
        operation=operation, sender="bestillersystem", method="POST", url=url, headers=[("X-One", "1")], body=body
    )


def answer(journal: Journal, exchange_id: str, body: bytes = b"{}") -> None:
    journal.response(exchange_id, status=200, headers=[("X-Two", "2")], body=body)


def always(exchange: Exchange) -> bool:
    return True


def test_exchange_remembered(journal: Journal) -> None:
    exchange_id = journal.request(
        operation="A",
        sender="bestillersystem",
        method="POST",
        url="http://eprom/api",
        headers=[("X", "1"), ("X", "2")],
        body='{"navn": "Åse"}'.encode(),
        findings=(FINDING,),
        key_matches=True,
    )
    (begun,) = journal.exchanges()
    assert not begun.done
    answer(journal, exchange_id, b'{"id": "ABC"}')
    (seen,) = journal.exchanges()
    assert (seen.id, seen.status, seen.key_matches, seen.order_id) == (exchange_id, 200, True, "abc")
    assert seen.request.headers == (("X", "1"), ("X", "2"))
    assert seen.violations == (FINDING,)
    assert read_exchanges(journal.path) == [seen]


def test_note_durable_at_once(journal: Journal) -> None:
    journal.run_started({"seed": 1})
    exchange_id = ask(journal)
    assert [entry.kind for entry in read_entries(journal.path)] == ["run", "request"]
    journal.failure(exchange_id, "Ingen svarer.")
    assert [entry.kind for entry in read_entries(journal.path)] == ["run", "request", "failure"]
    assert read_exchanges(journal.path)[0].failure == "Ingen svarer."


def test_journal_continued(journal: Journal) -> None:
    answered, left = ask(journal), ask(journal)
    answer(journal, answered)
    journal.close()
    again = Journal(journal.path, mask=Mask(), clock=system_clock)
    assert [each.done for each in again.exchanges()] == [True, False]
    answer(again, left)
    assert [each.done for each in again.exchanges()] == [True, True]
    again.close()
    assert verify_chain(journal.path, expected_last=again.last_digest).entries == 4


def test_foreign_file_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("hello")
    with pytest.raises(UsageProblem, match="ikke en lesbar journal"):
        Journal(tmp_path / "journal.sqlite", mask=Mask(), clock=system_clock)


def test_threads_one_chain(journal: Journal) -> None:
    def converse(number: int) -> None:
        for _ in range(25):
            answer(journal, ask(journal, str(number).encode()))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(converse, range(4)))
    assert verify_chain(journal.path, expected_last=journal.last_digest).entries == journal.seq == 200
    assert all(each.done for each in read_exchanges(journal.path))


def test_past_exchange_found(journal: Journal) -> None:
    exchange_id = ask(journal)
    answer(journal, exchange_id)
    found = journal.wait_for(always, timeout_s=0)
    assert found is not None
    assert found.id == exchange_id


def test_coming_exchange_wakes(journal: Journal) -> None:
    """Woken by the note, long before the deadline, and asleep until then: no time of the processor is spent."""
    exchange_id, noted_at = ask(journal), 0.0

    def respond() -> None:
        nonlocal noted_at
        answer(journal, exchange_id)
        noted_at = monotonic()

    timer = threading.Timer(0.4, respond)
    timer.start()
    spent = thread_time()
    found = journal.wait_for(always, timeout_s=10)
    woken_at, spent = monotonic(), thread_time() - spent
    timer.join()
    assert found is not None
    assert found.id == exchange_id
    # Other tests may be running; the write to the disk, which may take long then, is not in it.
    assert woken_at - noted_at < 1
    assert spent < 0.02


def test_other_notes_ignored(journal: Journal) -> None:
    """A note that is not the wanted one wakes the waiter, who goes on waiting."""
    started = monotonic()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(journal.wait_for, lambda each: each.operation == "I", timeout_s=10)
        for _ in range(5):
            answer(journal, ask(journal))
        assert not waiting.done()
        wanted = ask(journal, operation="I")
        journal.failure(wanted, "Brutt.")
        found = waiting.result(timeout=5)
    assert found is not None
    assert found.id == wanted
    assert monotonic() - started < 5


def test_deadline_kept(journal: Journal) -> None:
    answer(journal, ask(journal))
    started = monotonic()
    assert journal.wait_for(lambda each: False, timeout_s=0.1) is None
    assert 0.1 <= monotonic() - started < 2


def test_unfinished_not_found(journal: Journal) -> None:
    ask(journal)
    assert journal.wait_for(always, timeout_s=0.01) is None


def test_only_since(journal: Journal) -> None:
    answer(journal, ask(journal))
    since = journal.seq
    assert journal.exchanges(since=since) == []
    assert journal.wait_for(always, timeout_s=0.01, since=since) is None
    later = ask(journal)
    answer(journal, later)
    found = journal.wait_for(always, timeout_s=0, since=since)
    assert found is not None
    assert found.id == later
    assert [each.id for each in journal.exchanges(since=since)] == [later]


def test_journal_asked_while_waiting(journal: Journal) -> None:
    answer(journal, ask(journal))
    assert journal.wait_for(lambda each: len(journal.exchanges()) == 1, timeout_s=1) is not None


def test_open_exchange_not_quiet(journal: Journal) -> None:
    waiting = ask(journal)
    assert not journal.wait_quiet(quiet_s=0.01, timeout_s=0.1)
    assert [each.id for each in journal.unanswered] == [waiting]
    answer(journal, waiting)
    assert journal.wait_quiet(quiet_s=0.01, timeout_s=5)
    assert journal.unanswered == []


def test_failed_exchange_quiet(journal: Journal) -> None:
    journal.failure(ask(journal), "Ingen svarer på adressen.")
    assert journal.wait_quiet(quiet_s=0.01, timeout_s=5)


def test_patience_with_open_exchange(journal: Journal) -> None:
    waiting = ask(journal)
    assert journal.wait_quiet(quiet_s=0.01, timeout_s=5, patience_s=0.1)
    assert [each.id for each in journal.unanswered] == [waiting]


def test_quiet_after_last_note(journal: Journal) -> None:
    answer(journal, ask(journal))
    started = monotonic()
    assert journal.wait_quiet(quiet_s=0.1, timeout_s=5)
    assert 0.05 <= monotonic() - started < 3


def test_never_quiet(journal: Journal) -> None:
    stop = threading.Event()

    def chatter() -> None:
        while not stop.wait(0.01):
            ask(journal)

    chattering = threading.Thread(target=chatter)
    chattering.start()
    started = monotonic()
    try:
        assert not journal.wait_quiet(quiet_s=10, timeout_s=0.2)
    finally:
        stop.set()
        chattering.join()
    assert monotonic() - started < 5


def test_quiet_deadline_kept(journal: Journal) -> None:
    """Silence that would be long enough only after the deadline does not count."""
    ask(journal)
    started = monotonic()
    assert not journal.wait_quiet(quiet_s=3, timeout_s=0.05)
    assert monotonic() - started < 2


def test_end_told_once(tmp_path: Path) -> None:
    told: list[Exchange] = []
    journal = Journal(tmp_path / "j.sqlite", mask=Mask(), clock=system_clock, on_done=told.append)
    answered, failed = ask(journal), ask(journal)
    assert told == []
    answer(journal, answered)
    journal.failure(failed, "Brutt.")
    journal.close()
    assert [each.id for each in told] == [answered, failed]


@pytest.mark.parametrize("letter", ["x", "å", "€", "😀"])
def test_long_body_cut(journal: Journal, letter: str) -> None:
    body = letter.encode() * (2 * KEPT_BODY_BYTES // len(letter.encode()))
    ask(journal, b"!" + body)
    (seen,) = journal.exchanges()
    assert seen.request.size == len(body) + 1
    assert KEPT_BODY_BYTES - 8 <= len(seen.request.body) <= KEPT_BODY_BYTES
    seen.request.body.decode()


def test_kept_size_uncut(journal: Journal) -> None:
    body = b"x" * KEPT_BODY_BYTES
    ask(journal, body)
    assert journal.exchanges()[0].request.body == body


@pytest.mark.parametrize("before", range(0, 4096 + len(KEY) + 1, 241))
def test_straddling_secret_hidden(journal: Journal, before: int) -> None:
    """A secret that begins before the cut, or before the margin that is looked at beyond it, is not half-kept."""
    body = b"x" * (KEPT_BODY_BYTES + before - len(KEY)) + KEY.encode() * 3 + b"y" * 9000
    ask(journal, body)
    assert KEY.encode()[:4] not in journal.exchanges()[0].request.body


def test_shrunk_body_cut(journal: Journal) -> None:
    """So many secrets are hidden that what was cut far beyond the end comes within it."""
    body = KEY.encode() * (2 * KEPT_BODY_BYTES // len(KEY))
    ask(journal, body)
    kept = journal.exchanges()[0].request.body.decode()
    assert kept.replace(HIDDEN, "") in ("", *(HIDDEN[:length] for length in range(len(HIDDEN))))


def test_nothing_secret_kept(journal: Journal) -> None:
    exchange_id = ask(journal, json.dumps({"apiKey": KEY}).encode(), url=f"http://eprom/api?k={KEY}")
    journal.response(exchange_id, status=200, headers=[("X-Echo", KEY), ("Set-Cookie", "a=b")], body=KEY.encode())
    journal.failure(ask(journal), f"Nådde ikke http://eprom/?apiKey={KEY}")
    stored = b"".join(each.read_bytes() for each in journal.path.parent.iterdir())
    assert KEY.encode() not in stored
    assert b"a=b" not in stored
    assert b"apiKey=" + HIDDEN.encode() in stored


def test_long_pdf_known_by_its_hash(journal: Journal) -> None:
    pdf = b"%PDF-1.4\n" + b"\x00\x01" * KEPT_BODY_BYTES
    body = json.dumps({"nationalId": "26670271527", "documentCollection": document_collection(pdf), "testMode": True})
    ask(journal, body.encode())
    (seen,) = journal.exchanges()
    assert seen.request.size == len(body)
    assert len(seen.request.body) < 500
    assert (seen.request.member("nationalId"), seen.request.member("testMode")) == ("26670271527", True)
    assert main_document(seen.request.member("documentCollection")) == Document.of(pdf)
