"""The signed documents that ePROM keeps, and lets the bestillersystem that ordered them fetch.

Source: SkjemaSomKreverSignatur, sections Mottak and Nedlasting av det signerte dokumentet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eprom_verify.simulator.office import Office
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.settings import BASE_PATH
from eprom_verify.simulator.signed_pdf import FilledForm, Seal, page_of
from eprom_verify.simulator.signing_behaviour import SigningBehaviour
from eprom_verify.simulator.wire import message


@dataclass
class SignedDocument:
    """A document that can be fetched by its id, for a time; `attempts` counts how often it was asked for."""

    id: str
    order: Order
    content: bytes
    signed_at: datetime
    attempts: int = 0


class SignedDocuments:
    """The signed documents, held in memory by their id."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._seal = Seal(office.clock)
        self.documents: dict[str, SignedDocument] = {}

    @property
    def routes(self) -> list[Route]:
        """The calls that a bestillersystem makes."""
        return [Route(f"{BASE_PATH}/api/externaldocument/{{signed_form_id}}", self._fetch, methods=["GET"])]

    @property
    def certificate(self) -> bytes:
        """The certificate that the documents are signed with, in DER."""
        return self._seal.certificate

    async def sign(self, order: Order, answers: Mapping[str, Any], *, signer: str) -> SignedDocument:
        """Make and keep the signed document of an order; `signer` is the national id of who signs."""
        person = self._office.population.by_national_id(signer)
        form = self._office.settings.forms.get(str(order.asked["formId"]).lower())
        filled = FilledForm(
            title=form.title if form else "",
            order_id=order.id,
            signer=person.full_name if person else "",
            national_id=signer,
            signed_at=self._office.clock(),
            signing_text=order.asked["signingText"] or "",
            answers=answers,
        )
        content = await asyncio.to_thread(lambda: self._seal.sign(page_of(filled), filled))
        made = SignedDocument(str(uuid4()), order, content, filled.signed_at)
        self.documents[made.id] = made
        return made

    def grow_older(self, signed_form_id: str, by: timedelta) -> None:
        """Let a document count as signed that much earlier."""
        self.documents[signed_form_id].signed_at -= by

    async def _fetch(self, request: Request) -> Response:
        usual = self._office.settings.behaviour.signing
        caller = self._office.holder(request)
        keyless = "authorization" not in request.headers
        if caller is None and (usual.needs_key if keyless else not usual.takes_unknown_keys):
            # Not documented for this call; for the privacy settings it is.
            return message(401, "The API key is missing or unknown")
        document = self._document(request.path_params["signed_form_id"])
        if document is None:
            return _gone() if usual.unknown is None else _file(usual.unknown)
        behaviour = self._office.behaviour(document.order.asked["nationalId"]).signing
        anothers = caller is not None and caller is not document.order.system
        if (anothers and not behaviour.takes_other_systems) or self._outdated(document, behaviour):
            return _gone()
        document.attempts += 1
        if document.attempts <= behaviour.misses:
            return message(503, "The document is not available at the moment")
        shown = next(iter(self.documents.values())) if behaviour.serves_oldest else document
        return _file(behaviour.content(shown.content, shown.order))

    def _document(self, signed_form_id: str) -> SignedDocument | None:
        try:
            return self.documents.get(str(UUID(signed_form_id)))
        except ValueError:
            return None

    def _outdated(self, document: SignedDocument, behaviour: SigningBehaviour) -> bool:
        """Whether its time is over. That it is then gone is not documented, only that it is there until then."""
        return (self._office.clock() - document.signed_at).days > behaviour.kept_days


def _file(content: bytes) -> Response:
    return Response(content, media_type="application/pdf")


def _gone() -> Response:
    """What an id gets that is unknown, another bestillersystem's, or too old; not documented for any of them."""
    return message(404, "No document with this id exists")
