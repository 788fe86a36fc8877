"""Notes what passes: as ASGI middleware round a server of ours, and as an httpx transport round a client of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eprom_verify.contract import Operation
from eprom_verify.journal.recorder import Recorder
from eprom_verify.network_kinds import Kind, kind_of

DRAINED_BYTES = 256 * 1024 * 1024
EXCHANGE = "eprom_verify_exchange"
"""The extension of a request that says under which id it was noted."""


class Guard(Protocol):
    """Refuses a request before its first byte is sent."""

    def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Raises: UnsafeNationalId."""


class RecordedApp:
    """ASGI middleware that notes each exchange of the server it stands round.

    A request is noted whole before the server sees it, and its response before the caller gets the last of it. One
    that breaks off is noted and never reaches the server. A body over the limit is read to its end, noted cut, and
    answered with 413; the limit, in bytes, depends on the path. `sender` tells from
    the headers who calls, and `recorded` which paths are noted.
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
    ) -> None:
        self._app = app
        self._recorder = recorder
        self._sender = sender
        self._base_path = base_path
        self._body_limit = body_limit
        self._recorded = recorded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI event stream."""
        if scope["type"] != "http" or not self._recorded(scope["path"]):
            await self._app(scope, receive, send)
            return
        limit = self._body_limit(scope["path"])
        body, size, whole = await _read(receive, limit)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        path, url = scope["path"], _url_of(scope)
        if not whole:
            self._recorder.broken_off(
                sender=self._sender(headers), method=scope["method"], url=url, headers=headers, body=body, size=size
            )
            return
        exchange_id, operation = self._recorder.request(
            sender=self._sender(headers),
            method=scope["method"],
            url=url,
            path=path[len(self._base_path) :] if path.casefold().startswith(self._base_path.casefold()) else path,
            headers=headers,
            body=body,
            size=size,
        )
        outgoing = _Outgoing(self._recorder, exchange_id, operation, send, bodiless=scope["method"] == "HEAD")
        if size > limit:
            await _answer_too_large(outgoing, size, limit)
            return
        try:
            await self._app(scope, _replay(body, receive), outgoing)
        except BaseException:
            if not outgoing.noted:
                self._recorder.failure(exchange_id, "Serveren brøt av før svaret var ferdig.")
            raise
        if not outgoing.noted:
            self._recorder.failure(exchange_id, "Svaret ble aldri ferdig.")


class _Outgoing:
    """Holds back the end of a response until the response has been noted.

    The end is where the caller knows that no more will come: with a Content-Length, or no body, before the server
    itself says so.
    """

    def __init__(
        self, recorder: Recorder, exchange_id: str, operation: Operation | None, send: Send, *, bodiless: bool
    ) -> None:
        self._recorder = recorder
        self._exchange_id = exchange_id
        self._operation = operation
        self._send = send
        self._bodiless = bodiless
        self._start: Message = {}
        self._body = bytearray()
        self._held: list[Message] = []
        self.noted = False

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
        for each in held:
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
        self._recorder.response(
            self._exchange_id,
            self._operation,
            status=self._start["status"],
            headers=self._headers,
            body=bytes(self._body),
        )
        self.noted = True


