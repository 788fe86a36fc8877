"""Servers in a thread of their own: where they listen, and how they stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from eprom_verify.errors import UsageProblem
from eprom_verify.serving import Host, bind, url_host
from eprom_verify.tls import Tls
from tests.certificates import issue

OK = PlainTextResponse("ok")


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_free_ports_taken() -> None:
    with Host() as host:
        ports = [host.serve(OK) for _ in range(3)]
        assert len(set(ports)) == 3
        assert [httpx.get(f"http://127.0.0.1:{port}/").text for port in ports] == ["ok"] * 3
    assert not any(listens(port) for port in ports)


def test_port_given_again() -> None:
    """A port is free again as soon as the host has stopped, also with connections that linger."""
    with Host() as host:
        port = host.serve(OK)
        httpx.get(f"http://127.0.0.1:{port}/")
    with Host() as host:
        assert host.serve(OK, port=port) == port
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"


def test_taken_port_refused() -> None:
    with Host() as host:
        port = host.serve(OK)
        with pytest.raises(UsageProblem, match=rf"127\.0\.0\.1:{port}: porten er opptatt"):
            host.serve(OK, port=port)
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("192.0.2.1", 0),
        ("no-such-host.invalid", 0),
        ("x" * 70, 0),
        ("a..b", 0),
        ("127.0.0.1", 65536),
        ("2001:db8::1", 0),
    ],
    ids=["foreign", "unknown", "long", "malformed", "port", "foreign-ipv6"],
)
def test_wrong_address_refused(address: str, port: int) -> None:
    with pytest.raises(UsageProblem) as caught:
        bind(address, port)
    assert caught.value.remedy


def test_ipv6_served() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with Host() as host:
        port = host.serve(OK, host="::1")
        assert httpx.get(f"http://[::1]:{port}/").text == "ok"


def test_stops_promptly() -> None:
    """Also with a kept connection and with an answer that never ends."""
    begun = threading.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"
        begun.set()
        await asyncio.Event().wait()

    with httpx.Client() as caller, contextlib.ExitStack() as stack:
        host = stack.enter_context(Host())
        caller.get(f"http://127.0.0.1:{host.serve(OK)}/")
        hanging = host.serve(StreamingResponse(endless()))
        answer = stack.enter_context(caller.stream("GET", f"http://127.0.0.1:{hanging}/"))
        assert answer.status_code == 200
        assert begun.wait(5)
        with contextlib.closing(answer):
            started = monotonic()
            host.__exit__()
            assert monotonic() - started < 4.5
        stack.pop_all()
    assert host.loop.is_closed()
    assert "eprom-verify-servers" not in {thread.name for thread in threading.enumerate()}


def test_idle_host_stops() -> None:
    started = monotonic()
    with Host() as host:
        host.serve(OK)
    assert monotonic() - started < 4.5


def test_delay_turned_off() -> None:
    """Each small answer is sent at once, instead of waiting 40 ms for the one before it to be acknowledged."""

    async def serve() -> int:
        seen: asyncio.Queue[int] = asyncio.Queue()

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            seen.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = bind("127.0.0.1", 0)
        async with await asyncio.start_server(accepted, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            delayed = await asyncio.wait_for(seen.get(), 5)
            writer.close()
            await writer.wait_closed()
        return delayed

    assert asyncio.run(serve()) != 0


def test_work_run_there() -> None:
    async def where() -> str:
        return threading.current_thread().name

    with Host() as host:
        assert host.run(where()) == "eprom-verify-servers"


@pytest.mark.parametrize("last", ["silent", "fails"])
def test_work_left_is_broken_off(last: str, caplog: pytest.LogCaptureFixture) -> None:
    begun, ended = threading.Event(), []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(last)
            if last == "fails":
                raise ValueError

    with Host() as host:
        waiting = asyncio.run_coroutine_threadsafe(work(), host.loop)
        assert begun.wait(5)
    del waiting
    gc.collect()
    assert ended == [last]
    assert caplog.messages == []


def test_caller_that_leaves(caplog: pytest.LogCaptureFixture) -> None:
    """Half a body and then nothing is the caller's affair: no stack trace, and the server goes on."""
    left = threading.Event()

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await Request(scope, receive).body()
        finally:
            left.set()
        await OK(scope, receive, send)

    with Host() as host:
        port = host.serve(reads)
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        assert left.wait(5)
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"
    assert [record for record in caplog.records if record.name == "uvicorn.error"] == []


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("127.0.0.2", "127.0.0.2"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("localhost", "localhost"),
    ],
)
def test_host_in_url(host: str, named: str) -> None:
    assert url_host(host) == named


def test_silent_about_callers_over_tls(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A caller that keeps its connection and never says goodbye is no matter for whoever reads the terminal."""
    made = issue(tmp_path)
    trusting = ssl.create_default_context(cafile=str(made.issuer))
    with contextlib.ExitStack() as stack:
        with Host() as host:
            port = host.serve(OK, tls=Tls(certificate=made.certificate, key=made.key))
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            kept = stack.enter_context(trusting.wrap_socket(plain, server_hostname="127.0.0.1"))
            kept.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in kept.recv(65536)
        assert not host._thread.is_alive()
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == []
