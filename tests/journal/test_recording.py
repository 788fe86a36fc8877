"""What passes between real servers and callers is noted: all of it, at the right moment, and nothing that was not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import httpx
import pytest
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from eprom_verify.errors import UnsafeNationalId
from eprom_verify.exchange import Exchange
from eprom_verify.journal import recording, taking_in
from eprom_verify.journal.journal import Journal, read_exchanges
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recording import (
    AsyncRecordedTransport,
    RecordedTransport,
    Recorder,
    base_path_of,
)
from eprom_verify.journal.store import verify_chain
from eprom_verify.serving import Host

from .conftest import KEY

LIMIT = 100_000


class Open:
    """Lets everything through."""

    def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Nothing is refused."""


class Closed:
    """Lets nothing through."""

    def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Refuse."""
        raise UnsafeNationalId("Stanset før sending.")


def named(headers: Sequence[tuple[str, str]]) -> str:
    return dict(headers).get("x-sender", "")


@pytest.fixture
def serve(host: Host, recorder: Recorder) -> Callable[[ASGIApp], str]:
    def start(app: ASGIApp) -> str:
        recorded = RecordedApp(app, recorder, sender=named, base_path="/proms", body_limit=lambda path: LIMIT)
        return f"http://127.0.0.1:{host.serve(recorded)}"

    return start


@pytest.fixture
def client(recorder: Recorder) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients whose traffic is noted."""
    made = []

    def make(base_url: str, *, guard: recording.Guard | None = None, timeout_s: float = 5) -> httpx.Client:
        inner = httpx.HTTPTransport(verify=ssl.create_default_context())
        base_path = base_path_of(base_url)
        transport = RecordedTransport(inner, recorder, guard or Open(), sender="eprom", base_path=base_path)
        made.append(httpx.Client(base_url=base_url, transport=transport, timeout=timeout_s))
        return made[-1]

    yield make
    for each in made:
        each.close()


def only(journal: Journal) -> Exchange:
    """The one exchange of a test, when it has ended."""
    found = journal.wait_for(lambda each: True, timeout_s=5)
    assert found is not None
    assert len(journal.exchanges()) == 1
    return found


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Takes one connection and does with it what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def live() -> None:
            with listening.accept()[0] as connection:
                connection.settimeout(5)
                behave(connection)

        thread = threading.Thread(target=live)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)
        assert not thread.is_alive()


