"""What every part of the simulator shares: the people, the registered bestillersystemer, the clock, the callbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from starlette.requests import Request

from eprom_verify.clock import Clock
from eprom_verify.persons import Population
from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.callbacks import Deliverer
from eprom_verify.simulator.distribution import Reach
from eprom_verify.simulator.forms import Form, FormStatus
from eprom_verify.simulator.orders import Bestillersystem, Order
from eprom_verify.simulator.outbox import Outbox
from eprom_verify.simulator.settings import Settings

_NORWAY = ZoneInfo("Europe/Oslo")


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
        self.forms = dict(settings.forms)
        self.outbox = Outbox()
        self._stimuli: dict[str, Behaviour] = {}

    def register(self, system: Bestillersystem) -> None:
        """Let this bestillersystem call, with its own key."""
        self.systems[system.api_key] = system

    def withdraw(self, form_id: str) -> None:
        """Withdraw a form: it cannot be ordered any more, but what is ordered can be answered."""
        self.forms[form_id] = replace(self.forms[form_id], status=FormStatus.TRUKKET_TILBAKE)

    def publish(self, form_id: str) -> None:
        """Publish a form, for the first time or again."""
        self.forms[form_id] = replace(self.forms[form_id], status=FormStatus.PUBLISERT)

    def form_of(self, order: Order) -> Form:
        """The form that was ordered; one without fields when there is no such form, which no order should be for."""
        form_id = str(UUID(order.asked["formId"]))
        return self.forms.get(form_id) or Form(form_id, "Skjema")

    def reach(self, behaviour: Behaviour) -> Reach:
        """Tells where people can be reached today."""
        today = self.clock().astimezone(_NORWAY).date()
        return Reach(today=today, limits=behaviour.limits, ignores=behaviour.ignores)

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
