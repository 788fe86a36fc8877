"""ePROM's privacy settings: passes on what PVK knows, and tells when a citizen has changed something.

Source: Personverninnstillinger. Where the page is silent, docs/limits.md says what is done here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from eprom_verify.contract import operation
from eprom_verify.contract.enumerations import ContractEnum
from eprom_verify.contract.privacy_codes import InstanceChanged, SettingStatus, SettingType, VolvenCode
from eprom_verify.simulator.callbacks import Parcel
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.orders import Bestillersystem, Delivery
from eprom_verify.simulator.outage import outage
from eprom_verify.simulator.privacy_behaviour import Body, PrivacyBehaviour
from eprom_verify.simulator.privacy_store import Definition, PrivacyStore, Setting
from eprom_verify.simulator.settings import BASE_PATH
from eprom_verify.simulator.wire import Refused, read_object

_Kind = TypeVar("_Kind", bound=ContractEnum)
_NORWAY = ZoneInfo("Europe/Oslo")
_FAILURES = {500: "Something went wrong", 502: "Bad Gateway"}


class PrivacySettings:
    """The calls about privacy settings; `store` is what PVK knows, `deliveries` the attempts to tell of changes."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.store = PrivacyStore(office.clock)
        self.deliveries: list[Delivery] = []

    @property
    def routes(self) -> list[Route]:
        """The calls that a bestillersystem makes; those that the edition does not have are not there."""
        calls = {"F": self._read, "G": self._change, "H": self._list}
        edition = self._office.settings.edition
        return [
            Route(f"{BASE_PATH}{operation(letter).path}".lower(), self._answering(letter, call), methods=["POST"])
            for letter, call in calls.items()
            if operation(letter).since <= edition
        ]

    async def change(self, national_id: str, pvk_id: str, status: SettingStatus) -> None:
        """Let a citizen change a setting, as on Helsenorge; every bestillersystem is told, when it was a change.

        Raises:
            KeyError: there is no such setting.
        """
        definition = self.store.definitions[pvk_id.lower()]
        if not self.store.put(national_id, definition.pvk_id, status):
            return
        behaviour = self._office.behaviour(national_id).privacy
        code = VolvenCode.of(definition.type, status)
        body = {"nationalId": national_id, "id": definition.pvk_id, "name": definition.name, "status": code.value}
        if code.value in behaviour.forgets:
            return
        for system in list(self._office.systems.values()):
            if system.api_base_url is not None:
                self._tell(system, behaviour.replication(body, system.api_key), behaviour)

    def _tell(self, system: Bestillersystem, body: Body, behaviour: PrivacyBehaviour) -> None:
        parcel = Parcel(
            system=system,
            path=operation("L").path,
            body=body,
            headers=behaviour.replication_headers(behaviour.replication_key(system.api_key)),
            deliveries=self.deliveries,
        )
        self._office.deliverer.schedule(parcel, delay_s=0, copies=behaviour.copies)

    def _answering(
        self, letter: str, call: Callable[[Body, PrivacyBehaviour], Body]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            asked, unreadable = _asked(await request.body())
            whose = asked.get("nationalId") or asked.get("pvkId")
            failing = self._office.behaviour(whose).outage
            behaviour = self._office.behaviour(whose).privacy
            if isinstance(failing, str) and (hung_up := outage(failing)) is not None:
                return hung_up
            try:
                if isinstance(failing, int):
                    raise Refused(_FAILURES.get(failing, "Refused on purpose"), failing)
                if self._office.caller(request) is None and letter not in behaviour.accepts_any_key:
                    raise Refused("The API key is missing or unknown", 401)
                if behaviour.fails is not None:
                    raise Refused(_FAILURES.get(behaviour.fails, "Refused on purpose"), behaviour.fails)
                if unreadable is not None:
                    raise unreadable
                return JSONResponse(call(asked, behaviour))
            except Refused as refused:
                return _failed(letter, refused, behaviour)

        return answer

    def _read(self, asked: Body, behaviour: PrivacyBehaviour) -> Body:
        national_id = _national_id(asked, behaviour)
        kind = _enumerated(asked, "type", SettingType, behaviour)
        definition = self._definition(asked, kind)
        found = self.store.find(national_id, definition.pvk_id)
        status = found.status if found else SettingStatus.IkkeAktiv
        body = {
            "nationalId": national_id,
            "type": _written(definition.type, behaviour),
            "id": definition.pvk_id,
            "name": definition.name,
            "status": _written(status, behaviour),
        }
        if self._office.settings.edition != "2023-10":
            body |= _history(found)
        return behaviour.setting(body)

    def _change(self, asked: Body, behaviour: PrivacyBehaviour) -> Body:
        national_id = _national_id(asked, behaviour)
        kind = _enumerated(asked, "type", SettingType, behaviour)
        status = _enumerated(asked, "status", SettingStatus, behaviour)
        definition = self._definition(asked, kind)
        found = self.store.find(national_id, definition.pvk_id)
        if status.name in behaviour.keeps:
            changed = (found.status if found else SettingStatus.IkkeAktiv) is not status
        else:
            changed = self.store.put(national_id, definition.pvk_id, status)
        return behaviour.changed({"instansEndret": _written(InstanceChanged(int(changed)), behaviour)})

    def _list(self, asked: Body, behaviour: PrivacyBehaviour) -> Body:
        definition = self._definition(asked, None)
        part_code = definition.part_code if behaviour.part_code is None else behaviour.part_code
        if not part_code and "pvkPart" not in behaviour.lenient:
            raise Refused("PvkPart is required")
        reference = asked.get("pagingReference", 0)
        if isinstance(reference, bool) or not isinstance(reference, int) or reference < 0:
            raise Refused("pagingReference must be a number")
        chosen = [
            each
            for each in self.store.of_definition(definition.pvk_id)
            if behaviour.lists_inactive or each.status is SettingStatus.Aktiv
        ]
        shown, going_on = self._page(chosen, behaviour.starts_at(reference), behaviour)
        body = {
            "pagingReference": behaviour.goes_on_at(reference, going_on),
            "id": definition.pvk_id,
            "name": definition.name,
            "partKode": part_code,
            "type": _written(definition.type, behaviour),
            "personvernInnstillinger": [{"nationalId": each.national_id, **_history(each)} for each in shown],
        }
        return behaviour.page(body)

    def _page(self, chosen: list[Setting], reference: int, behaviour: PrivacyBehaviour) -> tuple[list[Setting], int]:
        """One page and the reference to the next: the number of the last one on it, so that whoever chooses anew in
        the meantime moves nobody to another page."""
        size = self._office.settings.privacy_page_size
        if behaviour.by_position:
            end = reference + size
            return chosen[reference:end], end if len(chosen) > end else 0
        left = [each for each in chosen if each.number > reference]
        return left[:size], left[size - 1].number if len(left) > size else 0

    def _definition(self, asked: Body, kind: SettingType | None) -> Definition:
        """The setting that is asked about; PVK's own error when it has none of that id and type."""
        try:
            pvk_id = str(UUID(str(asked.get("pvkId"))))
        except ValueError as exc:
            raise Refused("pvkId is required") from exc
        found = self.store.definitions.get(pvk_id)
        if found is None or kind not in (None, found.type):
            raise Refused("PVK knows no such setting", 502)
        return found


def _asked(content: bytes) -> tuple[Body, Refused | None]:
    """The members of a call as the pages spell them (ASP.NET reads them in any case); none when it is unreadable."""
    try:
        members = read_object(content)
    except Refused as refused:
        return {}, refused
    names = {name.casefold(): name for name in ("nationalId", "pvkId", "type", "status", "pagingReference")}
    return {names.get(name.casefold(), name): value for name, value in members.items()}, None


def _national_id(asked: Body, behaviour: PrivacyBehaviour) -> str:
    national_id = asked.get("nationalId")
    if national_id in (None, "") and "nationalId" not in behaviour.lenient:
        raise Refused("nationalId is required")
    text = str(national_id)
    if len(text) != 11 and "length" not in behaviour.lenient:
        raise Refused("nationalId must have 11 digits")
    return text


def _enumerated(asked: Body, name: str, kind: type[_Kind], behaviour: PrivacyBehaviour) -> _Kind:
    if asked.get(name) is None and name in behaviour.lenient:
        return kind(0)
    try:
        return kind.parse(asked.get(name))
    except ValueError as exc:
        raise Refused(f"{name} is required") from exc


def _written(value: ContractEnum, behaviour: PrivacyBehaviour) -> str | int:
    return value.name if behaviour.words else int(value)


def _history(setting: Setting | None) -> Body:
    return {
        "sequenceNumber": setting.sequence_number if setting else 0,
        "createdDateTimeOffset": setting.created_at.astimezone(_NORWAY).isoformat() if setting else None,
        "lastChangedDateTimeOffset": setting.changed_at.astimezone(_NORWAY).isoformat() if setting else None,
    }


def _failed(letter: str, refused: Refused, behaviour: PrivacyBehaviour) -> Response:
    body: Body = {"Message": refused.text}
    if refused.status == 502:
        body = {"statusCode": 404, "status": "NotFound", "message": refused.text}
    status, content = behaviour.failure(letter, refused.status, body)
    if isinstance(content, str):
        return PlainTextResponse(content, status_code=status)
    return JSONResponse(content, status_code=status)
