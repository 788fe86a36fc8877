"""The simulator: an HTTP service that behaves as ePROM."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from eprom_verify.clock import Clock, system_clock
from eprom_verify.contract import EDITIONS, Contract, bundle_openapi, operation
from eprom_verify.contract.enumerations import DistributionRule, FormOrderStatus, NotificationChannel
from eprom_verify.persons import Population
from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.callbacks import Deliverer, Redelivery
from eprom_verify.simulator.control import control_routes
from eprom_verify.simulator.forms import CATALOGUE, Form
from eprom_verify.simulator.ordering import (
    Desk,
    Refused,
    no_order_response,
    order_response,
    read_order,
    status_callback,
)
from eprom_verify.simulator.orders import Bestillersystem, Order
from eprom_verify.simulator.page import overview_page
from eprom_verify.simulator.returns import Answer, completed, expired

BASE_PATH = "/promswebapi"
BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of an order that are accepted. The documentation names no limit for orders; a letter may be 30 MB."""

SIMULATOR_FAILED = "X-Eprom-Verify-Simulator-Failed"
"""The header of an answer that the simulator could not give as ePROM would, because of a fault of its own."""

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the simulator is told at its start.

    `callback_delay_s` is the time from the answer to an order until its status is delivered.
    """

    edition: str = "2026-05"
    callback_delay_s: float = 0.005
    redelivery: Redelivery = field(default_factory=Redelivery)
    forms: Mapping[str, Form] = field(default_factory=lambda: CATALOGUE)
    behaviour: Behaviour = DOCUMENTED
    control: bool = False


class Simulator:
    """ePROM's ordering, held in memory. `app` is the ASGI application; `register` makes a bestillersystem known."""

    def __init__(
        self,
        population: Population,
        settings: Settings,
        *,
        callback_transport: httpx.AsyncBaseTransport,
        clock: Clock = system_clock,
    ) -> None:
        self.population = population
        self.settings = settings
        self.clock = clock
        self.orders: dict[str, Order] = {}
        self.systems: dict[str, Bestillersystem] = {}
        self.login_base = ""
        self._stimuli: dict[str, Behaviour] = {}
        self._deliverer = Deliverer(httpx.AsyncClient(transport=callback_transport), clock, settings.redelivery)
        self.app: ASGIApp = _AnyCase(self._routes())

    def register(self, system: Bestillersystem) -> None:
        """Let this bestillersystem order, with its own key."""
        self.systems[system.api_key] = system

    def stimulate(self, national_id: str, **changes: Any) -> None:
        """Change the behaviour for orders to one person: what ePROM may do, but seldom does."""
        self._stimuli[national_id] = replace(self._behaviour_for(national_id), **changes)

    def calm(self, national_id: str) -> None:
        """Undo `stimulate`."""
        self._stimuli.pop(national_id, None)

    async def close(self) -> None:
        """Give up the callbacks that are still waiting."""
        await self._deliverer.close()

    def _behaviour_for(self, national_id: object) -> Behaviour:
        return self._stimuli.get(str(national_id), self.settings.behaviour)

    def _routes(self) -> Starlette:
        routes = [
            Route(f"{BASE_PATH}/api/v2/formorder", self._order, methods=["POST"]),
            Route(f"{BASE_PATH}/openapi.json", self._openapi),
            Route(f"{BASE_PATH}/", self._page),
            Route("/", self._page),
        ]
        if self.settings.control:
            routes += control_routes(self)
        return Starlette(routes=routes, exception_handlers={HTTPException: _plain_error, Exception: _plain_error})

    async def _order(self, request: Request) -> Response:
        system = self._caller(request)
        if system is None:
            # Documented for the privacy settings only; what an order gets is not documented.
            return _message(401, "The API key is missing or unknown")
        try:
            asked = read_order(_object(await request.body(), request.headers.get("content-type", "")))
        except Refused as refused:
            return _message(refused.status, refused.text)
        behaviour = self._behaviour_for(asked["nationalId"])
        desk = Desk(
            forms=self.settings.forms,
            population=self.population,
            login_base=self.login_base or _origin(request),
        )
        try:
            made = desk.take(asked, system, behaviour, now=self.clock())
        except Refused as refused:
            return _message(*behaviour.error(refused.status, refused.text))
        if made is None:
            return JSONResponse(no_order_response(asked))
        order, channel = made
        self.orders[order.id] = order
        answer = JSONResponse(behaviour.order_response(order_response(order), order))
        if behaviour.callback_first:
            self._decide(order, channel)
            await self._deliverer.deliver(order, self._status_of(order, behaviour), copies=behaviour.copies)
            return answer
        # After the answer has been sent: the background task starts only then.
        answer.background = BackgroundTask(self._announce, order, channel, behaviour)
        return answer

    async def _announce(self, order: Order, channel: NotificationChannel, behaviour: Behaviour) -> None:
        self._decide(order, channel)
        if order.system.api_base_url is None or behaviour.forgets(order):
            return
        body = self._status_of(order, behaviour)
        usual = self.settings.callback_delay_s
        delay_s = usual if behaviour.status_delay_s is None else behaviour.status_delay_s
        self._deliverer.schedule(order, body, delay_s=delay_s, copies=behaviour.copies)
        if behaviour.contradicts(order) and order.channel is not NotificationChannel.NoChannel:
            other = {"formOrderStatus": "Error", "formOrderStatusErrorCode": "PatientUnreachable"}
            self._deliverer.schedule(order, body | other | {"notificationChannel": 0}, delay_s=delay_s + 0.01)
        if behaviour.stray and behaviour.edition is None:
            self._deliverer.schedule(order, body | {"formOrderId": str(uuid4())}, delay_s=0)

    def _decide(self, order: Order, channel: NotificationChannel) -> None:
        order.channel = channel
        nobody = channel is NotificationChannel.NoChannel and order.rule is not DistributionRule.NoDistribution
        order.status = FormOrderStatus.Error if nobody else FormOrderStatus.Ordered

    def _status_of(self, order: Order, behaviour: Behaviour) -> dict[str, Any]:
        edition = behaviour.edition or self.settings.edition
        if behaviour.edition_swapped:
            edition = next(each for each in EDITIONS if each != edition)
        body = status_callback(order, edition)
        return behaviour.status_callback(body | {"apiKey": behaviour.callback_key(order.system.api_key)}, order)

    async def answer(self, order_id: str, answer: Answer) -> None:
        """Let the citizen deliver the form of an order; it is returned at once, unless it was ordered in test mode."""
        order = self.orders[order_id]
        behaviour = self._behaviour_for(order.asked["nationalId"])
        order.status = FormOrderStatus.Completed
        if behaviour.forgets_return(order) or (order.asked["testMode"] and not behaviour.returns_test_mode):
            return
        body = completed(order, answer, now=self.clock(), edition=behaviour.edition or self.settings.edition)
        self._deliverer.schedule(order, behaviour.form_return(body, order), delay_s=0, copies=behaviour.copies)

    async def expire(self, order_id: str) -> None:
        """Let the time for answering an order run out."""
        order = self.orders[order_id]
        behaviour = self._behaviour_for(order.asked["nationalId"])
        order.status = FormOrderStatus.Expired
        if not behaviour.forgets_return(order):
            body = behaviour.form_return(expired(order, now=self.clock()), order)
            self._deliverer.schedule(order, body, delay_s=0, copies=behaviour.copies)

    async def report(self, order_id: str, status: FormOrderStatus) -> None:
        """Send one of the later statuses of an order: the letter came back, or the digital mailbox has it."""
        order = self.orders[order_id]
        behaviour = self._behaviour_for(order.asked["nationalId"])
        body = self._status_of(order, behaviour) | {"formOrderStatus": status.name}
        self._deliverer.schedule(order, body, delay_s=0, copies=behaviour.copies)

    def _caller(self, request: Request) -> Bestillersystem | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        known = self.systems.get(key.strip()) if scheme.casefold() == "basic" else None
        if known is None and self.settings.behaviour.accepts_any_key:
            return next(iter(self.systems.values()), None)
        return known

    async def _openapi(self, request: Request) -> Response:
        document = bundle_openapi(self.settings.edition)
        document["servers"] = [{"url": f"{_origin(request)}{BASE_PATH}"}]
        return JSONResponse(document)

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(overview_page(bundle_openapi(self.settings.edition), f"{BASE_PATH}/openapi.json"))


class _AnyCase:
    """Matches paths without regard to case and without a trailing slash, as ASP.NET does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"].lower()
            scope = {**scope, "path": path.rstrip("/") if path not in ("/", f"{BASE_PATH}/") else path}
        await self._app(scope, receive, send)


def _object(body: bytes, content_type: str) -> dict[str, Any]:
    """The JSON object in a body, or the members of a posted form (which happen to work since v13.0.2)."""
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


def _origin(request: Request) -> str:
    """Where the caller reaches the simulator."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as ASP.NET's BadRequest(text) writes it; the envelope itself is not documented."""
    return JSONResponse({"Message": text}, status_code=status, headers=headers)


async def _plain_error(request: Request, exc: Exception) -> Response:
    if isinstance(exc, HTTPException):
        return _message(exc.status_code, str(exc.detail), exc.headers)
    return _message(500, "The simulator could not handle this request", {SIMULATOR_FAILED: "true"})
