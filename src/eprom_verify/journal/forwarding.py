"""How a message is handed on by a tap: where to, with which headers, and what the tap says when it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import h11
import httpx
from starlette.types import Message, Scope

from eprom_verify.journal.spool import Spool
from eprom_verify.persons import refuse_production
from eprom_verify.serving import AS_IT_CAME

RawHeaders = Sequence[tuple[bytes, bytes]]

SIGN = (b"X-Eprom-Verify", b"kran")
"""The header by which an answer of a tap's own is known."""

_ONE_CONNECTION = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade")
)
"""What concerns one connection alone (RFC 9110, 7.6.1), and so is not handed on."""


@dataclass(frozen=True)
class Came:
    """The head of a request as it came: names as they were written, in their order."""

    method: str
    target: bytes
    headers: RawHeaders

    @classmethod
    def of(cls, scope: Scope) -> Came:
        """The head of the request of an ASGI scope."""
        read = scope.get("extensions", {}).get(AS_IT_CAME)
        if isinstance(read, h11.Request):
            return cls(scope["method"], read.target, read.headers.raw_items())
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        return cls(scope["method"], target, scope["headers"])

    def value(self, name: bytes) -> bytes:
        """The first header of that name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), b"")


@dataclass(frozen=True)
class Target:
    """The one address that a tap hands messages on to. `known_as` is the path below which the tap is reached itself,
    which is left out there; the path of `base_url` is not put before itself."""

    base_url: str
    known_as: str = ""

    def __post_init__(self) -> None:
        refuse_production(self.base_url)

    @property
    def origin(self) -> str:
        """The scheme, host and port."""
        return f"{urlsplit(self.base_url).scheme}://{self.host.decode('ascii')}"

    @property
    def host(self) -> bytes:
        """What the header Host says."""
        return httpx.URL(self.base_url).netloc

    def leads(self, came: bytes) -> tuple[bytes, str]:
        """Where a request target leads, and the path below the base there, decoded."""
        base, known_as = (path.rstrip("/").encode() for path in (urlsplit(self.base_url).path, self.known_as))
        path, mark, query = came.partition(b"?")
        if base and _below(path, base):
            return came, unquote(path[len(base) :].decode("latin-1"))
        if known_as and _below(path, known_as):
            path = path[len(known_as) :] or b"/"
        return base + path + mark + query, unquote(path.decode("latin-1"))


def _below(path: bytes, base: bytes) -> bool:
    return path.lower() == base.lower() or path.lower().startswith(base.lower() + b"/")


def request_headers(came: Came, host: bytes) -> list[tuple[bytes, bytes]]:
    """The headers that a request is handed on with: for another host, and for another connection."""
    chunked = came.value(b"transfer-encoding") != b""
    found: list[tuple[bytes, bytes]] = []
    for name, value in came.headers:
        match name.lower():
            case b"host":
                found.append((name, host))
            case b"transfer-encoding":
                found.append((name, b"chunked"))
            case b"content-length" if chunked:
                continue
            # The tap has the whole body already.
            case b"expect":
                continue
            case _ if _concerns_all((name, value), came.headers):
                found.append((name, value))
    return found if came.value(b"host") else [(b"Host", host), *found]


def response_headers(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """The headers that an answer is handed on with."""
    return [each for each in headers if _concerns_all(each, headers)]


def _concerns_all(header: tuple[bytes, bytes], headers: RawHeaders) -> bool:
    named = {
        each.strip().lower() for name, value in headers if name.lower() == b"connection" for each in value.split(b",")
    }
    return header[0].lower() not in _ONE_CONNECTION | named


def as_text(headers: RawHeaders) -> list[tuple[str, str]]:
    """Headers as text."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


class Spooled(httpx.AsyncByteStream):
    """A body that is read from where it was kept, a piece at a time."""

    def __init__(self, kept: Spool) -> None:
        self._kept = kept

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._kept.pieces():
            yield piece


def own_answer(status: int, text: str, *more: tuple[bytes, bytes]) -> tuple[Message, Message]:
    """An answer of the tap's own, which says so."""
    body = f"Dette er eprom-verify, som står mellom bestillersystemet og ePROM: {text}\n".encode()
    headers = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Content-Length", str(len(body)).encode()),
        SIGN,
        *more,
    ]
    return (
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    )
