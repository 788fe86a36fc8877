"""ePROM's SMS and e-mail, for what is not sensitive.

Source: SendeMeldingSomSmsEpost. What the patient is told of a form is in outbox.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eprom_verify.persons import Persona
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.outage import outage
from eprom_verify.simulator.settings import BASE_PATH
from eprom_verify.simulator.unsecure_behaviour import EMAIL, SMS, SentMessage
from eprom_verify.simulator.wire import Refused, message, read_object


@dataclass(frozen=True)
class _Kind:
    """What differs between an SMS and an e-mail."""

    name: str
    path: str
    address: str
    text: str
    title: str | None = None


_KINDS = (
    _Kind(SMS, "/api/unsecuremessagesms", "phoneNumber", "smsText"),
    _Kind(EMAIL, "/api/unsecuremessageemail", "emailAddress", "emailText", "emailTitle"),
)


class UnsecureMessages:
    """Takes SMS and e-mails; `sent` holds what has left ePROM, in that order."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.sent: list[SentMessage] = []

    @property
    def routes(self) -> list[Route]:
        """The calls that a bestillersystem makes."""
        return [Route(f"{BASE_PATH}{kind.path}", self._endpoint(kind), methods=["POST"]) for kind in _KINDS]

    def _endpoint(self, kind: _Kind) -> Any:
        async def endpoint(request: Request) -> Response:
            try:
                sent = _read(read_object(await request.body()), kind)
            except Refused as refused:
                return message(refused.status, refused.text)
            failed = outage(self._office.behaviour(sent["nationalId"]).outage)
            if failed is not None:
                return failed
            behaviour = self._office.behaviour(sent["nationalId"]).unsecure
            try:
                success = self._take(kind, sent)
            except Refused as refused:
                return message(*behaviour.error(kind.name, refused.status, refused.text))
            status, body = behaviour.answer(200, {"success": success or behaviour.trusts})
            return JSONResponse(body, status_code=status)

        return endpoint

    def _take(self, kind: _Kind, sent: Mapping[str, Any]) -> bool:
        """Whether the message was sent.

        Raises:
            Refused: the call is one that the documentation refuses.
        """
        behaviour = self._office.behaviour(sent["nationalId"]).unsecure
        system = self._system(sent["apiKey"], sent["nationalId"])
        if not sent["nationalId"] and not sent[kind.address] and kind.name not in behaviour.takes_nobody:
            raise Refused(f"Either nationalId or {kind.address} must be specified")
        if behaviour.refuses(kind.name, bool(sent["nationalId"]), bool(sent[kind.address])):
            raise Refused("The message could not be read")
        # Which of the two is used when both are given is not documented.
        to = sent[kind.address] or self._registered(kind, sent["nationalId"])
        if not to:
            return False
        self._send(
            SentMessage(
                kind=kind.name,
                to=to,
                text=sent[kind.text],
                title=sent[kind.title] if kind.title else None,
                national_id=sent["nationalId"] or None,
                system=system.name,
                at=self._office.clock(),
            )
        )
        return True

    def _system(self, api_key: str, national_id: str) -> Bestillersystem:
        known = self._office.systems.get(api_key)
        behaviour = self._office.behaviour(national_id).unsecure
        if known is None and (behaviour.takes_any_key if api_key else behaviour.takes_no_key):
            return next(iter(self._office.systems.values()))
        if known is None:
            raise Refused(f"apiKey '{api_key}' doesn't exists")
        return known

    def _registered(self, kind: _Kind, national_id: str) -> str | None:
        """The contact register's number or address; what ePROM does without one is not documented."""
        person = self._person(national_id)
        if person is None:
            return None
        reach = self._office.reach(self._office.behaviour(national_id))
        point = reach.mobile(person) if kind.name == SMS else reach.email(person)
        return None if point is None else point.value

    def _person(self, national_id: str) -> Persona | None:
        person = self._office.population.by_national_id(national_id)
        return person if person is not None and person.in_registry and not person.deceased else None

    def _send(self, sent: SentMessage) -> None:
        self.sent.append(self._office.behaviour(sent.national_id).unsecure.sent(sent))


def _read(sent: Mapping[str, Any], kind: _Kind) -> dict[str, str]:
    """The members with their documented names, "" for those that are missing.

    Raises:
        Refused: one of them is no text; what ePROM itself says then is not documented.
    """
    by_name = {name.casefold(): value for name, value in sent.items()}
    names = [name for name in ("apiKey", "nationalId", kind.address, kind.text, kind.title) if name]
    members = {name: by_name.get(name.casefold()) for name in names}
    for name, value in members.items():
        if value is not None and not isinstance(value, str):
            raise Refused(f"{name} must be a string")
        if value and any("\ud800" <= character <= "\udfff" for character in value):
            raise Refused(f"{name} holds half a surrogate pair, which is not text")
    return {name: value or "" for name, value in members.items()}
