"""A tap between two real ends hands on what comes, byte for byte, and notes it; whatever else goes wrong."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import random
import socket
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import brotli
import h11
import httpx
import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from eprom_verify import serving
from eprom_verify.contract.letter_documents import Document, main_document
from eprom_verify.errors import HarnessProblem, UnsafeTarget
from eprom_verify.exchange import Exchange
from eprom_verify.journal import spool
from eprom_verify.journal.forwarding import Target
from eprom_verify.journal.journal import Journal, read_exchanges
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.store import verify_chain
from eprom_verify.journal.tap import Limits, Tap
from eprom_verify.persons import NationalIdGuard
from eprom_verify.serving import Host
from eprom_verify.tls import Tls
from tests.certificates import issue

from .conftest import KEY

SYNTHETIC = "26670271527"
MIB = 1024 * 1024
ORDER = b'{"nationalId": "26670271527", "formId": "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"}'


def real_format() -> str:
    """A number of the form that real ones have, with its check digits, of a person who cannot be: born in 2039."""
    first = "01013998"
    for last in range(1000):
        digits = [int(each) for each in f"{first}{last:03}"]
        one = 11 - sum(a * b for a, b in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), digits[:9], strict=True)) % 11
        two = 11 - sum(a * b for a, b in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), digits[:10], strict=True)) % 11
        if digits[9] == one % 11 and digits[10] == two % 11:
            return "".join(map(str, digits))
    raise AssertionError


class Taps:
    """Makes taps that are served, and closes them."""

    def __init__(self, host: Host, recorder: Recorder) -> None:
        self.host = host
        self.recorder = recorder
        self.made: list[Tap] = []

    def before(self, base_url: str, *, known_as: str = "", sender: str = "bestillersystem", **options: object) -> str:
        """A tap before an address; gives its own."""
        tap = Tap(self.recorder, Target(base_url, known_as), sender=sender, **options)  # type: ignore[arg-type]
        self.made.append(tap)
        return f"http://127.0.0.1:{self.host.serve(tap, own_headers=False)}"

    def serve(self, app: ASGIApp) -> str:
        return f"http://127.0.0.1:{self.host.serve(app)}"


@pytest.fixture
def taps(host: Host, recorder: Recorder) -> Iterator[Taps]:
    made = Taps(host, recorder)
    yield made
    for each in made.made:
        host.run(each.aclose())


@contextmanager
def raw_server(*behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """Takes one connection after another, and does with each what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)

        def live() -> None:
            for each in behave:
                with listening.accept()[0] as connection:
                    connection.settimeout(10)
                    each(connection)

        thread = threading.Thread(target=live)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)
        assert not thread.is_alive()


def read_request(connection: socket.socket) -> tuple[h11.Request, bytes]:
    """One request as it stood on the wire."""
    reader, body = h11.Connection(h11.SERVER), b""
    request: h11.Request | None = None
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA:
            reader.receive_data(connection.recv(65536))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        else:
            assert isinstance(event, h11.EndOfMessage), event
            assert request is not None
            return request, body


def call(address: str, data: bytes, *, timeout_s: float = 10) -> bytes:
    """All that comes back on a connection of its own."""
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port or 0), timeout=timeout_s) as connection:
        connection.sendall(data)
        found = b""
        while part := connection.recv(65536):
            found += part
    return found


def only(journal: Journal) -> Exchange:
    found = journal.wait_for(lambda each: True, timeout_s=10)
    assert found is not None
    assert len(journal.exchanges()) == 1
    return found


# --- as it came -------------------------------------------------------------------------------------------------------


