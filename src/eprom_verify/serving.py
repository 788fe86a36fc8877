"""Serves ASGI applications from a background thread, for as long as a run lasts."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import socket
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import h11
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.tls import Tls

T = TypeVar("T")

HANG_UP = "eprom_verify.hang_up"
"""The extension of a request's scope that breaks its connection, without an answer."""

AS_IT_CAME = "eprom_verify.as_it_came"
"""The extension of a request's scope that is the request as it was read: an `h11.Request`, with names as they were
written."""


class _Quiet(logging.Filter):
    """Lets through what uvicorn has to say, but for a caller over TLS that has not said goodbye when we close."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Cancel %s running task")


logging.getLogger("uvicorn.error").addFilter(_Quiet())

HEAD_S = 20.0
"""Seconds that a caller has for its connection to be set up and the head of its request to come whole."""


class Host:
    """One thread with one event loop, in which every server of a run lives. Used as a context manager."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="eprom-verify-servers", daemon=True)
        self._servers: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    def __enter__(self) -> Host:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        for server, _ in self._servers:
            server.should_exit = True
        for server, task in self._servers:
            with contextlib.suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(_ended(task), self.loop).result(timeout=5)
            server.force_exit = True
            self.loop.call_soon_threadsafe(_hang_up, server)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=5)

    def run(self, work: Coroutine[Any, Any, T], *, timeout_s: float = 10) -> T:
        """Run a coroutine in the servers' loop and wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=timeout_s)

    def serve(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Tls | None = None,
        own_headers: bool = True,
    ) -> int:
        """Start serving; gives the port, a free one when `port` is 0. Without `own_headers` an answer has no more
        headers than the application gave it.

        Raises:
            UsageProblem: the port is taken, the address is not one of this machine's, or the certificate cannot be
                used.
        """
        context = tls.context() if tls else None
        listening = bind(host, port)
        taken: int = listening.getsockname()[1]
        config = server_config(app, own_headers=own_headers)
        if context is not None:
            config.ssl_context_factory = lambda config, default: context
        self.run(self._start(config, listening))
        return taken

    async def _start(self, config: uvicorn.Config, listening: socket.socket) -> None:
        server = uvicorn.Server(config)
        task = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]))
        while not server.started:
            if task.done():
                raise HarnessProblem("En server i verktøyet kunne ikke starte.")
            await asyncio.sleep(0.002)
        self._servers.append((server, task))

    def _live(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        with contextlib.suppress(RuntimeError):
            self.loop.run_until_complete(_broken_off())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


async def _broken_off() -> None:
    """Break off what somebody had begun and does not wait for any more; asyncio would else tell of it at the end."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for each in left:
        each.cancel()
    done, _ = await asyncio.wait(left, timeout=1) if left else (left, left)
    for each in done:
        if not each.cancelled():
            each.exception()  # Asked for, or asyncio would tell of that too.


def server_config(app: ASGIApp, *, own_headers: bool = True) -> uvicorn.Config:
    """How our servers run: quiet, without an access log, closing promptly."""
    return uvicorn.Config(
        _leaving_allowed(app),
        http=_Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=own_headers,
        date_header=own_headers,
        timeout_graceful_shutdown=1,
        # Longer than a client keeps an idle connection: else it may call just as the server hangs up.
        timeout_keep_alive=60,
    )


class _Connection(h11.Connection):
    """Remembers the newest request as it was read."""

    request: h11.Request | None = None

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.request = event
        return event


class _Protocol(H11Protocol):
    """Hangs up on a caller that lets the head of its request trickle, for which uvicorn has no limit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Connection(h11.SERVER)
        self._too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._too_late = self.loop.call_later(HEAD_S, transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_is_here()
        elif self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_here()
        super().connection_lost(exc)

    def _head_is_here(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None


def _leaving_allowed(app: ASGIApp) -> ASGIApp:
    """The application, for which a caller that leaves before its request is read is no error."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        # ASGI has no word for hanging up; uvicorn's own transport is behind what it gives to receive from.
        cycle = getattr(receive, "__self__", None)
        transport = getattr(cycle, "transport", None)
        if scope["type"] == "http" and transport is not None:
            more = {HANG_UP: transport.abort, AS_IT_CAME: getattr(getattr(cycle, "conn", None), "request", None)}
            scope = {**scope, "extensions": {**scope.get("extensions", {}), **more}}
        with contextlib.suppress(ClientDisconnect):
            await app(scope, receive, send)

    return served


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        UsageProblem: the port is taken or is no port, or the address is not one of this machine's.
    """
    if not 0 <= port <= 65535:
        # Left to itself, getaddrinfo wraps the number round: 65536 would take any free port.
        raise UsageProblem(f"{port} er ikke et gyldig portnummer.", "Velg et tall fra 0 til 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With the protocol spelt out, asyncio turns Nagle's algorithm off: 40 ms saved for each callback.
        listening = socket.socket(family, kind, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2048)
        except BaseException:
            listening.close()
            raise
        return listening
    except PermissionError as exc:
        raise UsageProblem(f"Har ikke lov til å lytte på port {port}.", "Velg en port over 1023.") from exc
    except OSError as exc:
        remedy = "Velg en annen (--port, eller port under [mottak] i oppsettet), eller stopp det som bruker den."
        raise UsageProblem(
            f"Kan ikke lytte på {host}:{port}: porten er opptatt eller adressen finnes ikke.", remedy
        ) from exc
    except UnicodeError as exc:
        raise UsageProblem("Adressen å lytte på kan ikke leses.", "Bruk for eksempel 127.0.0.1.") from exc


def url_host(host: str) -> str:
    """How a server that listens on `host` is named in a URL: one that listens everywhere is reached on this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return str(address) if address.version == 4 else f"[{address}]"


def _hang_up(server: uvicorn.Server) -> None:
    """Break the connections that are left: a caller over TLS that never says goodbye keeps its own open for ever."""
    for each in list(server.server_state.connections):
        each.transport.abort()


async def _ended(task: asyncio.Task[None]) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await task
