"""Notes what a client of ours sends and gets, as an httpx transport."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpx

from eprom_verify.contract import Operation
from eprom_verify.journal.recorder import Recorder
from eprom_verify.network_kinds import Kind, kind_of

EXCHANGE = "eprom_verify_exchange"
"""The extension of a request that says under which id it was noted."""


class Guard(Protocol):
    """Refuses a request before its first byte is sent."""

    def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Raises: UnsafeNationalId."""


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


def base_path_of(url: str) -> str:
    """The path part of a base URL, decoded and without a trailing slash."""
    return unquote(urlsplit(url).path).rstrip("/")
