"""ePROM's ordering: takes orders, tells what came of them, and returns the forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.contract import EDITIONS
from eprom_verify.contract.enumerations import DistributionRule, FormOrderStatus, NotificationChannel
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.simulator.behaviour import Behaviour, Body
from eprom_verify.simulator.callbacks import Parcel
from eprom_verify.simulator.copies import copies_of
from eprom_verify.simulator.documents import SignedDocuments
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.ordering import (
    NORWAY,
    Desk,
    no_order_response,
    order_response,
    read_order,
    status_callback,
)
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.outage import outage
from eprom_verify.simulator.outbox import notice, on_behalf_text
from eprom_verify.simulator.returns import Answer, MustBeSigned, completed, expired, initiated_values
from eprom_verify.simulator.settings import BASE_PATH
from eprom_verify.simulator.wire import Refused, message, origin, read_object

CALLBACK_PATH = "/api/PromsFormOrder"

_CONTRADICTED_AFTER_S = 2.0
"""Long after the scenario that ordered has its status, so that only one that looks back on the whole run can tell."""


class FormOrders:
    """The orders of forms, held in memory by their id."""

    def __init__(self, office: Office, documents: SignedDocuments) -> None:
        self._office = office
        self._documents = documents
        self.orders: dict[str, Order] = {}
        self.login_base = ""
        self._held: dict[str, list[Parcel]] = {}

    @property
    def routes(self) -> list[Route]:
        """The calls that a bestillersystem makes."""
        return [Route(f"{BASE_PATH}/api/v2/formorder", self._order, methods=["POST"])]

    async def _order(self, request: Request) -> Response:
        system = self._office.caller(request)
        if system is None:
            # Documented for the privacy settings only; what an order gets is not documented.
            return message(401, "The API key is missing or unknown")
        try:
            asked = read_order(read_object(await request.body(), request.headers.get("content-type", "")))
        except Refused as refused:
            return message(refused.status, refused.text)
        behaviour = self._office.behaviour(asked["nationalId"])
        failed = outage(behaviour.outage)
        if failed is not None:
            return failed
        desk = Desk(
            forms=self._office.forms,
            population=self._office.population,
            login_base=self.login_base or origin(request),
            edition=self._edition(behaviour),
        )
        try:
            made = desk.take(asked, system, behaviour, now=self._now(behaviour))
        except Refused as refused:
            return message(*behaviour.error(refused.status, refused.text))
        if made is None:
            return JSONResponse(no_order_response(asked))
        order, channel = made
        self.orders[order.id] = order
        answer = JSONResponse(behaviour.order_response(order_response(order), order))
        if behaviour.callback_first:
            self._decide(order, channel)
            body = behaviour.environment.early_status(self._status_of(order, behaviour))
            await self._office.deliverer.deliver(_parcel(order, body), copies=behaviour.copies)
            return answer
        # After the answer has been sent: the background task starts only then.
        answer.background = BackgroundTask(self._announce, order, channel, behaviour)
        return answer

    async def _announce(self, order: Order, channel: NotificationChannel, behaviour: Behaviour) -> None:
        self._decide(order, channel)
        if order.system.api_base_url is None or behaviour.forgets(order):
            return
        body = self._status_of(order, behaviour)
        usual = self._office.settings.callback_delay_s
        delay_s = usual if behaviour.status_delay_s is None else behaviour.status_delay_s
        self._send(order, body, delay_s=delay_s, copies=behaviour.copies)
        if behaviour.contradicts(order) and order.channel is not NotificationChannel.NoChannel:
            other = {"formOrderStatus": "Error", "formOrderStatusErrorCode": "PatientUnreachable"}
            self._office.deliverer.schedule(
                _parcel(order, body | other | {"notificationChannel": 0}), delay_s=delay_s + _CONTRADICTED_AFTER_S
            )
        if behaviour.stray and behaviour.edition is None:
            self._send(order, body | {"formOrderId": str(uuid4())}, delay_s=0)

    def _decide(self, order: Order, channel: NotificationChannel) -> None:
        order.channel = channel
        nobody = channel is NotificationChannel.NoChannel and order.rule is not DistributionRule.NoDistribution
        order.status = FormOrderStatus.Error if nobody else FormOrderStatus.Ordered
        self._post(order)
        order.distributed.set()

    def _post(self, order: Order) -> None:
        """Let the one who gets the form know of it, on the channel that was found."""
        person = self._office.population.by_national_id(order.receiver)
        if person is None:
            return
        behaviour = self._office.behaviour(order.asked["nationalId"])
        form = self._office.form_of(order)
        sms_first = "sms-first" in behaviour.citizen.adds
        point = self._office.reach(behaviour).contact_point(person, sms_first=sms_first)
        posting = notice(
            order,
            form,
            person,
            contact=point.value if point is not None else None,
            on_behalf_of=on_behalf_text(order, form),
            behaviour=behaviour.citizen,
            now=self._office.clock(),
        )
        if posting is not None:
            self._office.outbox.add(posting)

    def _status_of(self, order: Order, behaviour: Behaviour) -> dict[str, Any]:
        edition = self._edition(behaviour)
        if behaviour.edition_swapped:
            edition = next(each for each in EDITIONS if each != edition)
        body = status_callback(order, edition)
        return behaviour.status_callback(body | {"apiKey": behaviour.callback_key(order.system.api_key)}, order)

    async def answer(self, order_id: str, answer: Answer) -> None:
        """Let the citizen deliver the form of an order; it is returned at once, unless it was ordered in test mode.

        Raises:
            MustBeSigned: the order is one that must be signed, and the answer is not. One on paper is let through:
                what must be signed there is not documented.
        """
        order = self.orders[order_id]
        behaviour = self._office.behaviour(order.asked["nationalId"])
        unsigned = order.asked["mustBeSigned"] and not (answer.signed or answer.on_paper)
        if unsigned and not self._takes_unsigned(order, behaviour):
            raise MustBeSigned
        now, signed_form_id = self._now(behaviour), ZERO_GUID
        if answer.signed:
            signer, _ = answer.filled_out_by or (order.asked["nationalId"], "")
            signed_form_id = (await self._documents.sign(order, answer.data, signer=signer)).id
        order.status = FormOrderStatus.Completed
        order.copies += copies_of(order, answer, behaviour, today=now.astimezone(NORWAY).date())
        if order.asked["testMode"] and not behaviour.returns_test_mode:
            return
        body = completed(order, answer, now=now, edition=self._edition(behaviour), signed_form_id=signed_form_id)
        self._return(order, body, behaviour, behaviour.initiated.returned)

    async def expire(self, order_id: str) -> None:
        """Let the time for answering an order run out."""
        order = self.orders[order_id]
        behaviour = self._office.behaviour(order.asked["nationalId"])
        order.status = FormOrderStatus.Expired
        self._return(order, expired(order, now=self._now(behaviour)), behaviour, behaviour.initiated.expired)

    def _takes_unsigned(self, order: Order, behaviour: Behaviour) -> bool:
        if order.patient_initiated:
            return "unsigned" in behaviour.initiated.lenient
        return behaviour.signing.delivers_unsigned(order)

    def _return(self, order: Order, body: Body, behaviour: Behaviour, changed: Callable[[Body], Body]) -> None:
        """Send a form back, unless it is to be forgotten; `changed` is what comes of one that the patient ordered."""
        forgotten = behaviour.initiated.forgets if order.patient_initiated else behaviour.forgets_return(order)
        if forgotten or order.system.api_base_url is None:
            return
        copies = behaviour.copies
        if order.patient_initiated:
            body, copies = changed(body), max(copies, behaviour.initiated.copies)
        elif behaviour.initiated.marks_ordinary:
            body = body | {"isPatientInitiated": True, "patientInitiatedValues": initiated_values(order)}
        self._send(order, behaviour.form_return(body, order), delay_s=0, copies=copies)

    async def report(self, order_id: str, status: FormOrderStatus) -> None:
        """Send one of the later statuses of an order: the letter came back, or the digital mailbox has it."""
        order = self.orders[order_id]
        behaviour = self._office.behaviour(order.asked["nationalId"])
        body = self._status_of(order, behaviour) | {"formOrderStatus": status.name}
        self._send(order, body, delay_s=0, copies=behaviour.copies)

    def _now(self, behaviour: Behaviour) -> datetime:
        return behaviour.environment.now or self._office.clock()

    def _edition(self, behaviour: Behaviour) -> str:
        return behaviour.edition or self._office.settings.edition

    def _send(self, order: Order, body: Mapping[str, Any], *, delay_s: float, copies: int = 1) -> None:
        parcel, together = _parcel(order, body), self._office.behaviour(order.asked["nationalId"]).together
        if together == 1:
            self._office.deliverer.schedule(parcel, delay_s=delay_s, copies=copies)
            return
        held = self._held.setdefault(order.id, [])
        held += [parcel] * copies
        if len(held) >= together:
            for each in self._held.pop(order.id):
                self._office.deliverer.schedule(each, delay_s=0)


def _parcel(order: Order, body: Mapping[str, Any]) -> Parcel:
    return Parcel(system=order.system, path=CALLBACK_PATH, body=body, deliveries=order.deliveries)
