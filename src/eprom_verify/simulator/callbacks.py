"""Delivers callbacks to a bestillersystem, again and again until it accepts them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from eprom_verify.clock import Clock
from eprom_verify.contract.findings import cut
from eprom_verify.masking import HIDDEN
from eprom_verify.simulator.orders import Bestillersystem, Delivery


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A callback to deliver: what to put where, below the ApiBaseUrl of a bestillersystem.

    Each attempt is added to `deliveries`, which is the caller's.
    """

    system: Bestillersystem
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    deliveries: list[Delivery]


@dataclass(frozen=True)
class Redelivery:
    """When a callback is tried again. Source: ReleaseNotev12.1 (that it is; the interval is not documented).

    `first_delay_s` is the wait before the second attempt; each later wait is `factor` times the one before.
    """

    attempts: int = 6
    first_delay_s: float = 0.1
    factor: float = 2.0
    timeout_s: float = 10.0

    def delay_s(self, attempt: int) -> float:
        """Seconds to wait after attempt number `attempt` (from 1)."""
        return self.first_delay_s * self.factor ** (attempt - 1)

    @property
    def total_delay_s(self) -> float:
        """Seconds from the first attempt to the last, when each is refused at once."""
        return sum(self.delay_s(attempt) for attempt in range(1, self.attempts))


class Deliverer:
    """Sends callbacks with PUT in the background; `close` ends those that still wait. Lives in one event loop."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock, redelivery: Redelivery) -> None:
        self._client = client
        self._clock = clock
        self._redelivery = redelivery
        self._tasks: set[asyncio.Task[None]] = set()

    def schedule(self, parcel: Parcel, *, delay_s: float, copies: int = 1) -> None:
        """Deliver after `delay_s` seconds, and redeliver until it is accepted."""
        task = asyncio.get_running_loop().create_task(self._after(delay_s, parcel, copies))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, parcel: Parcel, *, copies: int = 1) -> None:
        """Deliver now, and redeliver in the background when it is not accepted."""
        for _ in range(copies):
            if not await self._attempt(parcel):
                self._again(parcel, attempt=1)

    @property
    def pending(self) -> int:
        """How many deliveries are under way: waiting for their time, or for an answer."""
        return len(self._tasks)

    async def settled(self, *, timeout_s: float, but: int = 0) -> bool:
        """Wait until at most `but` deliveries are under way; False when there still are more after `timeout_s`."""
        deadline = monotonic() + timeout_s
        while len(self._tasks) > but:
            left = deadline - monotonic()
            if left <= 0:
                return False
            await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        return True

    async def close(self) -> None:
        """Give up what is still waiting and close the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _after(self, delay_s: float, parcel: Parcel, copies: int) -> None:
        await asyncio.sleep(delay_s)
        await self.deliver(parcel, copies=copies)

    def _again(self, parcel: Parcel, *, attempt: int) -> None:
        if attempt >= self._redelivery.attempts:
            return
        task = asyncio.get_running_loop().create_task(self._retry(parcel, attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retry(self, parcel: Parcel, attempt: int) -> None:
        await asyncio.sleep(self._redelivery.delay_s(attempt))
        if not await self._attempt(parcel):
            self._again(parcel, attempt=attempt + 1)

    async def _attempt(self, parcel: Parcel) -> bool:
        content = json.dumps(parcel.body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **parcel.headers}
        url = f"{parcel.system.api_base_url}{parcel.path}"
        try:
            response = await self._client.put(url, content=content, headers=headers, timeout=self._redelivery.timeout_s)
        except httpx.HTTPError as exc:
            parcel.deliveries.append(Delivery(self._clock(), False, None, type(exc).__name__))
            return False
        accepted = response.is_success and _success(response.content)
        # A bestillersystem may echo what it got, with the key in it.
        answer = cut(response.text.replace(parcel.system.api_key, HIDDEN), 200)
        parcel.deliveries.append(Delivery(self._clock(), accepted, response.status_code, answer))
        return accepted


def _success(answer: bytes) -> bool:
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    if not isinstance(parsed, dict):
        return False
    return any(name.casefold() == "success" and value is True for name, value in parsed.items())
