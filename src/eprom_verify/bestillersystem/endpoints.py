"""The endpoints that a bestillersystem hosts for ePROM, as one ASGI application."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of a callback that are accepted; the documentation names no limit."""


def callback_app(routes: Sequence[Route], on_trouble: Callable[[str], None]) -> ASGIApp:
    """The application of these routes, whose paths are in lower case; what no route takes is answered as a refusal.

    What cannot be kept is answered so that it is sent again; `on_trouble` is told why it cannot, in Norwegian.
    """

    async def keep_nothing(request: Request, exc: Exception) -> Response:
        on_trouble(f"Det innebygde bestillersystemet kan ikke skrive eller lese filen sin ({exc}).")
        return answer(503, success=False)

    handlers = {HTTPException: _refuse, sqlite3.Error: keep_nothing, OSError: keep_nothing}
    return _AnyCase(Starlette(routes=routes, exception_handlers=handlers))


def answer(status: int, *, success: bool) -> Response:
    """The answer to a callback, as every one of them wants it."""
    return JSONResponse({"success": success}, status_code=status)


class _AnyCase:
    """Matches paths without regard to case: ePROM's own pages write them in several ways."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": scope["path"].lower().rstrip("/")}
        await self._app(scope, receive, send)


async def _refuse(request: Request, exc: Exception) -> Response:
    return answer(exc.status_code if isinstance(exc, HTTPException) else 500, success=False)