def test_request_noted_first(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    """In the file before the server sees it, and the response before the caller has it all."""
    during: list[Exchange] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        during.extend(read_exchanges(journal.path))
        assert (await receive())["body"] == b'{"formId": 1}'
        await PlainTextResponse("svar", 201)(scope, receive, send)

    url = f"{serve(app)}/proms/api/v2/formorder?x=1"
    answer = httpx.post(url, content=b'{"formId": 1}', headers={"X-Sender": "her"})
    (after,) = read_exchanges(journal.path)
    assert answer.text == "svar"
    (begun,) = during
    assert not begun.done
    assert (begun.operation, begun.sender, begun.method, begun.url) == ("A", "her", "POST", url)
    assert (begun.request.body, begun.request.size) == (b'{"formId": 1}', 13)
    assert begun.violations
    assert (after.status, after.response and after.response.body) == (201, b"svar")


@pytest.mark.parametrize(
    ("method", "status", "headers", "chunks"),
    [
        ("GET", 200, {"content-length": "4"}, [b"svar", b""]),
        ("GET", 200, {"content-length": "4"}, [b"sv", b"ar", b"", b""]),
        ("GET", 200, {"content-length": "0"}, [b"", b""]),
        ("GET", 200, {}, [b"svar", b""]),
        ("GET", 204, {}, [b"", b""]),
        ("HEAD", 200, {"content-length": "4"}, [b"", b""]),
    ],
    ids=["length", "chunks", "empty", "chunked", "no-content", "head"],
)
def test_response_noted_before_end(
    serve: Callable[[ASGIApp], str],
    journal: Journal,
    method: str,
    status: int,
    headers: dict[str, str],
    chunks: list[bytes],
) -> None:
    """Also when the server says only afterwards that there is no more, which the caller has long known."""
    returned = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for number, chunk in enumerate(chunks, 1):
            last = number == len(chunks)
            if last:
                # Time enough for a caller that believes to have it all to be caught at it.
                await asyncio.to_thread(returned.wait, 0.15)
            await send({"type": "http.response.body", "body": chunk, "more_body": not last})

    url = serve(app)
    answer = httpx.request(method, f"{url}/x")
    (seen,) = read_exchanges(journal.path)
    returned.set()
    assert seen.done
    assert (seen.status, answer.status_code) == (status, status)
    assert seen.response is not None
    assert seen.response.body == b"".join(chunks)


def test_streaming_response_passes(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    """The caller gets each part as it is made, and the last of it when the whole is noted."""
    first_seen = threading.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"en "
        assert await asyncio.to_thread(first_seen.wait, 5)
        yield b"to"

    with httpx.stream("GET", f"{serve(StreamingResponse(parts()))}/x") as answer:
        stream = answer.iter_raw()
        assert next(stream) == b"en "
        assert not journal.exchanges()[0].done
        first_seen.set()
        assert b"".join(stream) == b"to"
        (seen,) = read_exchanges(journal.path)
    assert seen.response is not None
    assert seen.response.body == b"en to"


def test_raising_server_noted(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("planned")

    assert httpx.get(f"{serve(app)}/x").status_code == 500
    assert only(journal).failure == "Serveren brøt av før svaret var ferdig."


def test_raising_midway_noted(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ValueError("planned")

    url = serve(app)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{url}/x")
    assert only(journal).failure == "Serveren brøt av før svaret var ferdig."


def test_silent_server_noted(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    assert httpx.get(f"{serve(app)}/x").status_code == 500
    assert only(journal).failure == "Svaret ble aldri ferdig."


def test_broken_off_request_noted(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    """Noted as what it is, never judged by the contract, and never seen by the server."""
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])

    address = httpx.URL(serve(app))
    with socket.create_connection((address.host, address.port or 0)) as connection:
        connection.sendall(
            b"POST /proms/api/v2/formorder HTTP/1.1\r\nHost: x\r\nX-Sender: her\r\nContent-Length: 99\r\n\r\n"
            b'{"apiKey": "' + KEY.encode()[:9]
        )
    seen = only(journal)
    assert seen.failure == "Avsenderen brøt forbindelsen før hele meldingen var sendt."
    assert (seen.operation, seen.sender, seen.violations, seen.response) == ("", "her", (), None)
    assert (seen.request.size, seen.request.body) == (21, b'{"apiKey": "[skjult]')
    assert reached == []


def test_too_large_refused(serve: Callable[[ASGIApp], str], journal: Journal) -> None:
    """Read to its end and noted with its true size; the same connection serves the next call."""
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append((await receive())["body"])
        await Response(b"ok")(scope, receive, send)

    url = f"{serve(app)}/proms/api/v2/formorder"
    with httpx.Client() as caller:
        refused = caller.post(url, content=b"1,2 " * (5 * LIMIT))
        port = refused.extensions["network_stream"].get_extra_info("socket").getsockname()[1]
        assert (refused.status_code, refused.headers["content-type"]) == (413, "application/json; charset=utf-8")
        assert str(20 * LIMIT) in refused.json()["Message"]
        taken = caller.post(url, content=b"x" * LIMIT)
        assert taken.status_code == 200
        assert taken.extensions["network_stream"].get_extra_info("socket").getsockname()[1] == port
    assert reached == [b"x" * LIMIT]
    large, exact = journal.exchanges()
    assert (large.operation, large.status, large.request.size) == ("A", 413, 20 * LIMIT)
    assert large.request.body == b"1,2 " * (LIMIT // 4)
    assert large.request.findings == ()
    assert (exact.request.size, exact.status) == (LIMIT, 200)


def test_endless_body_stopped(
    serve: Callable[[ASGIApp], str], journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "DRAINED_BYTES", 2 * LIMIT)
    address = httpx.URL(serve(Response(b"ok")))
    with socket.create_connection((address.host, address.port or 0), timeout=5) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n%s\r\n" % (LIMIT, b"x" * LIMIT)
        for _ in range(3):
            connection.sendall(chunk)
        assert connection.recv(12) == b"HTTP/1.1 413"
    assert only(journal).status == 413


def test_unrecorded_path_passes(host: Host, recorder: Recorder, journal: Journal) -> None:
    app = RecordedApp(
        Response(b"ok"),
        recorder,
        sender=named,
        body_limit=lambda path: LIMIT,
        recorded=lambda path: path.startswith("/api"),
    )
    base = f"http://127.0.0.1:{host.serve(app)}"
    assert httpx.post(f"{base}/page", content=b"x" * 2 * LIMIT).status_code == 200
    assert journal.exchanges() == []
    httpx.get(f"{base}/api")
    assert [each.url for each in journal.exchanges()] == [f"{base}/api"]


def test_ipv6_address_noted(host: Host, recorder: Recorder, journal: Journal) -> None:
    if not _has_ipv6():
        pytest.skip("no IPv6 on this machine")
    app = RecordedApp(Response(b"ok"), recorder, sender=named, body_limit=lambda path: LIMIT)
    url = f"http://[::1]:{host.serve(app, host='::1')}/x"
    assert httpx.get(url).status_code == 200
    assert only(journal).url == url


@pytest.mark.parametrize(("authorization", "matches"), [(f"Basic {KEY}", True), ("Basic other", False), (None, None)])
def test_key_compared(
    serve: Callable[[ASGIApp], str], journal: Journal, authorization: str | None, matches: bool | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    httpx.post(f"{serve(Response(b''))}/proms/api/v2/formorder", headers=headers)
    seen = only(journal)
    assert seen.key_matches is matches
    assert seen.request.header("authorization") == ("Basic [skjult]" if authorization else None)


TOLD = b'{"nationalId": "26670271527", "id": "b3cda307-154c-4af4-87d3-30567c931924", "name": "R", "status": "RES"}'


@pytest.mark.parametrize(
    ("headers", "matches"),
    [
        ({"Authorization": f"Basic {KEY}"}, True),
        ({"Authorization": KEY}, True),
        ({"ApiKey": KEY}, True),
        ({"Authorization": "Basic other", "X-Key": KEY}, True),
        ({"Authorization": "Basic other"}, False),
        ({"X-Other": "other"}, None),
        ({}, None),
    ],
)
def test_key_in_any_header(
    serve: Callable[[ASGIApp], str], journal: Journal, headers: dict[str, str], matches: bool | None
) -> None:
    """Where the documentation names no header, the key may stand in any of them."""
    given = {"Content-Type": "application/json", **headers}
    httpx.put(f"{serve(Response(b''))}/proms/api/PersonvernInnstilling", content=TOLD, headers=given)
    seen = only(journal)
    assert (seen.operation, seen.key_matches) == ("L", matches)
    assert [each for each in seen.violations if each.rule.startswith("key")] == []
    assert KEY not in str(seen.request.headers)


def test_call_noted(client: Callable[..., httpx.Client], host: Host, journal: Journal) -> None:
    """Compressed or not, what is noted can be read, and the caller gets the same."""
    text = b'{"id": "ABC", "notificationChannel": "Print"}' * 50
    packed = Response(gzip.compress(text), headers={"content-encoding": "gzip"})
    caller = client(f"http://127.0.0.1:{host.serve(packed)}/proms")
    answer = caller.post("/api/v2/formorder", content=b"{}")
    assert answer.content == text
    seen = only(journal)
    assert seen.response is not None
    assert (seen.operation, seen.sender, seen.status, seen.response.body) == ("A", "eprom", 200, text)
    assert seen.url == f"{caller.base_url}api/v2/formorder"


def test_call_noted_first(client: Callable[..., httpx.Client], host: Host, journal: Journal) -> None:
    during: list[Exchange] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        during.extend(read_exchanges(journal.path))
        await Response(b"ok")(scope, receive, send)

    client(f"http://127.0.0.1:{host.serve(app)}").get("/x")
    assert [each.done for each in during] == [False]


def test_streamed_call_noted(client: Callable[..., httpx.Client], host: Host, journal: Journal) -> None:
    """A body that is made while it is sent reaches the server whole, though it was read to be noted."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        await Response(body)(scope, receive, send)

    answer = client(f"http://127.0.0.1:{host.serve(app)}").post("/x", content=iter([b"en ", b"to"]))
    assert answer.content == b"en to"
    assert only(journal).request.body == b"en to"


def _reset(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def _answer(head: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)

    return behave


def _wait_for_end(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize(
    ("behave", "exception", "reason"),
    [
        pytest.param(_reset, httpx.ReadError, "Forbindelsen ble brutt (ReadError).", id="reset"),
        pytest.param(
            _answer(b""), httpx.RemoteProtocolError, "Forbindelsen ble brutt (RemoteProtocolError).", id="closed"
        ),
        pytest.param(
            _answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            httpx.RemoteProtocolError,
            "Forbindelsen ble brutt (RemoteProtocolError).",
            id="half",
        ),
        pytest.param(
            _answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf"),
            httpx.DecodingError,
            "Svaret er ikke pakket slik headeren Content-Encoding sier.",
            id="not-gzip",
        ),
        pytest.param(_wait_for_end, httpx.ReadTimeout, "Svaret kom ikke innen fristen.", id="timeout"),
    ],
)
def test_broken_call_noted(
    client: Callable[..., httpx.Client],
    journal: Journal,
    behave: Callable[[socket.socket], None],
    exception: type[Exception],
    reason: str,
) -> None:
    with raw_server(behave) as url:
        caller = client(url, timeout_s=0.3 if exception is httpx.ReadTimeout else 5)
        with pytest.raises(exception):
            caller.get("/x")
        caller.close()
    assert only(journal).failure == reason


def test_refused_connection_noted(client: Callable[..., httpx.Client], journal: Journal) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(httpx.ConnectError):
            client(f"http://127.0.0.1:{bound.getsockname()[1]}").get("/x")
    assert only(journal).failure == "Ingen svarer på adressen."


def test_unknown_host_noted(client: Callable[..., httpx.Client], journal: Journal) -> None:
    with pytest.raises(httpx.ConnectError):
        client("http://no-such-host.invalid").get("/x")
    assert only(journal).failure == "Ingen svarer på adressen: vertsnavnet finnes ikke."


def test_failed_tls_noted(client: Callable[..., httpx.Client], journal: Journal) -> None:
    """Somebody answers there, so it must not read as if nobody did."""
    with raw_server(_answer(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url, pytest.raises(httpx.ConnectError):
        client(url.replace("http:", "https:")).get("/x")
    failure = only(journal).failure
    assert failure is not None
    assert failure.startswith("Ingen sikker forbindelse")


@pytest.mark.parametrize("recorded", [True, False])
def test_guard_stops_all(recorder: Recorder, journal: Journal, recorded: bool) -> None:
    """Not even a connection is made, and nothing is noted as sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        seen_by = recorder if recorded else None

        async def call() -> None:
            inner = httpx.AsyncHTTPTransport()
            transport = AsyncRecordedTransport(inner, seen_by, Closed(), sender="eprom")
            async with httpx.AsyncClient(transport=transport) as caller:
                await caller.post(url, content=b"x")

        transport = RecordedTransport(httpx.HTTPTransport(), seen_by, Closed(), sender="eprom")
        with httpx.Client(transport=transport) as caller, pytest.raises(UnsafeNationalId):
            caller.post(url, content=b"x")
        with pytest.raises(UnsafeNationalId):
            asyncio.run(call())
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert journal.seq == 0


def test_async_call_noted(host: Host, recorder: Recorder, journal: Journal) -> None:
    port = host.serve(Response(b'{"success": true}'))

    async def call() -> bytes:
        transport = AsyncRecordedTransport(
            httpx.AsyncHTTPTransport(), recorder, Open(), sender="eprom", base_path="/base"
        )
        async with httpx.AsyncClient(transport=transport) as caller:
            return (await caller.put(f"http://127.0.0.1:{port}/base/api/PromsFormOrder", json={})).content

    assert asyncio.run(call()) == b'{"success": true}'
    seen = only(journal)
    assert (seen.operation, seen.status) == ("I", 200)


def test_cancelled_call_noted(recorder: Recorder, journal: Journal) -> None:
    """A call that we give up ourselves has ended too."""
    reached = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        reached.set()
        _wait_for_end(connection)

    async def call(url: str) -> None:
        transport = AsyncRecordedTransport(httpx.AsyncHTTPTransport(), recorder, Open(), sender="eprom")
        async with httpx.AsyncClient(transport=transport) as caller:
            task = asyncio.create_task(caller.get(url))
            assert await asyncio.to_thread(reached.wait, 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with raw_server(behave) as url:
        asyncio.run(call(url))
    assert only(journal).failure == "Kallet ble avbrutt (CancelledError)."


def test_async_broken_call_noted(recorder: Recorder, journal: Journal) -> None:
    async def call(url: str) -> None:
        transport = AsyncRecordedTransport(httpx.AsyncHTTPTransport(), recorder, Open(), sender="eprom")
        async with httpx.AsyncClient(transport=transport) as caller:
            await caller.get(url)

    with raw_server(_reset) as url, pytest.raises(httpx.ReadError):
        asyncio.run(call(url))
    assert only(journal).failure == "Forbindelsen ble brutt (ReadError)."


def test_many_at_once(serve: Callable[[ASGIApp], str], recorder: Recorder, journal: Journal) -> None:
    """Both ends note in the same journal, from two threads, and every exchange has its own answer."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        await asyncio.sleep(0)
        await Response(body)(scope, receive, send)

    base = serve(app)

    async def call_all() -> list[bytes]:
        transport = AsyncRecordedTransport(httpx.AsyncHTTPTransport(), recorder, Open(), sender="eprom")
        async with httpx.AsyncClient(transport=transport, timeout=20) as caller:
            calls = (caller.post(f"{base}/x", content=str(number).encode()) for number in range(200))
            return [answer.content for answer in await asyncio.gather(*calls)]

    started = monotonic()
    assert asyncio.run(call_all()) == [str(number).encode() for number in range(200)]
    print(f"200 calls, noted at both ends: {monotonic() - started:.2f} s")
    chain = verify_chain(journal.path, expected_last=journal.last_digest)
    assert (chain.problem, chain.entries) == (None, 800)
    for each in read_exchanges(journal.path):
        assert each.response is not None
        assert each.response.body == each.request.body


@pytest.mark.parametrize(
    ("url", "path"), [("http://x", ""), ("http://x/proms/", "/proms"), ("http://x/e%20prom/api?q", "/e prom/api")]
)
def test_base_path(url: str, path: str) -> None:
    assert base_path_of(url) == path


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