def test_request_as_it_came(taps: Taps, journal: Journal) -> None:
    """Names of headers, their order and doubles, an odd target and the body; not what is for one connection."""
    seen: list[tuple[h11.Request, bytes]] = []
    noted: list[Exchange] = []

    def behave(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        noted.extend(read_exchanges(journal.path))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    body = random.Random(1).randbytes(5000)
    target = b"/promsWEBapi/api/a%2Fb/%c3%a6?x=%7e1&y=a+b&y=&tom="
    with raw_server(behave) as there:
        here = taps.before(f"{there}/promswebapi")
        answer = call(
            here,
            b"PUT " + target + b" HTTP/1.1\r\nhOsT: tap.example\r\nX-ODD-name: 1\r\naccept: */*\r\nx-odd-NAME:  2 \r\n"
            b"Connection: close, X-Mine\r\nX-Mine: gone\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\nTE: trailers\r\n"
            b"Content-Encoding: gzip\r\nCONTENT-LENGTH: 5000\r\nX-Last: \xe6\r\n\r\n" + body,
        )
    [(request, got)] = seen
    assert (request.method, request.target) == (b"PUT", target)
    assert request.headers.raw_items() == [
        (b"hOsT", there.removeprefix("http://").encode()),
        (b"X-ODD-name", b"1"),
        (b"accept", b"*/*"),
        (b"x-odd-NAME", b"2"),
        (b"Content-Encoding", b"gzip"),
        (b"CONTENT-LENGTH", b"5000"),
        (b"X-Last", b"\xe6"),
    ]
    assert hashlib.sha256(got).digest() == hashlib.sha256(body).digest()
    assert answer.endswith(b"ok")
    assert [(each.done, each.request.size) for each in noted] == [(False, 5000)]
    assert only(journal).url == f"{there}{target.decode()}"


def test_answer_as_it_came(taps: Taps, journal: Journal) -> None:
    packed = gzip.compress(b'{"success": true}' * 50, mtime=0)

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(
            b"HTTP/1.1 418 Whatever\r\nX-lower-UPPER: a\r\nSet-Cookie: a=1\r\nsEt-cOOkie: b=2\r\nDate: yesterday\r\n"
            b"Content-Encoding: gzip\r\nConnection: keep-alive, x-gone\r\nX-Gone: 1\r\n"
            b"Content-Length: %d\r\n\r\n" % len(packed) + packed
        )

    with raw_server(behave) as there:
        found = call(taps.before(there), b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = found.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[1:] == [
        b"X-lower-UPPER: a",
        b"Set-Cookie: a=1",
        b"sEt-cOOkie: b=2",
        b"Date: yesterday",
        b"Content-Encoding: gzip",
        b"Content-Length: %d" % len(packed),
        b"Connection: close",
    ]
    assert head.startswith(b"HTTP/1.1 418 ")
    assert body == packed
    seen = only(journal)
    assert seen.response is not None
    assert (seen.status, seen.response.body) == (418, b'{"success": true}' * 50)


@pytest.mark.parametrize("size", [0, 1, 65_536, 3 * MIB])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_bodies_unchanged(taps: Taps, journal: Journal, size: int, framing: str) -> None:
    """Random bytes both ways, with a length or in chunks, as they were framed."""
    framings: list[str | None] = []

    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        framings.append(dict(scope["headers"]).get(b"transfer-encoding", b"").decode())
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message["more_body"]
        body = b"".join(parts)

        async def pieces() -> object:
            for at in range(0, len(body), 50_000):
                yield body[at : at + 50_000]

        whole = framing == "length"
        await (Response(body) if whole else StreamingResponse(pieces()))(scope, receive, send)  # type: ignore[arg-type]

    sent = random.Random(size).randbytes(size)
    here = taps.before(taps.serve(echo))

    def chunks() -> Iterable[bytes]:
        for at in range(0, size, 70_000):
            yield sent[at : at + 70_000]

    with httpx.stream("POST", f"{here}/x", content=sent if framing == "length" else chunks()) as answer:
        got = b"".join(answer.iter_raw())
        assert ("content-length" in answer.headers) is (framing == "length")
    assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest()
    assert framings == ["chunked" if framing == "chunked" else ""]
    seen = only(journal)
    assert seen.response is not None
    assert (seen.request.size, seen.response.size) == (size, size)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("identity", bytes)],
)
def test_packed_answer_judged(taps: Taps, journal: Journal, coding: str, pack: Callable[[bytes], bytes]) -> None:
    """Judged by what it says, and handed on as it was packed."""
    text = json.dumps({"id": "b3cda307-154c-4af4-87d3-30567c931924", "notificationChannel": "Print"}).encode()
    packed = pack(text)
    headers = {"content-encoding": coding, "content-type": "application/json; charset=utf-8"}
    here = taps.before(f"{taps.serve(Response(packed, headers=headers))}/promswebapi")
    with httpx.stream("POST", f"{here}/promswebapi/api/v2/formorder", content=ORDER) as answer:
        assert b"".join(answer.iter_raw()) == packed
    seen = only(journal)
    assert seen.response is not None
    assert (seen.operation, seen.response.body, seen.order_id) == ("A", text, "b3cda307-154c-4af4-87d3-30567c931924")
    assert "not-json" not in {each.rule for each in seen.response.findings}


