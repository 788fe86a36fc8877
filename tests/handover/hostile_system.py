"""A bestillersystem that lets whatever it is told to slip out wherever another system can put something."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit

HOOK = "/hook"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One more call to ePROM than anybody asked for: sent byte for byte as it stands here."""

    method: str = "POST"
    path: str = "/promswebapi/api/v2/elsewhere"
    headers: Sequence[tuple[str, bytes]] = ()
    body: bytes = b""
    chunk: int = 0
    break_off: bool = False


@dataclass
class HostileSystem:
    """How the system behaves; `address` is where it listens.

    `order` is what it sends besides what it was asked to, `strays` are calls that it makes once. `answer` and `told`
    give the status and the body of its next answer to ePROM and to its hook, by how many there have been.
    """

    eprom: str
    key: str
    order: dict[str, Any] = field(default_factory=dict)
    headers: Sequence[tuple[str, bytes]] = ()
    strays: Sequence[Call] = ()
    answer: Callable[[int], tuple[int, bytes]] = lambda count: (200, b'{"success": true}')
    told: Callable[[int], tuple[int, bytes]] = lambda count: (404, b"")
    address: str = ""
    answers_headers: Sequence[tuple[str, bytes]] = ()
    made: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within this it can be called."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)) as server:
            self.address = f"http://127.0.0.1:{server.server_port}"
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield
            finally:
                server.shutdown()

    def make_order(self, asked: dict[str, Any]) -> None:
        """Order as asked, with more than was asked, and stray."""
        names = ("formId", "nationalId", "expiryDate", "distributionRule", "metadata")
        body = {name: asked[name] for name in names if asked.get(name) is not None}
        if isinstance(body.get("metadata"), dict):
            body["metadata"] = json.dumps(body["metadata"])
        headers = [("Authorization", f"Basic {self.key}".encode()), ("Content-Type", b"application/json")]
        content = json.dumps(body | self.order).encode()
        path = f"{urlsplit(self.eprom).path}/api/v2/formorder"
        _, answered = self.send(Call(path=path, headers=[*headers, *self.headers], body=content))
        with suppress(ValueError):
            self.made.append(json.loads(answered))
        strays, self.strays = self.strays, ()
        self.statuses += [self.send(each)[0] for each in strays]

    def send(self, call: Call) -> tuple[int, bytes]:
        """Send one call over a socket of its own; the status 0 when there was no answer."""
        parts = urlsplit(self.eprom)
        with socket.create_connection((str(parts.hostname), int(parts.port or 80)), timeout=20) as connection:
            length = b"Transfer-Encoding: chunked" if call.chunk else f"Content-Length: {len(call.body)}".encode()
            head = [f"{call.method} {call.path} HTTP/1.1".encode(), b"Host: eprom", length, b"Connection: close"]
            head += [name.encode("latin-1") + b": " + value for name, value in call.headers]
            connection.sendall(b"\r\n".join(head) + b"\r\n\r\n")
            if call.break_off:
                connection.sendall(call.body[: len(call.body) // 2])
                return 0, b""
            for part in _chunks(call) if call.chunk else [call.body]:
                connection.sendall(part)
            response = http.client.HTTPResponse(connection)
            try:
                response.begin()
                return response.status, response.read()
            except (http.client.HTTPException, OSError):
                return 0, b""


def _chunks(call: Call) -> Iterator[bytes]:
    for start in range(0, len(call.body), call.chunk):
        part = call.body[start : start + call.chunk]
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def path_of(text: str) -> str:
    """A text as a part of an address, escaped no more than it must be."""
    return quote(text, errors="surrogatepass", safe="!$&'()*+,;=:@-._~/%?")


def _handler(system: HostileSystem) -> type[BaseHTTPRequestHandler]:
    counts = {"answer": 0, "told": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            if self.path == f"{HOOK}/order-form":
                system.make_order(json.loads(body))
                self._answer(*self._next("told", system.told, (200, b"{}")))
            else:
                self._answer(404, b"")

        def do_GET(self) -> None:
            if self.path.startswith(f"{HOOK}/capabilities"):
                self._answer(404, b"")
            else:
                self._answer(*self._next("told", system.told, (404, b"")))

        def do_PUT(self) -> None:
            self._body()
            self._answer(*self._next("answer", system.answer, (200, b'{"success": true}')), more=system.answers_headers)

        def _next(
            self, kind: str, given: Callable[[int], tuple[int, bytes]], otherwise: tuple[int, bytes]
        ) -> tuple[int, bytes]:
            counts[kind] += 1
            status, body = given(counts[kind] - 1)
            return (status, body) if status else otherwise

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _answer(self, status: int, body: bytes, *, more: Sequence[tuple[str, bytes]] = ()) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in more:
                self.send_header(name, value.decode("latin-1"))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
