"""A built-in bestillersystem over real HTTP: its receiver is served, and what it calls is an endpoint of the test's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.serving import Host
from tests.simulator.endpoint import Answer, Endpoint

KEY = "bestillersystemets-egen-nokkel"
ORDER_ID = "184738d0-3c39-e611-9c2a-34e6d72e03c7"


class Caller:
    """Calls a bestillersystem as ePROM does."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self.url = url
        self.http = http

    def put(self, body: Any, *, path: str = "/api/PromsFormOrder") -> httpx.Response:
        """Send a callback: bytes as they are, anything else as JSON."""
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.http.put(
            f"{self.url}{path}", headers={"Content-Type": "application/json; charset=utf-8"}, **content
        )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def eprom(stack: ExitStack) -> Callable[..., Endpoint]:
    """Starts an ePROM that answers as told."""

    def opened(*answers: Answer) -> Endpoint:
        started = Endpoint(*answers)
        stack.callback(started.close)
        return started

    return opened


@pytest.fixture
def system(stack: ExitStack, tmp_path: Path) -> Callable[..., BuiltInSystem]:
    """Makes a system with its store in a file; `url` is where its ePROM is."""

    def made(url: str = "http://127.0.0.1:9", *, timeout_s: float = 10.0, store: str = "store.sqlite") -> BuiltInSystem:
        http = httpx.Client(base_url=url, timeout=timeout_s)
        opened = BuiltInSystem(http, api_key=KEY, store_path=str(tmp_path / store))
        stack.callback(opened.close)
        return opened

    return made


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """One for many servers: to stop one takes longer than most tests."""
    with Host() as started:
        yield started


@pytest.fixture
def receive(stack: ExitStack, host: Host) -> Callable[[BuiltInSystem], Caller]:
    """Serves the receiver of a system, and gives somebody who can call it."""

    def served(opened: BuiltInSystem) -> Caller:
        client = stack.enter_context(httpx.Client(timeout=30, limits=httpx.Limits(max_connections=200)))
        return Caller(f"http://127.0.0.1:{host.serve(opened.app)}", client)

    return served


def status(**changes: Any) -> dict[str, Any]:
    """The documentation's example of a status, with the right key."""
    return {
        "apiKey": KEY,
        "formOrderId": ORDER_ID,
        "notificationChannel": 1,
        "timestamp": "2023-03-29T10:20:10.1804332",
        "timestampUtc": "2023-03-29T08:20:10.1804332Z",
        "formOrderStatus": "Ordered",
        "formOrderStatusErrorCode": "None",
    } | changes


@pytest.fixture(autouse=True)
def no_stack_trace(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A server that meets an exception of its own logs it: no test may leave one behind."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []
