"""Requests and answers as ASP.NET reads and writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from eprom_verify.contract import Contract, operation

SIMULATOR_FAILED = "X-Eprom-Verify-Simulator-Failed"
"""The header of an answer that the simulator could not give as ePROM would, because of a fault of its own."""

_FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """The call is answered with an error; `text` is what the documentation says, or a text of our own."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class AnyCase:
    """Matches paths without regard to case and without a trailing slash, as ASP.NET does; `kept` stand as they are."""

    def __init__(self, app: ASGIApp, *, kept: tuple[str, ...] = ()) -> None:
        self._app = app
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].lower()
            scope = {**scope, "path": path if path in self._kept else path.rstrip("/")}
        await self._app(scope, receive, send)


def read_object(body: bytes, content_type: str = "") -> dict[str, Any]:
    """The JSON object in a body, or the members of a posted form (which happen to work for orders since v13.0.2).

    Raises:
        Refused: the body holds neither.
    """
    if content_type.partition(";")[0].strip().casefold() == _FORM:
        # A form has no null: jQuery writes it as an empty value, and ASP.NET reads it so.
        members = _form_contract().parse(operation("A"), body, content_type=_FORM)
        return {name: value for name, value in members.items() if value != ""}
    try:
        parsed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise Refused("The body is not valid JSON") from exc
    if not isinstance(parsed, dict):
        raise Refused("The body is not a JSON object")
    return parsed


@cache
def _form_contract() -> Contract:
    """Knows the members of an order, which are the same in all editions."""
    return Contract()


def origin(request: Request) -> str:
    """Where the caller reaches the simulator."""
    return f"{request.url.scheme}://{request.url.netloc}"


def message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as ASP.NET's BadRequest(text) writes it; the envelope itself is not documented."""
    return JSONResponse({"Message": text}, status_code=status, headers=headers)


async def plain_error(request: Request, exc: Exception) -> Response:
    """What a request gets that no route takes, or that the simulator stumbled over."""
    if isinstance(exc, HTTPException):
        return message(exc.status_code, str(exc.detail), exc.headers)
    return message(500, "The simulator could not handle this request", {SIMULATOR_FAILED: "true"})