@pytest.mark.parametrize(
    ("coding", "body", "words"),
    [("gzip", b"half", "ikke pakket slik"), ("gzip", gzip.compress(b"x" * 999, mtime=0)[:-9], "ikke pakket slik"),
     ("compress", b"x", "pakket på en måte")],
)  # fmt: skip
def test_unreadable_answer_is_nobodys_fault(taps: Taps, journal: Journal, coding: str, body: bytes, words: str) -> None:
    here = taps.before(taps.serve(Response(body, headers={"content-encoding": coding})))
    with httpx.stream("GET", f"{here}/x") as answer:
        assert b"".join(answer.iter_raw()) == body
    seen = only(journal)
    assert seen.failure is not None
    assert words in seen.failure
    assert seen.response is None


@pytest.mark.parametrize(
    ("method", "head", "body"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', b""),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        ("DELETE", b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", b""),
        ("GET", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"until the end"),
        ("GET", b"HTTP/1.0 200 OK\r\n\r\n", b"until the end"),
    ],
    ids=["head", "204", "304", "empty", "redirect", "to-the-end", "http-1.0"],
)
def test_answers_without_a_body(taps: Taps, journal: Journal, method: str, head: bytes, body: bytes) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head + body)

    with raw_server(behave) as there:
        answer = httpx.request(method, f"{taps.before(there)}/x")
    assert answer.content == body
    assert answer.status_code == int(head.split()[1])
    told = dict(each.split(b": ") for each in head.split(b"\r\n")[1:] if each and not each.startswith(b"Connection"))
    assert all(answer.headers[name.decode()] == value.decode() for name, value in told.items())
    assert "server" not in answer.headers
    seen = only(journal)
    assert (seen.method, seen.status, seen.failure) == (method, answer.status_code, None)


def test_connection_kept(taps: Taps) -> None:
    """Many calls on one connection, on both sides of the tap."""
    ports = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        ports.append(scope["client"][1])
        await Response(b"ok")(scope, receive, send)

    here = taps.before(taps.serve(app))
    with httpx.Client() as caller:
        answers = [caller.post(f"{here}/x", content=b"%d" % each) for each in range(5)]
        mine = {each.extensions["network_stream"].get_extra_info("socket").getsockname()[1] for each in answers}
    assert (len(mine), len(set(ports))) == (1, 1)


def test_continue_is_said(taps: Taps, journal: Journal) -> None:
    here = httpx.URL(taps.before(taps.serve(Response(b"ok"))))
    with socket.create_connection((here.host, here.port or 0), timeout=10) as connection:
        connection.sendall(
            b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"abc")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    seen = only(journal)
    assert (seen.request.body, seen.request.header("expect")) == (b"abc", "100-continue")


