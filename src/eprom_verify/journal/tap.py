"""Stands between two ends that are not ours: hands every message on as it came, and notes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.types import Message, Receive, Scope, Send

from eprom_verify.contract.abridging import without_documents_pieces
from eprom_verify.errors import UnsafeNationalId
from eprom_verify.journal.forwarding import (
    Came,
    Spooled,
    Target,
    as_text,
    own_answer,
    request_headers,
    response_headers,
)
from eprom_verify.journal.noting import Note, Seen, Turn
from eprom_verify.journal.recorder import Failures, Recorder
from eprom_verify.journal.recording import Guard, reason_of
from eprom_verify.journal.spool import Spool
from eprom_verify.journal.taking_in import CLOSE, STATUS_OF, take_in
from eprom_verify.serving import HANG_UP

_HUNG_UP = "Den som kalte, brøt forbindelsen før hele svaret var framme."
_STOPPED = "eprom-verify ble stanset før svaret var ferdig."
_NOT_LOOKED_THROUGH = "Meldingen kunne ikke sees gjennom etter fødselsnumre, og er derfor ikke sendt videre."


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a tap puts up with. `whole_s` is for a request to come whole, `silent_s` for the longest silence in it, and
    for taking in a part of the answer; `connect_s` and `answer_s` are for who is called, the latter for each silence.
    """

    body_bytes: int = 64 * 1024 * 1024
    whole_s: float = 300.0
    silent_s: float = 30.0
    connect_s: float = 15.0
    answer_s: float = 120.0


CONNECTIONS = httpx.Limits(max_connections=None, keepalive_expiry=2.0)
"""An idle connection is given up long before who is called would: a request cannot safely be sent twice."""


