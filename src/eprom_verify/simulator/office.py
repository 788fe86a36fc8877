"""What every part of the simulator shares: the people, the registered bestillersystemer, the clock, the callbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
from starlette.requests import Request

from eprom_verify.clock import Clock
from eprom_verify.persons import Population
from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.callbacks import Deliverer
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import Settings


class Office:
    """Knows who may call and how to behave towards whom. `public_url` is where callers reach the simulator, "" until
    it is known from a call."""

    def __init__(
        self, population: Population, settings: Settings, clock: Clock, callback_transport: httpx.AsyncBaseTransport
    ) -> None:
        self.population = population
        self.settings = settings
        self.clock = clock
        self.systems: dict[str, Bestillersystem] = {}
        self.deliverer = Deliverer(httpx.AsyncClient(transport=callback_transport), clock, settings.redelivery)
        self._stimuli: dict[str, Behaviour] = {}

    def register(self, system: Bestillersystem) -> None:
        """Let this bestillersystem call, with its own key."""
        self.systems[system.api_key] = system

    def behaviour(self, national_id: object = None) -> Behaviour:
        """How to behave towards this person."""
        return self._stimuli.get(str(national_id), self.settings.behaviour)

    def stimulate(self, national_id: str, **changes: Any) -> None:
        """Change the behaviour towards one person: what ePROM may do, but seldom does."""
        self._stimuli[national_id] = replace(self.behaviour(national_id), **changes)

    def calm(self, national_id: str) -> None:
        """Undo `stimulate`."""
        self._stimuli.pop(national_id, None)

    def caller(self, request: Request) -> Bestillersystem | None:
        """The bestillersystem whose key stands in the header Authorization; None when it is nobody's."""
        known = self.holder(request)
        if known is None and self.settings.behaviour.accepts_any_key:
            return next(iter(self.systems.values()), None)
        return known

    def holder(self, request: Request) -> Bestillersystem | None:
        """The same, for calls where a strange key has a behaviour of its own."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return self.systems.get(key.strip()) if scheme.casefold() == "basic" else None

    async def close(self) -> None:
        """Give up the callbacks that are still waiting."""
        await self.deliverer.close()