@pytest.mark.parametrize(
    ("base", "known_as", "asked", "led_to"),
    [
        ("/promswebapi", "", "/promswebapi/api/x", "/promswebapi/api/x"),
        ("/promswebapi", "", "/PromsWebApi/api/x", "/PromsWebApi/api/x"),
        ("/promswebapi", "", "/api/x", "/promswebapi/api/x"),
        ("/promswebapi", "", "/promswebapix", "/promswebapi/promswebapix"),
        ("", "/utenfra", "/utenfra/api/x", "/api/x"),
        ("/inne", "/utenfra", "/Utenfra/api/x?a=1", "/inne/api/x?a=1"),
        ("/inne", "/utenfra", "/utenfra", "/inne/"),
        ("", "", "/?", "/?"),
        ("", "", "/a//b/../c", "/a//b/../c"),
    ],
)
def test_where_paths_lead(base: str, known_as: str, asked: str, led_to: str) -> None:
    target, below = Target(f"http://127.0.0.1:1{base}", known_as).leads(asked.encode())
    assert target.decode() == led_to
    assert (base + below).casefold() == led_to.partition("?")[0].casefold()


def test_answers_for_itself(taps: Taps, journal: Journal) -> None:
    """What asks the listener itself, or takes it for a proxy, is not handed on."""
    here = taps.before("http://127.0.0.1:1")
    for target, status in ((b"*", b"200"), (b"http://elsewhere.example/x", b"400")):
        found = call(here, b"OPTIONS " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert found.split()[1] == status
        assert b"X-Eprom-Verify: kran" in found
    assert journal.exchanges() == []


# --- noted ------------------------------------------------------------------------------------------------------------


def test_judged_by_the_contract(taps: Taps, journal: Journal) -> None:
    here = taps.before(f"{taps.serve(Response(b''))}/promswebapi")
    headers = {"Authorization": f"Basic {KEY}", "Content-Type": "application/json"}
    httpx.post(f"{here}/promswebapi/api/v2/formorder", content=b'{"formId": 1}', headers=headers)
    seen = only(journal)
    assert (seen.operation, seen.sender, seen.key_matches) == ("A", "bestillersystem", True)
    assert seen.violations
    assert seen.request.header("authorization") == "Basic [skjult]"


@pytest.mark.parametrize("length", [True, False])
def test_noted_before_the_end(taps: Taps, journal: Journal, length: bool) -> None:
    """The first part comes at once; when the caller has the last, the answer is in the file."""
    on = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"5")] if length else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"en ", "more_body": True})
        assert await asyncio.to_thread(on.wait, 5)
        await send({"type": "http.response.body", "body": b"to", "more_body": False})

    with httpx.stream("GET", f"{taps.before(taps.serve(app))}/x") as answer:
        stream = answer.iter_raw()
        assert next(stream) == b"en "
        assert not journal.exchanges()[0].done
        on.set()
        assert b"".join(stream) == b"to"
        [seen] = read_exchanges(journal.path)
    assert seen.response is not None
    assert seen.response.body == b"en to"


