"""The endpoints that a bestillersystem hosts for ePROM, as one ASGI application."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

BODY_LIMIT = 32 * 1024 * 1024
"""Bytes of a callback that are accepted; the documentation names no limit."""


def callback_app(routes: Sequence[Route]) -> ASGIApp:
    """The application of these routes, whose paths are in lower case; what no route takes is answered as a refusal."""
    return _AnyCase(Starlette(routes=routes, exception_handlers={HTTPException: _refuse}))


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