class Tap:
    """An ASGI application that hands each request on to `target` as it came, and gives back the answer as it came.

    A request is noted before it is handed on, and an answer before the last of it is. What cannot be noted is handed on
    all the same, and counted in `failures`. With a `guard`, a request that it refuses is not handed on, and `refused`
    is why. Whoever makes a tap closes it.

    Raises:
        UnsafeTarget: the target is the production environment.
    """

    def __init__(
        self,
        recorder: Recorder,
        target: Target,
        *,
        sender: str,
        guard: Guard | None = None,
        limits: Limits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.target = target
        self.guard = guard
        self.limits = limits or Limits()
        self.failures = Failures()
        self.refused: UnsafeNationalId | None = None
        self.turn = Turn()
        self.transport = transport or httpx.AsyncHTTPTransport(limits=CONNECTIONS)
        self._recorder = recorder
        self._sender = sender

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http":
            return
        came = Came.of(scope)
        if not came.target.startswith(b"/"):
            # «OPTIONS *» asks whoever listens here; the other forms are for a proxy, which this is not.
            status = 200 if came.target == b"*" else 400
            for message in own_answer(status, "Her sendes alt videre til én fast adresse.", CLOSE):
                await send(message)
            return
        note = Note(self._recorder, self.failures, self.turn, self._sender)
        with Spool(self.limits.body_bytes) as body:
            caller = _Caller(receive, send, scope.get("extensions", {}).get(HANG_UP), self.limits)
            await _Passing(self, came, body, caller, note).through()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.transport.aclose()
        self.turn.close()


class _NotTaken(Exception):
    """The caller takes in no more of the answer."""


class _Caller:
    """Who called: gives the request, and takes the answer."""

    def __init__(self, receive: Receive, send: Send, hang_up: Callable[[], None] | None, limits: Limits) -> None:
        self._receive = receive
        self._send = send
        self._hang_up = hang_up
        self._limits = limits
        self.answering = False

    async def read(self, body: Spool) -> str:
        """Take in the body of the request; gives why it did not come whole, or ""."""
        return await take_in(self._receive, body, whole_s=self._limits.whole_s, silent_s=self._limits.silent_s)

    async def give(self, *messages: Message) -> None:
        """Hand over a part of the answer.

        Raises:
            _NotTaken: the caller does not take it.
        """
        self.answering = True
        for each in messages:
            try:
                async with asyncio.timeout(self._limits.silent_s):
                    await self._send(each)
            except TimeoutError as exc:
                raise _NotTaken from exc

    async def has_left(self) -> None:
        """Wait until the caller hangs up, or has got the whole answer."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def break_off(self) -> None:
        """Hang up, so that half an answer is not taken for a whole one."""
        if self._hang_up is not None:
            self._hang_up()


class _Passing:
    """One exchange on its way through a tap."""

    def __init__(self, tap: Tap, came: Came, body: Spool, caller: _Caller, note: Note) -> None:
        self._tap = tap
        self._came = came
        self._body = body
        self._caller = caller
        self._note = note
        self._leads_to, self._below = tap.target.leads(came.target)
        self._url = f"{tap.target.origin}{self._leads_to.decode('latin-1')}"
        self._headers = request_headers(came, tap.target.host)
        self._ended = False

    async def through(self) -> None:
        """Take in the request, hand it on, and hand back the answer."""
        body, limit = self._body, self._tap.limits.body_bytes
        problem = await self._caller.read(body)
        if problem:
            await self._note.broken_off(self._came, self._url, body, problem)
            if problem in STATUS_OF:
                await self._say(STATUS_OF[problem], problem)
            return
        refusal = await self._refusal() if body.whole else ""
        await self._note.request(self._came, self._url, self._below, body)
        if not body.whole:
            await self._fail(413, f"Meldingen er på {body.size} byte, og høyst {limit} blir sendt videre.")
        elif refusal:
            await self._fail(403, refusal)
        else:
            await self._unless_left(self._hand_on())

    async def _refusal(self) -> str:
        """Why the request must not be handed on, or ""; what cannot be looked through is not."""
        guard = self._tap.guard
        if guard is None:
            return ""

        def look() -> None:
            body = without_documents_pieces(self._body.pieces) if self._body.large else None
            guard.check_request(self._url, as_text(self._headers), self._body.read() if body is None else body)

        try:
            await self._tap.turn.do(look, large=self._body.large)
        except UnsafeNationalId as exc:
            self._tap.refused = self._tap.refused or exc
            return str(exc)
        except Exception:
            return _NOT_LOOKED_THROUGH
        return ""

    async def _hand_on(self) -> None:
        limits = self._tap.limits
        timeout = {"connect": limits.connect_s, "read": limits.answer_s, "write": limits.answer_s, "pool": None}
        request = httpx.Request(
            self._came.method,
            self._tap.target.origin,
            headers=self._headers,
            stream=Spooled(self._body),
            extensions={"target": self._leads_to, "timeout": timeout},
        )
        # httpx writes every method in capitals; the method's case is its own.
        request.method = self._came.method
        response: httpx.Response | None = None
        try:
            response = await self._tap.transport.handle_async_request(request)
            await self._hand_back(response)
        except _NotTaken:
            await self._end(_HUNG_UP)
            self._caller.break_off()
        except Exception as exc:
            await self._fail(504 if isinstance(exc, httpx.TimeoutException) else 502, reason_of(exc))
        finally:
            if response is not None:
                with suppress(Exception):
                    await response.aclose()

    async def _hand_back(self, response: httpx.Response) -> None:
        length = response.headers.get("content-length", "")
        bodiless = self._came.method == "HEAD" or response.status_code in (204, 304) or length == "0"
        headers = response_headers(response.headers.raw)
        start: Message = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        if not bodiless:
            await self._caller.give(start)
        with Spool(self._tap.limits.body_bytes) as kept:
            seen, passed, last = Seen(kept, response.headers.get("content-encoding", "")), 0, b""
            assert isinstance(response.stream, httpx.AsyncByteStream)
            async for part in response.stream:
                seen.take(part)
                passed += len(part)
                if length.isdecimal() and passed >= int(length):
                    # With this the caller would have all of it, and it is not noted yet.
                    last += part
                else:
                    await self._caller.give({"type": "http.response.body", "body": part, "more_body": True})
            seen.end()
            self._ended = True
            await self._note.response(response, seen)
        end: Message = {"type": "http.response.body", "body": last}
        await self._caller.give(*([start, end] if bodiless else [end]))

    async def _fail(self, status: int, reason: str) -> None:
        """Note that there was no answer, and say so; to an answer that has begun, nothing can be added."""
        await self._end(reason)
        if self._caller.answering:
            self._caller.break_off()
        else:
            await self._say(status, reason)

    async def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            await self._note.failure(reason)

    async def _say(self, status: int, reason: str) -> None:
        with suppress(_NotTaken):
            await self._caller.give(*own_answer(status, reason, CLOSE))

    async def _unless_left(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, unless the caller hangs up meanwhile."""
        doing, leaving = asyncio.create_task(work), asyncio.create_task(self._caller.has_left())
        try:
            await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done() and not self._ended:
                await _stopped(doing)
                await self._end(_HUNG_UP)
            else:
                await doing
        except asyncio.CancelledError:
            await _stopped(doing)
            await self._end(_STOPPED)
            raise
        finally:
            await _stopped(leaving)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