@pytest.mark.parametrize("where", ["request", "response"])
@pytest.mark.parametrize(
    "exc", [HarnessProblem("Journalen kunne ikke skrives."), RecursionError("hemmelig"), MemoryError()]
)
def test_handed_on_though_not_noted(
    taps: Taps, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, where: str, exc: Exception
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise exc

    monkeypatch.setattr(recorder, where, fail)
    body = random.Random(3).randbytes(2 * MIB)
    here = taps.before(taps.serve(Response(body)))
    for _ in range(3):
        assert httpx.post(f"{here}/x", content=body).content == body
    [tap] = taps.made
    assert tap.failures.count == 3
    assert "hemmelig" not in str(tap.failures.reasons)


def test_handed_on_when_the_journal_is_gone(taps: Taps, journal: Journal) -> None:
    here = taps.before(taps.serve(Response(b"svar")))
    assert httpx.get(f"{here}/1").text == "svar"
    journal.close()
    assert httpx.get(f"{here}/2").text == "svar"
    assert taps.made[0].failures.count == 1


def test_disk_that_takes_no_more(taps: Taps, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to be laid on a full disk is kept in memory instead: nothing is lost, and nothing is held up."""
    kept = spool.tempfile.TemporaryFile
    made = []

    class Full:
        def __init__(self) -> None:
            self._file, self._left = kept(buffering=0), 1.5 * MIB
            made.append(self)

        def write(self, part: memoryview) -> int:
            if self._left < len(part):
                raise OSError(28, "No space left on device")
            self._left -= len(part)
            return self._file.write(part)

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

    monkeypatch.setattr(spool.tempfile, "TemporaryFile", lambda buffering: Full())
    body = random.Random(4).randbytes(3 * MIB)
    answer = httpx.post(f"{taps.before(taps.serve(Response(body)))}/x", content=body)
    assert answer.content == body
    seen = only(journal)
    assert seen.response is not None
    assert (seen.request.size, seen.response.size, len(made)) == (3 * MIB, 3 * MIB, 2)
    assert taps.made[0].failures.count == 0


# --- what goes wrong --------------------------------------------------------------------------------------------------


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_nobody_there(taps: Taps, journal: Journal) -> None:
    answer = httpx.get(f"{taps.before(closed_port())}/x")
    assert (answer.status_code, answer.headers["x-eprom-verify"]) == (502, "kran")
    assert "eprom-verify" in answer.text
    assert "Ingen svarer på adressen." in answer.text
    seen = only(journal)
    assert (seen.failure, seen.status, seen.response) == ("Ingen svarer på adressen.", None, None)


def test_silence_there(taps: Taps, journal: Journal) -> None:
    def behave(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    with raw_server(behave) as there:
        answer = httpx.get(f"{taps.before(there, limits=Limits(answer_s=0.3))}/x")
    assert answer.status_code == 504
    assert only(journal).failure == "Svaret kom ikke innen fristen."


def test_no_tls_there(taps: Taps, journal: Journal) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_server(behave) as there:
        answer = httpx.get(f"{taps.before(there.replace('http:', 'https:'))}/x")
    assert answer.status_code == 502
    assert "TLS" in (only(journal).failure or "")


def test_tls_on_both_sides(
    taps: Taps, host: Host, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is called must have a certificate of somebody that this machine trusts, and for its own name."""
    ours, theirs = issue(tmp_path / "ours"), issue(tmp_path / "theirs")
    there = host.serve(Response(b"svar"), tls=Tls(certificate=theirs.certificate, key=theirs.key))
    trusting = ssl.create_default_context(cafile=str(ours.issuer))
    answers = []
    for trusted in (ours, theirs):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted.issuer))
        tap = Tap(taps.recorder, Target(f"https://127.0.0.1:{there}/inne"), sender="bestillersystem")
        taps.made.append(tap)
        here = host.serve(tap, tls=Tls(certificate=ours.certificate, key=ours.key), own_headers=False)
        answers.append(httpx.get(f"https://127.0.0.1:{here}/inne/x", verify=trusting))
    assert [(each.status_code, each.text[:4]) for each in answers] == [(502, "Dett"), (200, "svar")]
    refused, answered = journal.exchanges()
    assert (refused.failure or "").startswith("Ingen sikker forbindelse")
    assert (answered.status, answered.url) == (200, f"https://127.0.0.1:{there}/inne/x")


