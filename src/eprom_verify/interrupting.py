"""Lets Ctrl-C wait until what cannot be begun again is done."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_TOLD = b"\nStanser n\xc3\xa5r det som er sendt, er besvart. Ctrl-C en gang til stanser straks.\n"


@contextmanager
def unbroken() -> Iterator[None]:
    """Put off the first Ctrl-C till the end of the block, and say so; the second breaks it off.

    Only the main thread hears Ctrl-C: elsewhere, and where it is ignored, this does nothing.
    """
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return
    pressed: list[int] = []

    def later(number: int, frame: FrameType | None) -> None:
        if pressed:
            usual(number, frame)
        pressed.append(number)
        os.write(2, _TOLD)

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if len(pressed) == 1:
            usual(signal.SIGINT, None)
