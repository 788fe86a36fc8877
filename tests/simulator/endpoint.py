"""A plain HTTP server of the tests' own, on the standard library alone: it notes what comes and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any


@dataclass(frozen=True)
class Call:
    """A request that came; `at` by the monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What a request gets; `hangs` answers only when the endpoint closes, `drops` hangs up."""

    status: int = 200
    body: bytes = b'{"success": true}'
    content_type: str = "application/json"
    hangs: bool = False
    drops: bool = False


class Endpoint:
    """Answers each request with the next of `answers`, and all later ones with the last."""

    def __init__(self, *answers: Answer, port: int = 0) -> None:
        self._answers = list(answers) or [Answer()]
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self.calls: list[Call] = []
        self._server = _server(self, port)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def wait(self, count: int, *, timeout_s: float = 20.0) -> bool:
        """Wait until that many requests have come; False when they did not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.calls) >= count, timeout_s)

    def bodies(self, count: int, *, timeout_s: float = 20.0) -> list[Any]:
        """The JSON of the first `count` requests."""
        assert self.wait(count, timeout_s=timeout_s), f"{len(self.calls)} of {count} requests came"
        return [call.json for call in self.calls[:count]]

    def take(self, call: Call) -> Answer:
        with self._changed:
            answer = self._answers[min(len(self.calls), len(self._answers) - 1)]
            self.calls.append(call)
            self._changed.notify_all()
        if answer.hangs:
            self._closing.wait(30)
        return answer

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextmanager
def endpoint(*answers: Answer, port: int = 0) -> Iterator[Endpoint]:
    opened = Endpoint(*answers, port=port)
    try:
        yield opened
    finally:
        opened.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that hang up are what some tests are about."""


def _server(owner: Endpoint, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = owner.take(Call(self.command, self.path, dict(self.headers), body, monotonic()))
            if answer.drops or answer.hangs:
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(answer.body)

        do_PUT = do_POST = do_GET = _handle  # noqa: N815 - the names that http.server wants

        def log_message(self, format: str, *args: object) -> None:
            pass

    return _Server(("127.0.0.1", port), Handler)
