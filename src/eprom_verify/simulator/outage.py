"""What a call gets when ePROM is out of order: an error, no answer at all, or a connection that breaks."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eprom_verify.serving import HANG_UP
from eprom_verify.simulator.wire import message

DROP, SILENCE = "drop", "silence"

SILENCE_S = 1.0
"""Seconds of silence before the connection breaks, so that a caller who is patient does not hold up a run."""


class HungUp(Response):
    """No answer: the connection breaks after so many seconds, unless the caller leaves before that."""

    def __init__(self, after_s: float) -> None:
        super().__init__()
        self._after_s = after_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_left(receive), self._after_s)
        hang_up = scope.get("extensions", {}).get(HANG_UP)
        if hang_up is not None:
            hang_up()
            await _left(receive)


def outage(kind: int | str) -> Response | None:
    """The answer of an ePROM that fails so: with an HTTP status, "drop" or "silence"; None when it does not ("")."""
    if isinstance(kind, int):
        return message(kind, HTTPStatus(kind).phrase)
    return HungUp(0 if kind == DROP else SILENCE_S) if kind else None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