@pytest.mark.parametrize("framing", [b"Content-Length: 100000", b"Transfer-Encoding: chunked"])
def test_broken_off_in_the_middle(taps: Taps, journal: Journal, framing: bytes) -> None:
    """The caller is not left to believe that half an answer was the whole."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        half = b"x" * 5000 if b"Length" in framing else b"1388\r\n" + b"x" * 5000 + b"\r\n"
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + half)

    with raw_server(behave) as there:
        here = taps.before(there)
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{here}/x")
    seen = only(journal)
    assert seen.response is None
    assert (seen.failure or "").startswith("Forbindelsen ble brutt")


def test_killed_in_the_middle(taps: Taps, journal: Journal) -> None:
    """An end in another process that dies while it answers; the next call finds its successor."""
    script = (
        "import socket,sys,time\n"
        "s=socket.create_server(('127.0.0.1',int(sys.argv[1])));print(s.getsockname()[1],flush=True)\n"
        "c=s.accept()[0];c.recv(9999);c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nhal')\n"
        "print('half',flush=True);time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, "0"], stdout=subprocess.PIPE, text=True) as there:
        assert there.stdout is not None
        here = taps.before(f"http://127.0.0.1:{there.stdout.readline().strip()}")
        with pytest.raises(httpx.TransportError), httpx.stream("GET", f"{here}/x") as answer:  # noqa: PT012
            stream = answer.iter_raw()
            assert next(stream) == b"hal"
            there.kill()
            next(stream)
    assert (only(journal).failure or "").startswith("Forbindelsen ble brutt")
    assert httpx.get(f"{here}/y").status_code == 502


def test_caller_hangs_up(taps: Taps, journal: Journal) -> None:
    """The call that was made for it is given up at once."""
    arrived, given_up = threading.Event(), threading.Event()

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        arrived.set()
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
        given_up.set()

    with raw_server(behave) as there:
        here = httpx.URL(taps.before(there))
        with socket.create_connection((here.host, here.port or 0)) as connection:
            connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            assert arrived.wait(10)
            assert not given_up.is_set()
        assert given_up.wait(5)
    seen = only(journal)
    assert (seen.failure or "").startswith("Den som kalte, brøt forbindelsen")


def test_caller_leaves_before_its_end(taps: Taps, journal: Journal) -> None:
    here = httpx.URL(taps.before(closed_port()))
    with socket.create_connection((here.host, here.port or 0)) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nhalf")
    seen = only(journal)
    assert (seen.failure, seen.request.size) == ("Avsenderen brøt forbindelsen før hele meldingen var sendt.", 4)


@pytest.mark.parametrize("trickles", ["silence", "a byte now and then"])
def test_slow_body_cut(taps: Taps, journal: Journal, trickles: str) -> None:
    here = httpx.URL(taps.before(closed_port(), limits=Limits(whole_s=1.0, silent_s=0.4)))
    begun = monotonic()
    with socket.create_connection((here.host, here.port or 0), timeout=10) as connection:
        connection.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n")
        connection.settimeout(0.1)
        found = b""
        while monotonic() < begun + 8:
            try:
                if trickles != "silence":
                    connection.sendall(b"x")
                part = connection.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            found += part
            if not part:
                break
    assert found.startswith(b"HTTP/1.1 408")
    assert monotonic() - begun < 5
    assert only(journal).failure == "Avsenderen brukte for lang tid på å sende meldingen."


def test_slow_head_cut(taps: Taps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_S", 0.5)
    here = httpx.URL(taps.before(closed_port()))
    for first in (b"", b"GET /x HTTP/1.1\r\nHost: "):
        begun = monotonic()
        with socket.create_connection((here.host, here.port or 0), timeout=10) as connection:
            connection.sendall(first)
            connection.settimeout(0.1)
            cut = False
            while not cut and monotonic() < begun + 5:
                try:
                    connection.sendall(b"x" if first else b"")
                    cut = not connection.recv(1000)
                except TimeoutError:
                    continue
                except OSError:
                    cut = True
        assert cut
        assert monotonic() - begun < 3


def test_slow_head_between_calls_cut(taps: Taps, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a connection that has been used."""
    monkeypatch.setattr(serving, "HEAD_S", 0.5)
    here = httpx.URL(taps.before(taps.serve(Response(b"ok"))))
    with socket.create_connection((here.host, here.port or 0), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            found = b""
            while not found.endswith(b"\r\n\r\nok"):
                found += connection.recv(1000)
            sleep(1)
        begun = monotonic()
        connection.sendall(b"GET")
        with suppress(ConnectionError):
            assert connection.recv(1000) == b""
        assert 0.4 < monotonic() - begun < 3


def test_caller_that_does_not_read(taps: Taps, journal: Journal) -> None:
    """An answer that is not taken in is given up, and does not pile up here."""
    here = httpx.URL(taps.before(taps.serve(Response(b"x" * 20 * MIB)), limits=Limits(silent_s=0.5)))
    with socket.create_connection((here.host, here.port or 0), timeout=10) as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        seen = only(journal)
    assert (seen.failure or "").startswith("Den som kalte")


def test_too_large_refused(taps: Taps, journal: Journal) -> None:
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])
        await Response(b"ok")(scope, receive, send)

    here = taps.before(taps.serve(app), limits=Limits(body_bytes=MIB))
    answer = httpx.post(f"{here}/x", content=b"y" * (5 * MIB))
    assert (answer.status_code, reached) == (413, [])
    assert str(5 * MIB) in answer.text
    assert httpx.post(f"{here}/x", content=b"y" * MIB).status_code == 200
    large, exact = journal.exchanges()
    assert (large.request.size, large.status) == (5 * MIB, None)
    assert "høyst" in (large.failure or "")
    assert (exact.request.size, exact.status) == (MIB, 200)


