"""Ctrl-C wherever it comes: what the main thread was in the middle of stops nobody else."""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from eprom_verify.clock import system_clock
from eprom_verify.journal.journal import Journal
from eprom_verify.masking import Mask

TIMES = 400


@contextmanager
def noting(journal: Journal) -> Iterator[None]:
    """Another thread notes all the time, as the servers of a run do."""
    stop = threading.Event()

    def note() -> None:
        while not stop.is_set():
            journal.note("annet", {}, b"")

    thread = threading.Thread(target=note, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


@pytest.mark.skipif(sys.platform == "win32", reason="no signal can be sent to a thread there")
def test_never_left_locked(tmp_path: Path) -> None:
    armed, main = False, threading.main_thread().ident
    assert main is not None

    def interrupted(*_: object) -> None:
        if armed:
            raise KeyboardInterrupt

    usual = signal.signal(signal.SIGINT, interrupted)
    chance, interval, done, met = random.Random(1), sys.getswitchinterval(), 0, 0
    journal = Journal(tmp_path / "journal.sqlite", mask=Mask(), clock=system_clock)
    # Threads change places much more often than else, so that every place where Ctrl-C can come is met.
    sys.setswitchinterval(1e-6)
    pool = ThreadPoolExecutor(1)
    try:
        with noting(journal):
            for _ in range(TIMES):
                pool.submit(lambda: (time.sleep(chance.random() / 500), signal.pthread_kill(main, signal.SIGINT)))
                try:
                    armed, until = True, time.monotonic() + 0.05
                    while time.monotonic() < until:
                        journal.exchanges()
                    armed = False
                except KeyboardInterrupt:
                    armed = False
                    met += 1
                pool.submit(lambda: journal.seq).result(timeout=10)
                done += 1
    finally:
        armed = False
        sys.setswitchinterval(interval)
        pool.shutdown(wait=False, cancel_futures=True)
        signal.signal(signal.SIGINT, usual)
    journal.close()
    assert done == TIMES
    assert met > TIMES / 2
