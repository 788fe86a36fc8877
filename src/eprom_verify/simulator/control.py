"""Shows what the simulator holds, as JSON. Off unless asked for, and never on ePROM's own paths."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.simulator.documents import SignedDocument
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.unsecure_behaviour import SentMessage

if TYPE_CHECKING:
    from eprom_verify.persons import Persona
    from eprom_verify.simulator.app import Simulator

CONTROL_PATH = "/_control"


def control_routes(simulator: Simulator) -> list[Route]:
    """The routes under /_control, which show what the simulator holds; API keys are not shown."""

    async def overview(request: Request) -> Response:
        names = ("orders", "documents", "messages", "persons", "forms", "systems")
        return JSONResponse({name: f"{CONTROL_PATH}/{name}" for name in names})

    async def orders(request: Request) -> Response:
        return JSONResponse([_order(each) for each in simulator.orders.values()])

    async def documents(request: Request) -> Response:
        return JSONResponse([_document(each) for each in simulator.documents.documents.values()])

    async def messages(request: Request) -> Response:
        return JSONResponse([_message(each) for each in simulator.unsecure.sent])

    async def persons(request: Request) -> Response:
        return JSONResponse([_person(each) for each in simulator.population])

    async def forms(request: Request) -> Response:
        found = simulator.settings.forms.values()
        return JSONResponse(
            [{"id": f.id, "title": f.title, "status": f.status.value, "paperEnabled": f.paper_enabled} for f in found]
        )

    async def systems(request: Request) -> Response:
        found = simulator.office.systems.values()
        return JSONResponse([{"name": s.name, "apiBaseUrl": s.api_base_url, "research": s.research} for s in found])

    shown = {
        "": overview,
        "/orders": orders,
        "/documents": documents,
        "/messages": messages,
        "/persons": persons,
        "/forms": forms,
        "/systems": systems,
    }
    return [Route(f"{CONTROL_PATH}{path}", endpoint) for path, endpoint in shown.items()]


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "bestillersystem": order.system.name,
        "order": order.asked,
        "orderedAt": order.ordered_at.isoformat(),
        "singleUseCode": order.single_use_code,
        "loginUrl": order.login_url,
        "preferredChannel": order.preferred.wire_name,
        "channel": order.channel.wire_name if order.channel is not None else None,
        "status": order.status.name if order.status is not None else None,
        "deliveries": [
            {"at": d.at.isoformat(), "accepted": d.accepted, "status": d.status, "answer": d.answer}
            for d in order.deliveries
        ],
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
        "formOrderId": sent.about,
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
