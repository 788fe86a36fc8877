"""Notes what passes a server of ours, as ASGI middleware round it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eprom_verify.contract import Operation
from eprom_verify.errors import HarnessProblem
from eprom_verify.journal import taking_in
from eprom_verify.journal.recorder import TOO_LARGE, Failures, Recorder
from eprom_verify.journal.spool import IN_MEMORY_BYTES, Spool
from eprom_verify.journal.taking_in import STATUS_OF, Patience, refusal, take_in
from eprom_verify.serving import HANG_UP

_EPROM = "eprom"
_CUT_BYTES = 2 * IN_MEMORY_BYTES
"""What is read again of a body that is not whole: more than the journal keeps of any."""
_LINGER_S = 30.0
"""How long a caller who is still sending what is refused may take to notice."""
_NOT_NOTED = "The message could not be recorded here; send it again later."


class RecordedApp:
    """ASGI middleware that notes each exchange of the server it stands round.

    A request is noted whole before the server sees it, and its response before the caller gets the last of it. One
    that breaks off, or is not waited for, is noted and never reaches the server. A body over the limit is read to its
    end, noted cut, and answered with 413, and at once when it says that it is larger than what is read; the limit, in
    bytes, depends on the path. Of a caller who is not to be judged by a limit of ours (ePROM), it is noted as broken
    off. What cannot be noted is answered with 503, so that it is sent again, and counted in `failures`. `sender` tells
    from the headers who calls, and `recorded` which paths are noted.
    """

    def __init__(
        self,
        app: ASGIApp,
        recorder: Recorder,
        *,
        sender: Callable[[Sequence[tuple[str, str]]], str],
        base_path: str = "",
        body_limit: Callable[[str], int],
        recorded: Callable[[str], bool] = lambda path: True,
        patience: Patience | None = None,
    ) -> None:
        self._app = app
        self._recorder = recorder
        self._sender = sender
        self._base_path = base_path
        self._body_limit = body_limit
        self._recorded = recorded
        self._patience = patience or Patience()
        self.failures = Failures()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http" or not self._recorded(scope["path"]):
            await self._app(scope, receive, send)
            return
        outgoing = _Outgoing(self._recorder, send, bodiless=scope["method"] == "HEAD")
        try:
            await self._handle(scope, receive, outgoing)
        except BaseException:
            if outgoing.unnoted is None:
                raise
            self.failures.add(outgoing.unnoted)
            await outgoing.give_up(scope)

    async def _handle(self, scope: Scope, receive: Receive, outgoing: _Outgoing) -> None:
        limit, patience = self._body_limit(scope["path"]), self._patience
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        sender, url, problem = self._sender(headers), _url_of(scope), ""
        early = _refused_unread(headers, limit)
        with Spool(limit) as spool:
            if not early:
                problem = await take_in(receive, spool, whole_s=patience.whole_s, silent_s=patience.silent_s)
            size = early or spool.size
            body = spool.read() if spool.whole else spool.read(_CUT_BYTES)
        too_large = not problem and size > limit
        if too_large and sender == _EPROM:
            problem = TOO_LARGE
        came: dict[str, Any] = {
            "sender": sender,
            "method": scope["method"],
            "url": url,
            "headers": headers,
            "body": body,
            "size": size,
        }
        with outgoing.noting():
            if problem:
                self._recorder.broken_off(**came, reason=problem)
            else:
                outgoing.exchange = self._recorder.request(**came, path=self._below(scope["path"]))
        if too_large:
            text = f"The body is {size} bytes; at most {limit} are accepted here."
            await outgoing.refuse(text, receive, read=not early and size <= taking_in.DRAINED_BYTES)
        elif problem in STATUS_OF:
            await outgoing.say(STATUS_OF[problem], problem)
        elif not problem:
            await self._answered(scope, _replay(body, receive), outgoing)

    def _below(self, path: str) -> str:
        return path[len(self._base_path) :] if path.casefold().startswith(self._base_path.casefold()) else path

    async def _answered(self, scope: Scope, receive: Receive, outgoing: _Outgoing) -> None:
        try:
            await self._app(scope, receive, outgoing)
        except BaseException:
            if outgoing.unnoted is None and not outgoing.noted:
                outgoing.fail("Serveren brøt av før svaret var ferdig.")
            raise
        if not outgoing.noted:
            outgoing.fail("Svaret ble aldri ferdig.")


class _Outgoing:
    """Holds back the end of a response until the response has been noted.

    The end is where the caller knows that no more will come: with a Content-Length, or no body, before the server
    itself says so. `exchange` is what was noted of the request, and `unnoted` why something could not be.
    """

    def __init__(self, recorder: Recorder, send: Send, *, bodiless: bool) -> None:
        self._recorder = recorder
        self._send = send
        self._bodiless = bodiless
        self._start: Message = {}
        self._body = bytearray()
        self._held: list[Message] = []
        self._begun = False
        self.exchange: tuple[str, Operation | None] | None = None
        self.noted = False
        self.unnoted: HarnessProblem | None = None

    async def __call__(self, message: Message) -> None:
        self._held.append(message)
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._note()
            elif self._complete:
                return
        held, self._held = self._held, []
        await self._give(held)

    async def say(self, status: int, text: str) -> None:
        """Answer what was never noted as a request to be answered, and hang up."""
        await self._give(refusal(status, text, close=True))

    async def refuse(self, text: str, receive: Receive, *, read: bool) -> None:
        """Answer that the body is too large; with more of it to come, the caller gets time to hear of it."""
        start, body = refusal(413, text, close=not read)
        self._start, self._body = start, bytearray(body["body"])
        if self.exchange is not None:
            self._note()
        if read:
            await self._give([start, body])
            return
        await self._give([start, {**body, "more_body": True}])
        with Spool(0) as rest:
            await take_in(receive, rest, whole_s=_LINGER_S, silent_s=_LINGER_S, most=inf)
        await self._give([{"type": "http.response.body"}])

    async def give_up(self, scope: Scope) -> None:
        """Answer what could not be noted so that it is sent again; half an answer is broken off."""
        if not self._begun:
            await self.say(503, _NOT_NOTED)
            return
        hang_up = scope.get("extensions", {}).get(HANG_UP)
        if hang_up is not None:
            hang_up()

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Remember why something could not be noted."""
        try:
            yield
        except HarnessProblem as exc:
            self.unnoted = exc
            raise

    def fail(self, reason: str) -> None:
        """Note that there was no answer."""
        assert self.exchange is not None
        with self.noting():
            self._recorder.failure(self.exchange[0], reason)

    async def _give(self, messages: Iterable[Message]) -> None:
        for each in messages:
            self._begun = True
            await self._send(each)

    @property
    def _headers(self) -> list[tuple[str, str]]:
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._start.get("headers", ())]

    @property
    def _complete(self) -> bool:
        """Whether the caller would know that it has got everything."""
        if self._bodiless or self._start["status"] in (204, 304):
            return True
        length = next((value for name, value in self._headers if name.casefold() == "content-length"), "")
        return length.isdecimal() and len(self._body) >= int(length)

    def _note(self) -> None:
        assert self.exchange is not None
        with self.noting():
            self._recorder.response(
                *self.exchange, status=self._start["status"], headers=self._headers, body=bytes(self._body)
            )
        self.noted = True


def _refused_unread(headers: Iterable[tuple[str, str]], limit: int) -> int:
    """The size of a body that is refused before it is read, by what its headers say; 0 when it is not."""
    told = {name.casefold(): value for name, value in headers}
    length = told.get("content-length", "")
    size = int(length) if length.isascii() and length.isdecimal() else 0
    # Whoever asks first has sent nothing of it yet.
    most = limit if told.get("expect", "").casefold() == "100-continue" else taking_in.DRAINED_BYTES
    return size if size > max(most, limit) else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [True]

    async def replayed() -> Message:
        if pending:
            pending.clear()
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


def _url_of(scope: Scope) -> str:
    host, port = scope["server"]
    host = f"[{host}]" if ":" in host else host
    query = scope["query_string"].decode("latin-1")
    return f"{scope['scheme']}://{host}:{port}{scope['path']}" + (f"?{query}" if query else "")
