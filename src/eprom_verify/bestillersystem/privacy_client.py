"""The half of the built-in bestillersystem that asks ePROM about privacy settings, and changes them."""

from __future__ import annotations

import json
from typing import Any

import httpx

from eprom_verify.bestillersystem.privacy_behaviour import PrivacyBehaviour
from eprom_verify.bestillersystem.privacy_store import KnownSetting, PrivacyStore
from eprom_verify.bestillersystem.store import guid, parse_object
from eprom_verify.contract.privacy_codes import InstanceChanged, SettingStatus, SettingType

PATHS = {
    "F": "/api/v2/getpersonverninnstilling",
    "G": "/api/v2/setpersonverninnstilling",
    "H": "/api/v2/get-residents-active-pi-for-definition",
}


class Unanswered(Exception):
    """ePROM could not be reached, so nothing was learnt."""


class PrivacyClient:
    """Reads, changes and lists, and keeps what came of it in the store. The httpx client has the PromsApiBaseUrl.

    Whatever cannot be read is unknown, and leaves the store as it was: no error means that a setting is not active.
    """

    def __init__(
        self, http: httpx.Client, *, api_key: str, store: PrivacyStore, behaviour: PrivacyBehaviour | None = None
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._store = store
        self._behaviour = behaviour or PrivacyBehaviour()

    def read(self, national_id: str, pvk_id: str, kind: SettingType) -> KnownSetting | None:
        """Ask for a citizen's setting; None when the answer leaves it unknown.

        Raises:
            Unanswered: ePROM could not be reached.
        """
        asked = self._store.asking()
        inactive = KnownSetting(national_id=national_id, pvk_id=pvk_id, type=kind, status=SettingStatus.IkkeAktiv)
        try:
            answer = self._call("F", {"nationalId": national_id, "type": int(kind), "pvkId": pvk_id})
        except Unanswered:
            if self._behaviour.silence_is_inactive:
                self._store.answered(inactive, asked=asked)
            raise
        found = self._setting(answer, national_id, pvk_id)
        if found is None and self._behaviour.failure_is_inactive:
            found = inactive
        if found is not None and (found.type.name, found.status.name) not in self._behaviour.forgets_reading:
            self._store.answered(found, asked=asked, takes_older=self._behaviour.takes_older)
        return found

    def change(self, national_id: str, pvk_id: str, kind: SettingType, status: SettingStatus) -> InstanceChanged | None:
        """Change a citizen's setting; None when the answer leaves it unknown whether it was.

        Raises:
            Unanswered: ePROM could not be reached.
        """
        asked = self._store.asking()
        body = {"nationalId": national_id, "pvkId": pvk_id, "type": int(kind), "status": int(status)}
        made = KnownSetting(national_id=national_id, pvk_id=pvk_id, type=kind, status=status)
        try:
            answer = self._call("G", body)
        except Unanswered:
            if self._behaviour.failure_is_done:
                self._store.answered(made, asked=asked)
            raise
        try:
            changed = None if answer is None else InstanceChanged.parse(answer.get("instansendret"))
        except ValueError:
            changed = None
        forgotten = {
            InstanceChanged.IkkeEndret: self._behaviour.forgets_unchanged,
            InstanceChanged.Endret: self._behaviour.forgets_changed,
        }
        done = self._behaviour.failure_is_done if changed is None else not forgotten[changed]
        if done:
            # Changed or not, ePROM now holds what was asked for.
            self._store.answered(made, asked=asked)
        return changed

    def list_active(self, pvk_id: str) -> list[KnownSetting] | None:
        """Ask for everybody who has a setting active, page by page; None when the list did not come to its end.

        Pages can shift while they are read: somebody on two of them is taken once, and who is on none is left as is.

        Raises:
            Unanswered: ePROM could not be reached.
        """
        asked, reference = self._store.asking(), 0
        had: list[int] = []
        found: list[KnownSetting] = []
        while len(had) < self._behaviour.most_pages and (reference not in had or self._behaviour.asks_again):
            had.append(reference)
            answer = self._call("H", {"pvkId": pvk_id, "pagingReference": reference})
            page = None if answer is None else self._page(answer, pvk_id)
            if page is None:
                return None
            found += page[0]
            reference = page[1]
            if reference == 0 or self._behaviour.first_page_is_all:
                for each in found:
                    self._store.answered(each, asked=asked, repeats=self._behaviour.lists_repeats)
                return found
        return None

    def _call(self, letter: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The members of the answer, by their names in lower case; None when it is an error, or no JSON object."""
        headers = {"Authorization": f"Basic {self._api_key}", "Content-Type": "application/json;charset=utf-8"}
        content = json.dumps(self._behaviour.request(letter, body, self._api_key)).encode()
        try:
            response = self._http.post(PATHS[letter], content=content, headers=headers)
        except httpx.TransportError as exc:
            raise Unanswered(type(exc).__name__) from exc
        answer = parse_object(response.text) if response.status_code == 200 else None
        return None if answer is None else _folded(answer)

    def _setting(self, answer: dict[str, Any] | None, national_id: str, pvk_id: str) -> KnownSetting | None:
        if answer is None or answer.get("nationalid") != national_id or guid(answer.get("id")) != pvk_id:
            return None
        try:
            kind = SettingType.parse(self._behaviour.reads_type(answer.get("type")))
            status = SettingStatus.parse(self._behaviour.reads_status(answer.get("status")))
        except ValueError:
            return None
        number = _number(answer.get("sequencenumber"))
        return KnownSetting(national_id=national_id, pvk_id=pvk_id, type=kind, status=status, sequence_number=number)

    def _page(self, answer: dict[str, Any], pvk_id: str) -> tuple[list[KnownSetting], int] | None:
        """The citizens of a page and the reference to the next one; None when the page cannot be read whole."""
        reference, residents = _number(answer.get("pagingreference")), answer.get("personverninnstillinger")
        if reference is None or not isinstance(residents, list) or guid(answer.get("id")) != pvk_id:
            return None
        try:
            kind = SettingType.parse(self._behaviour.reads_type(answer.get("type")))
        except ValueError:
            return None
        found = [_resident(each, pvk_id, kind) for each in residents]
        whole = [each for each in found if each is not None]
        return (whole, reference) if len(whole) == len(found) else None


def _resident(value: object, pvk_id: str, kind: SettingType) -> KnownSetting | None:
    members: dict[str, Any] = _folded(value) if isinstance(value, dict) else {}
    national_id = members.get("nationalid")
    if not isinstance(national_id, str):
        return None
    return KnownSetting(
        national_id=national_id,
        pvk_id=pvk_id,
        type=kind,
        status=SettingStatus.Aktiv,
        sequence_number=_number(members.get("sequencenumber")),
    )


def _folded(members: dict[str, Any]) -> dict[str, Any]:
    return {name.casefold(): value for name, value in members.items()}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
