"""A bestillersystem with a test hook, good or bad in one way, on a real socket; and what the preflight says of it."""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from eprom_verify.config import Config, parse_config
from eprom_verify.drivers.http import ACTS, ASKED
from eprom_verify.masking import Mask
from eprom_verify.preflight import check
from eprom_verify.preflight.calling import Caller
from eprom_verify.preflight.finding import Finding, Mark, Section
from eprom_verify.serving import Host

KEY = "noekkelen-til-systemet"
TOKEN = "tokenet-til-kroken"
LIMIT_S = 1.0


@dataclass
class System:
    """What it answers: `callback` to a status with the right key, `hook` to what is below the hook, by path."""

    callback: Any = field(default_factory=lambda: {"success": True})
    refusal: Any = 401
    path: str = "/api/PromsFormOrder"
    others: Any = 400
    delay_s: float = 0.0
    capabilities: Any = field(default_factory=lambda: {"capabilities": [*ACTS, *ASKED]})
    hook: dict[str, Any] = field(default_factory=dict)
    open_hook: bool = False
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{rest:path}", self.answer, methods=["GET", "POST", "PUT"])])

    async def answer(self, request: Request) -> Response:
        body = await request.json() if request.method != "GET" else None
        self.asked.append((request.method, request.url.path, body))
        await asyncio.sleep(self.delay_s)
        return made(self._found(request, body))

    def _found(self, request: Request, body: Any) -> Any:
        path = request.url.path
        if path == self.path:
            return self.callback if body.get("apiKey") == KEY else self.refusal
        if path in ("/api/MessageToCitizen", "/api/PersonvernInnstilling"):
            return self.others
        if not path.startswith("/krok/"):
            return 404
        if request.headers.get("authorization") != f"Bearer {TOKEN}" and not self.open_hook:
            return 401
        name = path.removeprefix("/krok/").partition("/")[0]
        return self.capabilities if name == "capabilities" else self.hook.get(name, 404)


@dataclass
class Ordering(System):
    """It orders when it is asked to, at `eprom`, with the right key in this scheme; a form that no one has, and little
    else."""

    eprom: str = ""
    scheme: str = "Basic"

    async def answer(self, request: Request) -> Response:
        if request.url.path == "/krok/order-form":
            headers = {"Authorization": f"{self.scheme} {KEY}"}
            order = {"nationalId": (await request.json())["nationalId"]}
            async with httpx.AsyncClient() as client:
                await client.post(f"{self.eprom}/api/v2/formorder", json=order, headers=headers)
            return made(200)
        return await super().answer(request)


def made(found: Any) -> Response:
    """An answer: a status alone, a text, a page, or JSON."""
    if isinstance(found, Response):
        return found
    if isinstance(found, int):
        return PlainTextResponse("", found)
    if isinstance(found, str):
        return HTMLResponse(found) if found.startswith("<") else PlainTextResponse(found)
    return JSONResponse(found)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as running:
        yield running


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def settings(base: str, port: int, **changes: Any) -> Config:
    """The configuration of a system at this address, and of a simulator on this port."""
    system = {"navn": "Prøvesystemet", "driver": "http", "api_base_url": base, "hook_url": f"{base}/krok"}
    system |= changes.pop("system", {})
    told = {"bestillersystem": system, "simulator": {"port": port}, **changes}
    return parse_config(told, "prøven")


@dataclass
class Found:
    """What the preflight found."""

    sections: list[Section]

    def of(self, title: str) -> list[Finding]:
        return [each for section in self.sections if section.title == title for each in section.findings]

    @property
    def faults(self) -> list[Finding]:
        return [each for section in self.sections for each in section.findings if each.mark is Mark.WRONG]

    @property
    def notes(self) -> list[Finding]:
        return [each for section in self.sections for each in section.findings if each.mark is Mark.NOTE]


Examine = Callable[..., Found]


@pytest.fixture
def examine(host: Host, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Let the preflight look at a system; no call takes longer than a second."""
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", KEY)
    monkeypatch.setenv("EPROM_VERIFY_HOOK_TOKEN", TOKEN)
    monkeypatch.setattr(check, "Caller", functools.partial(Caller, limit_s=LIMIT_S))

    def look(system: System | str, /, *, order: bool = False, **changes: Any) -> Found:
        base = system if isinstance(system, str) else f"http://127.0.0.1:{host.serve(system.app())}"
        config = settings(base, closed_port, **changes)
        return Found(list(check.examine(config, Mask(), order=order)))

    return look
