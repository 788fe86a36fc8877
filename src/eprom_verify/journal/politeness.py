"""Manners towards a real ePROM: not too many calls, and a call made twice only where that is harmless."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx

from eprom_verify.clock import Clock, system_clock
from eprom_verify.contract.operations import match
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.recording import EXCHANGE
from eprom_verify.network import Trouble, answered_by_another, trouble_of
from eprom_verify.network_kinds import Kind

FIRST_PAUSE_S = 0.5
MOST_WAIT_S = 60.0
"""What is asked for with Retry-After is waited for when it is not longer than this; else the call is given up."""

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Unreached(httpx.TransportError):
    """The call did not come to an answer of ePROM's own."""

    def __init__(self, trouble: Trouble, request: httpx.Request) -> None:
        super().__init__(trouble.text, request=request)
        self.trouble = trouble


class Turns(Protocol):
    """Who says when the next call may be made."""

    def take(self) -> None:
        """Wait for one's turn."""

    def hold(self, seconds: float) -> None:
        """Let nobody call for so long."""


class Limit:
    """A token bucket that holds one token: the calls of a run go evenly, whichever client makes them."""

    def __init__(
        self,
        per_second: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = 1 / per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def take(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            now = self._monotonic()
            at = max(now, self._next)
            self._next = at + self._interval_s
        if at > now:
            self._sleep(at - now)

    def hold(self, seconds: float) -> None:
        """Let nobody call for so long."""
        with self._lock:
            self._next = max(self._next, self._monotonic() + seconds)


@dataclass
class NetworkLog:
    """What the network has spoiled in a run.

    `troubles` are those for which a call was given up. `aside` gets the ids of the exchanges that nothing is judged by,
    which the journal is told of too. `elsewhere` tells of the troubles of another process, in which calls are made for
    the scenarios of this one.
    """

    journal: Journal
    aside: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)
    elsewhere: Callable[[], list[Trouble]] = list

    def count(self) -> tuple[int, int]:
        """How many troubles there have been, here and elsewhere."""
        return len(self.troubles), len(self.elsewhere())

    def since(self, count: tuple[int, int]) -> list[Trouble]:
        """Those that there have been since they were counted."""
        here, elsewhere = count
        return self.troubles[here:] + self.elsewhere()[elsewhere:]

    def set_aside(self, exchange: str, why: str) -> None:
        """Judge nothing by this exchange, now or when the run is taken up again."""
        self.aside.add(exchange)
        self.journal.set_aside(exchange, why)


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How the clients of a run call an environment, all together. `attempts` is how often a call is made at most."""

    limit: Turns
    attempts: int
    log: NetworkLog
    base_path: str
    proxy: str = ""
    sleep: Callable[[float], None] = time.sleep
    clock: Clock = system_clock

    def round(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        """The transport with these manners; what it stands round notes each attempt."""
        return _PoliteTransport(inner, self)

    def watching(self, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """The transport of calls that are not ours: they are sent as they come, once and at once, and only what the
        network does to them is remembered."""
        return _WatchedTransport(inner, self)


class _PoliteTransport(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport, manners: Manners) -> None:
        self._inner = inner
        self._manners = manners

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, more than once where that is harmless and may help.

        Raises:
            Unreached: it came to no answer of ePROM's own.
        """
        request.read()
        attempt = 0
        while True:
            attempt += 1
            self._manners.limit.take()
            found = self._attempt(request)
            if found.trouble is None and found.after_s is None:
                return found.the_response
            pause_s = self._pause_s(request, found, attempt)
            if pause_s is None:
                return self._given_up(request, found)
            self._set_aside(request, found.why)
            self._manners.sleep(pause_s)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _attempt(self, request: httpx.Request) -> _Attempt:
        try:
            response = self._inner.handle_request(request)
            response.read()
        except httpx.TransportError as exc:
            return _Attempt(trouble_of(exc, str(request.url), proxy=self._manners.proxy), cause=exc)
        after_s = None
        if response.status_code in (429, 503):
            after_s = _retry_after_s(response, self._manners.clock())
            self._manners.limit.hold(min(after_s or 0.0, MOST_WAIT_S))
        return _Attempt(_trouble_in(response, str(request.url), response.content), response=response, after_s=after_s)

    def _pause_s(self, request: httpx.Request, found: _Attempt, attempt: int) -> float | None:
        """How long to wait before the next attempt; None when there is to be none."""
        trouble = found.trouble
        passing = trouble is None or trouble.passing
        unsent = trouble is not None and trouble.kind is Kind.REFUSED and trouble.unsent
        if attempt >= self._manners.attempts or not passing or not (self._reads(request) or unsent):
            return None
        if found.after_s is not None:
            # The limit waits for that time, and every other call with it.
            return 0.0 if found.after_s <= MOST_WAIT_S else None
        return float(FIRST_PAUSE_S * 2 ** (attempt - 1))

    def _given_up(self, request: httpx.Request, found: _Attempt) -> httpx.Response:
        if found.trouble is None:
            return found.the_response
        self._set_aside(request, found.why)
        self._manners.log.troubles.append(found.trouble)
        raise Unreached(found.trouble, request) from found.cause

    def _set_aside(self, request: httpx.Request, why: str) -> None:
        if (exchange := request.extensions.get(EXCHANGE)) is not None:
            self._manners.log.set_aside(exchange, why)

    def _reads(self, request: httpx.Request) -> bool:
        """Whether the call changes nothing, whatever became of it."""
        operation = match(request.method, request.url.path, self._manners.base_path)
        return operation.reads if operation is not None else request.method in _SAFE_METHODS


class _WatchedTransport(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, manners: Manners) -> None:
        self._inner = inner
        self._manners = manners

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request as it is. What went wrong is known before anybody can see that the call has ended."""
        url, log = str(request.url), self._manners.log
        try:
            response = await self._inner.handle_async_request(request)
        except httpx.TransportError as exc:
            log.troubles.append(trouble_of(exc, url, proxy=self._manners.proxy))
            raise
        trouble = _trouble_in(response, url, b"")
        if trouble is not None:
            log.troubles.append(trouble)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@dataclass(frozen=True)
class _Attempt:
    """What came of one attempt; `after_s` is how many seconds we were asked to wait."""

    trouble: Trouble | None = None
    response: httpx.Response | None = None
    after_s: float | None = None
    cause: Exception | None = None

    @property
    def the_response(self) -> httpx.Response:
        assert self.response is not None
        return self.response

    @property
    def why(self) -> str:
        return self.trouble.text if self.trouble else f"ePROM ba om å vente {self.after_s:g} s."


def _trouble_in(response: httpx.Response, url: str, body: bytes) -> Trouble | None:
    headers = response.headers
    return answered_by_another(
        response.status_code,
        url,
        content_type=headers.get("content-type", ""),
        location=headers.get("location", ""),
        body=body,
    )


def _retry_after_s(response: httpx.Response, now: datetime) -> float | None:
    told = response.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told[:9])
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
