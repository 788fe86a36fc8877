"""Shows what the simulator holds, as JSON, and lets a citizen choose. Off unless asked for, never on ePROM's paths."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.contract.privacy_codes import SettingStatus
from eprom_verify.simulator.citizen_routes import PUBLIC_PATH
from eprom_verify.simulator.documents import SignedDocument
from eprom_verify.simulator.forms import Form
from eprom_verify.simulator.letter import Letter
from eprom_verify.simulator.orders import Delivery, Order
from eprom_verify.simulator.unsecure_behaviour import SentMessage
from eprom_verify.simulator.wire import Refused, read_object

if TYPE_CHECKING:
    from eprom_verify.persons import Persona
    from eprom_verify.simulator.app import Simulator

CONTROL_PATH = "/_control"


def control_routes(simulator: Simulator) -> list[Route]:
    """The routes under /_control: everything that the simulator holds, without API keys."""

    async def overview(request: Request) -> Response:
        return JSONResponse({path.strip("/"): f"{CONTROL_PATH}{path}" for path in (*shown, "/privacy") if path})

    async def orders(request: Request) -> Response:
        return JSONResponse([_order(each) for each in simulator.orders.values()])

    async def documents(request: Request) -> Response:
        return JSONResponse([_document(each) for each in simulator.documents.documents.values()])

    async def letters(request: Request) -> Response:
        return JSONResponse([_letter(each) for each in simulator.letters.letters.values()])

    async def messages(request: Request) -> Response:
        return JSONResponse([_message(each) for each in simulator.unsecure.sent])

    async def persons(request: Request) -> Response:
        return JSONResponse([_person(each) for each in simulator.population])

    async def forms(request: Request) -> Response:
        return JSONResponse([_form(each) for each in simulator.office.forms.values()])

    async def systems(request: Request) -> Response:
        found = simulator.office.systems.values()
        return JSONResponse([{"name": s.name, "apiBaseUrl": s.api_base_url, "research": s.research} for s in found])

    async def privacy(request: Request) -> Response:
        """What citizens have chosen; a POST lets one of them choose, as on Helsenorge."""
        if request.method == "POST":
            await _choose(simulator, await request.body())
        return JSONResponse(_privacy(simulator))

    shown = {
        "": overview,
        "/orders": orders,
        "/documents": documents,
        "/letters": letters,
        "/messages": messages,
        "/persons": persons,
        "/forms": forms,
        "/systems": systems,
    }
    return [
        *(Route(f"{CONTROL_PATH}{path}", endpoint) for path, endpoint in shown.items()),
        Route(f"{CONTROL_PATH}/privacy", privacy, methods=["GET", "POST"]),
    ]


async def _choose(simulator: Simulator, content: bytes) -> None:
    """Let the citizen `nationalId` give the setting `pvkId` the status `status`.

    Raises:
        HTTPException: one of the three is missing or unknown.
    """
    try:
        asked = read_object(content)
        national_id, status = asked["nationalId"], SettingStatus.parse(asked["status"])
        if national_id not in {person.national_id for person in simulator.population}:
            raise KeyError(national_id)
        await simulator.privacy.change(national_id, str(asked["pvkId"]), status)
    except (Refused, KeyError, ValueError, TypeError) as exc:
        raise HTTPException(400, "nationalId, pvkId or status is missing or unknown") from exc


def _privacy(simulator: Simulator) -> dict[str, Any]:
    store = simulator.privacy.store
    return {
        "definitions": [
            {"pvkId": each.pvk_id, "name": each.name, "type": each.type.name, "partKode": each.part_code}
            for each in store.definitions.values()
        ],
        "settings": [
            {
                "nationalId": setting.national_id,
                "pvkId": definition.pvk_id,
                "status": setting.status.name,
                "sequenceNumber": setting.sequence_number,
                "lastChanged": setting.changed_at.isoformat(),
            }
            for definition, setting in store.everything()
        ],
        "deliveries": [_delivery(each) for each in simulator.privacy.deliveries],
    }


def _form(form: Form) -> dict[str, Any]:
    return {
        "id": form.id,
        "title": form.title,
        "status": form.status.value,
        "paperEnabled": form.paper_enabled,
        "patientMayOrder": form.patient_may_order,
        "patientMustSign": form.patient_must_sign,
        "publicPath": f"{PUBLIC_PATH}{form.id}" if form.patient_may_order else None,
        "owner": form.owner,
        "forms": [part.id for part in form.parts],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "bestillersystem": order.system.name,
        "order": order.asked,
        "orderedAt": order.ordered_at.isoformat(),
        "singleUseCode": order.single_use_code,
        "loginUrl": order.login_url,
        "recipient": order.recipient.name if order.recipient else None,
        "onBehalfOf": order.on_behalf_of.name if order.on_behalf_of else None,
        "patientInitiated": order.patient_initiated,
        "preferredChannel": order.preferred.wire_name,
        "channel": order.channel.wire_name if order.channel is not None else None,
        "status": order.status.name if order.status is not None else None,
        "copies": [{"nationalId": each.national_id, "channel": each.channel.wire_name} for each in order.copies],
        "deliveries": [_delivery(each) for each in order.deliveries],
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "bestillersystem": letter.system.name,
        "nationalId": letter.national_id,
        "title": letter.title,
        "sentAt": letter.sent_at.isoformat(),
        "mainDocument": {"bytes": letter.document.size, "sha256": letter.document.sha256},
        "notificationPriorityList": [each.wire_name for each in letter.wanted],
        "paperColorPrint": letter.color,
        "testMode": letter.test_mode,
        "channel": letter.channel.wire_name,
        "deliveries": [_delivery(each) for each in letter.deliveries],
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "at": delivery.at.isoformat(),
        "accepted": delivery.accepted,
        "status": delivery.status,
        "answer": delivery.answer,
    }


def _document(document: SignedDocument) -> dict[str, Any]:
    return {
        "id": document.id,
        "formOrderId": document.order.id,
        "signedAt": document.signed_at.isoformat(),
        "bytes": len(document.content),
        "sha256": hashlib.sha256(document.content).hexdigest(),
        "attempts": document.attempts,
    }


def _message(sent: SentMessage) -> dict[str, Any]:
    return {
        "kind": sent.kind,
        "to": sent.to,
        "title": sent.title,
        "text": sent.text,
        "nationalId": sent.national_id,
        "bestillersystem": sent.system,
        "sentAt": sent.at.isoformat(),
    }


def _person(person: Persona) -> dict[str, Any]:
    return {
        "name": person.name,
        "fullName": person.full_name,
        "nationalId": person.national_id,
        "birthDate": person.birth_date.isoformat(),
        "inRegistry": person.in_registry,
        "deceased": person.deceased,
        "helsenorge": {
            "consentFull": person.helsenorge.consent_full,
            "represented": person.helsenorge.represented,
            "reservedAgainstResearch": person.helsenorge.reserved_against_research,
        },
        "mailbox": person.mailbox.provider.value if person.mailbox else None,
        "email": person.contact.email.value if person.contact.email else None,
        "mobile": person.contact.mobile.value if person.contact.mobile else None,
        "reservedInKrr": person.contact.reserved,
        "statusInKrr": person.contact.status.value,
        "hasAddress": person.address is not None,
    }
