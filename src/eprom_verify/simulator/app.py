"""The simulator: an HTTP service that behaves as ePROM."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from eprom_verify.clock import Clock, system_clock
from eprom_verify.contract import bundle_openapi
from eprom_verify.persons import Population
from eprom_verify.simulator.citizen import Citizens
from eprom_verify.simulator.citizen_control import citizen_control_routes
from eprom_verify.simulator.citizen_routes import FormFiller
from eprom_verify.simulator.control import control_routes
from eprom_verify.simulator.documents import SignedDocuments
from eprom_verify.simulator.form_orders import FormOrders
from eprom_verify.simulator.initiated import PatientInitiated
from eprom_verify.simulator.letters import Letters
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.orders import Bestillersystem, Order
from eprom_verify.simulator.outbox import Outbox
from eprom_verify.simulator.page import overview_page
from eprom_verify.simulator.privacy import PrivacySettings
from eprom_verify.simulator.settings import BASE_PATH, Settings
from eprom_verify.simulator.throttle import Throttle
from eprom_verify.simulator.unsecure_messages import UnsecureMessages
from eprom_verify.simulator.wire import AnyCase, origin, plain_error


class Simulator:
    """ePROM, held in memory. `app` is the ASGI application; each part of the service has a place of its own here."""

    def __init__(
        self,
        population: Population,
        settings: Settings,
        *,
        callback_transport: httpx.AsyncBaseTransport,
        clock: Clock = system_clock,
    ) -> None:
        self.office = Office(population, settings, clock, callback_transport)
        self.documents = SignedDocuments(self.office)
        self.unsecure = UnsecureMessages(self.office)
        self.forms = FormOrders(self.office, self.documents)
        self.letters = Letters(self.office)
        self.privacy = PrivacySettings(self.office)
        self.initiated = PatientInitiated(self.office, self.forms)
        self.citizens = Citizens(self.office, self.forms)
        self.form_filler = FormFiller(self.citizens, self.initiated, Throttle())
        self.app: ASGIApp = AnyCase(self._routes(), kept=("/", f"{BASE_PATH}/"))

    @property
    def population(self) -> Population:
        """Everybody in the person registry, and the one who is not."""
        return self.office.population

    @property
    def settings(self) -> Settings:
        """What it was told at its start."""
        return self.office.settings

    @property
    def orders(self) -> dict[str, Order]:
        """The orders of forms, by their id."""
        return self.forms.orders

    @property
    def outbox(self) -> Outbox:
        """What every citizen got."""
        return self.office.outbox

    def register(self, system: Bestillersystem) -> None:
        """Let this bestillersystem call, with its own key."""
        self.office.register(system)

    def stimulate(self, national_id: str, **changes: Any) -> None:
        """See `Office.stimulate`."""
        self.office.stimulate(national_id, **changes)

    def calm(self, national_id: str) -> None:
        """See `Office.calm`."""
        self.office.calm(national_id)

    async def close(self) -> None:
        """Give up the callbacks that are still waiting."""
        await self.office.close()

    def _routes(self) -> Starlette:
        routes = [
            *self.forms.routes,
            *self.documents.routes,
            *self.letters.routes,
            *self.form_filler.routes,
            *self.unsecure.routes,
            *self.privacy.routes,
            Route(f"{BASE_PATH}/openapi.json", self._openapi),
            Route(f"{BASE_PATH}/", self._page),
            Route("/", self._page),
        ]
        if self.settings.control:
            routes += control_routes(self) + citizen_control_routes(self.office, self.citizens)
        return Starlette(routes=routes, exception_handlers={HTTPException: plain_error, Exception: plain_error})

    async def _openapi(self, request: Request) -> Response:
        document = bundle_openapi(self.settings.edition)
        document["servers"] = [{"url": f"{origin(request)}{BASE_PATH}"}]
        return JSONResponse(document)

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(overview_page(bundle_openapi(self.settings.edition), f"{BASE_PATH}/openapi.json"))