# --- who may be told of -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["body", "chunked", "far in", "query", "header"])
def test_real_format_number_stopped(taps: Taps, journal: Journal, where: str) -> None:
    """Before the first byte has gone to ePROM; and the journal has not got the number either."""
    reached = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])
        await Response(b"ok")(scope, receive, send)

    number = real_format()
    here = taps.before(taps.serve(app), guard=NationalIdGuard())
    body = json.dumps({"fill": " " * (2 * MIB if where == "far in" else 10), "nationalId": number}).encode()
    content = iter([body[:20], body[20:]]) if where == "chunked" else body
    if where in ("query", "header"):
        content = b""
    answer = httpx.post(
        f"{here}/x{f'?id={number}' if where == 'query' else ''}",
        content=content,
        headers={"X-Id": number} if where == "header" else {},
    )
    assert (answer.status_code, reached) == (403, [])
    assert number not in answer.text
    [tap] = taps.made
    assert tap.refused is not None
    assert (only(journal).failure or "").startswith("Stanset før sending")
    assert number.encode() not in journal.path.read_bytes()


def test_allowed_numbers_pass(taps: Taps) -> None:
    number = real_format()
    here = taps.before(taps.serve(Response(b"ok")), guard=NationalIdGuard(frozenset({number})))
    for each in (number, SYNTHETIC):
        assert httpx.post(f"{here}/x", json={"nationalId": each}).status_code == 200
    assert taps.made[0].refused is None


def test_what_cannot_be_looked_through_stopped(taps: Taps, journal: Journal) -> None:
    class Crashing:
        def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
            raise RecursionError

    here = taps.before(closed_port(), guard=Crashing())
    assert httpx.post(f"{here}/x", content=b"{}").status_code == 403
    assert "kunne ikke sees gjennom" in (only(journal).failure or "")


@pytest.mark.parametrize("url", ["https://pasientrapportering.nhn.no/webapi", "https://PASIENTRAPPORTERING.nhn.no:443"])
def test_production_refused(url: str) -> None:
    with pytest.raises(UnsafeTarget):
        Target(url)


# --- how much ---------------------------------------------------------------------------------------------------------


def test_hundred_at_once(taps: Taps, journal: Journal) -> None:
    """Each gets its own answer, and all are noted."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        await asyncio.sleep(0.2)
        await Response(hashlib.sha256(body).hexdigest().encode())(scope, receive, send)

    here = taps.before(taps.serve(app))
    bodies = [b"%d" % each + b"x" * 2000 for each in range(100)]
    with httpx.Client(limits=httpx.Limits(max_connections=100), timeout=30) as caller, ThreadPoolExecutor(100) as many:
        begun = monotonic()
        answers = list(many.map(lambda body: caller.post(f"{here}/x", content=body).text, bodies))
    assert answers == [hashlib.sha256(each).hexdigest() for each in bodies]
    assert monotonic() - begun < 15
    assert {each.request.body for each in journal.exchanges()} == set(bodies)
    assert all(each.status == 200 for each in journal.exchanges())
    assert verify_chain(journal.path).problem is None


LIVES = """
import sys
from pathlib import Path
from eprom_verify.clock import system_clock
from eprom_verify.contract import Contract
from eprom_verify.journal.forwarding import Target
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.tap import Tap
from eprom_verify.masking import Mask
from eprom_verify.persons import NationalIdGuard
from eprom_verify.serving import Host
from eprom_verify.tls import Tls
from tests.certificates import issue
journal = Journal(Path(sys.argv[1]), mask=Mask(), clock=system_clock)
with Host() as host:
    tap = Tap(Recorder(journal, Contract()), Target(sys.argv[2]), sender="bestillersystem", guard=NationalIdGuard())
    print(host.serve(tap, own_headers=False), flush=True)
    sys.stdin.read()
