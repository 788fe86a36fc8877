"""Takes in the body of a request from a caller that may be slow, may leave, and may never come to an end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive

from eprom_verify.journal.recorder import LEFT, SLOW, STOPPED
from eprom_verify.journal.spool import Spool

DRAINED_BYTES = 256 * 1024 * 1024
"""So much of a body is read, though it is too large to be kept: who sends it is to hear why it is refused."""

CLOSE = (b"Connection", b"close")
STATUS_OF = {SLOW: 408, STOPPED: 503}
"""What a caller whose request was not waited for is answered; both let it try again."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a request may take to come whole, and the longest silence in it."""

    whole_s: float = 300.0
    silent_s: float = 30.0


async def take_in(receive: Receive, body: Spool, *, whole_s: float, silent_s: float, most: float | None = None) -> str:
    """Take in a body, or as much of it as is read (`most` bytes); gives why it did not come whole, or ""."""
    most = DRAINED_BYTES if most is None else most
    try:
        async with asyncio.timeout(whole_s):
            while body.size <= most:
                async with asyncio.timeout(silent_s):
                    message = await receive()
                if message["type"] == "http.disconnect":
                    return LEFT
                body.write(message.get("body", b""))
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        return SLOW
    except asyncio.CancelledError:
        # The server stops, and cancels what it has under way; what came is still to be noted, and answered.
        return STOPPED
    return ""


def refusal(status: int, text: str, *, close: bool) -> list[Message]:
    """A whole answer that says no, in the way of ASP.NET."""
    body = f'{{"Message": "{text}"}}'.encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    headers += [CLOSE] if close else []
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]