class RecordedTransport(httpx.BaseTransport):
    """A transport for `httpx.Client` that guards and notes what it sends."""

    def __init__(
        self, inner: httpx.BaseTransport, recorder: Recorder | None, guard: Guard, *, sender: str, base_path: str = ""
    ) -> None:
        self._inner = inner
        self._base_path = base_path
        self._recorder = recorder
        self._guard = guard
        self._sender = sender

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            UnsafeNationalId: it holds a national id that may not leave the harness; nothing was sent.
        """
        body = request.read()
        headers = _headers_of(request)
        self._guard.check_request(str(request.url), headers, body)
        if self._recorder is None:
            return self._inner.handle_request(request)
        noted = self._recorder.request(
            sender=self._sender,
            method=request.method,
            url=str(request.url),
            path=request.url.path.removeprefix(self._base_path),
            headers=headers,
            body=body,
        )
        request.extensions[EXCHANGE] = noted[0]
        try:
            response = self._inner.handle_request(request)
            content = response.read()
        except BaseException as exc:
            self._recorder.failure(noted[0], reason_of(exc))
            raise
        _note_response(self._recorder, noted, response, content)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class AsyncRecordedTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient` that guards and notes what it sends."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        recorder: Recorder | None,
        guard: Guard,
        *,
        sender: str,
        base_path: str = "",
    ) -> None:
        self._inner = inner
        self._base_path = base_path
        self._recorder = recorder
        self._guard = guard
        self._sender = sender

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            UnsafeNationalId: it holds a national id that may not leave the harness; nothing was sent.
        """
        body = await request.aread()
        headers = _headers_of(request)
        self._guard.check_request(str(request.url), headers, body)
        if self._recorder is None:
            return await self._inner.handle_async_request(request)
        noted = self._recorder.request(
            sender=self._sender,
            method=request.method,
            url=str(request.url),
            path=request.url.path.removeprefix(self._base_path),
            headers=headers,
            body=body,
        )
        try:
            response = await self._inner.handle_async_request(request)
            content = await response.aread()
        except BaseException as exc:
            self._recorder.failure(noted[0], reason_of(exc))
            raise
        _note_response(self._recorder, noted, response, content)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _headers_of(request: httpx.Request) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]


def _note_response(
    recorder: Recorder, noted: tuple[str, Operation | None], response: httpx.Response, content: bytes
) -> None:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
    recorder.response(noted[0], noted[1], status=response.status_code, headers=headers, body=content)


_REASONS = {
    Kind.CERTIFICATE: "Ingen sikker forbindelse: sertifikatet eller TLS-oppsettet på adressen ble ikke godtatt.",
    Kind.TLS: "Ingen sikker forbindelse: sertifikatet eller TLS-oppsettet på adressen ble ikke godtatt.",
    Kind.CLIENT_CERTIFICATE: "Ingen sikker forbindelse: klientsertifikatet mangler, eller ble ikke godtatt.",
    Kind.NO_NAME: "Ingen svarer på adressen: vertsnavnet finnes ikke.",
    Kind.CONNECT_TIMEOUT: "Ingen svarer på adressen innen fristen.",
    Kind.REFUSED: "Ingen svarer på adressen.",
    Kind.UNREACHABLE: "Ingen svarer på adressen.",
    Kind.NOT_CONNECTED: "Ingen svarer på adressen.",
    Kind.READ_TIMEOUT: "Svaret kom ikke innen fristen.",
    Kind.WRITE_TIMEOUT: "Svaret kom ikke innen fristen.",
    Kind.GARBLED: "Svaret er ikke pakket slik headeren Content-Encoding sier.",
    Kind.PROXY_LOGIN: "Proxyen krever innlogging (407).",
    Kind.PROXY: "Proxyen slapp ikke kallet gjennom.",
}


def reason_of(exc: BaseException) -> str:
    """Why a call got no answer, in Norwegian."""
    told = _REASONS.get(kind_of(exc))
    ended = "Forbindelsen ble brutt" if isinstance(exc, httpx.TransportError) else "Kallet ble avbrutt"
    return told or f"{ended} ({type(exc).__name__})."


async def _read(receive: Receive, limit: int) -> tuple[bytes, int, bool]:
    """The body (cut at the limit), its size, and whether the caller stayed to its end."""
    body, size = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body), size, False
        chunk = message.get("body", b"")
        size += len(chunk)
        body += chunk[: max(0, limit - len(body))]
        if not message.get("more_body", False) or size > DRAINED_BYTES:
            return bytes(body), size, True


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [True]

    async def replayed() -> Message:
        if pending:
            pending.clear()
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


async def _answer_too_large(send: Send, size: int, limit: int) -> None:
    text = f'{{"Message": "The body is {size} bytes; at most {limit} are accepted here."}}'.encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _url_of(scope: Scope) -> str:
    host, port = scope["server"]
    host = f"[{host}]" if ":" in host else host
    query = scope["query_string"].decode("latin-1")
    return f"{scope['scheme']}://{host}:{port}{scope['path']}" + (f"?{query}" if query else "")


def base_path_of(url: str) -> str:
    """The path part of a base URL, decoded and without a trailing slash."""
    return unquote(urlsplit(url).path).rstrip("/")