journal.close()
"""


def peak_mib(process: subprocess.Popen[str]) -> float:
    """The most memory that a process has had since `forget_peak`."""
    [line] = [each for each in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in each]
    return int(line.split()[1]) / 1024


def forget_peak(process: subprocess.Popen[str]) -> None:
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the memory of a process is asked of Linux")
def test_memory_bounded(taps: Taps, tmp_path: Path) -> None:
    """A PDF of 30 MB, and several at once, are not in memory many times over, in either direction."""
    pdf = b"%PDF-1.7 /ByteRange " + random.Random(5).randbytes(30_000_000)
    letter = json.dumps({"documentCollection": {"mainDocument": {"content": base64.b64encode(pdf).decode()}}}).encode()
    digests: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        digest, more = hashlib.sha256(), True
        while more:
            message = await receive()
            digest.update(message.get("body", b""))
            more = message["more_body"]
        digests.append(digest.hexdigest())
        body = pdf if scope["method"] == "GET" else b"{}"
        await Response(body, media_type="application/pdf" if body is pdf else "application/json")(scope, receive, send)

    there = f"{taps.serve(app)}/promswebapi"
    command = [sys.executable, "-c", LIVES, str(tmp_path / "own.sqlite"), there]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as lives, httpx.Client(timeout=60) as caller:
        assert lives.stdout is not None
        here = f"http://127.0.0.1:{lives.stdout.readline().strip()}/promswebapi"

        def fetch(_: int) -> str:
            with caller.stream("GET", f"{here}/api/ExternalDocument/{'0' * 8}") as answer:
                digest = hashlib.sha256()
                for part in answer.iter_raw():
                    digest.update(part)
            return digest.hexdigest()

        def deliver(_: int) -> str:
            assert caller.post(f"{here}/api/v2/MessageToCitizen", content=letter).status_code == 200
            return hashlib.sha256(letter).hexdigest()

        caller.post(f"{here}/api/v2/formorder", content=ORDER)
        digests.clear()
        used = {}
        rounds = [("send", deliver, 1), ("send 4", deliver, 4), ("fetch", fetch, 1), ("fetch 4", fetch, 4)]
        for name, act, count in rounds:
            forget_peak(lives)
            before = peak_mib(lives)
            with ThreadPoolExecutor(count) as many:
                got = set(many.map(act, range(count)))
            wanted = pdf if act is fetch else letter
            assert got == {hashlib.sha256(wanted).hexdigest()}
            used[name] = peak_mib(lives) - before
        assert lives.stdin is not None
        lives.stdin.close()
    assert digests.count(hashlib.sha256(letter).hexdigest()) == 5
    seen = read_exchanges(tmp_path / "own.sqlite")
    documents = [each.response.sha256 for each in seen if each.operation == "E" and each.response]
    assert documents == [hashlib.sha256(pdf).hexdigest()] * 5
    letters = [main_document(each.request.member("documentCollection")) for each in seen if each.operation == "B"]
    assert letters == [Document.of(pdf)] * 5
    # Of a letter not even one copy (38 MiB) is to be in memory; of a document that is judged one (29 MiB), and not two.
    assert used["send"] < 20
    assert used["send 4"] < 20
    assert used["fetch"] < 55
    assert used["fetch 4"] < 60
