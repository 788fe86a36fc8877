"""How the built-in bestillersystem sends letters. Source: SendeMeldingTilInnbyggerV2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from eprom_verify.bestillersystem.client import UNANSWERED, post
from eprom_verify.bestillersystem.letter_behaviour import LetterBehaviour
from eprom_verify.bestillersystem.letter_store import LetterStore
from eprom_verify.bestillersystem.store import guid, parse_object
from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.contract.letter_documents import document_collection
from eprom_verify.exchange import ZERO_GUID

LETTER_PATH = "/api/v2/MessageToCitizen"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter that the system wants to send for one of its cases.

    `sender_info` and `message_info` have the members that the page's sample code shows; `channels` are names or
    numbers, in the order to try them.
    """

    case_id: str
    national_id: str
    pdf: bytes
    sender_info: Mapping[str, str]
    message_info: Mapping[str, str]
    channels: Sequence[str | int]
    paper_color_print: bool = False

    def to_body(self) -> dict[str, Any]:
        """The request, with the members' documented names."""
        return {
            "nationalId": self.national_id,
            "senderInfo": dict(self.sender_info),
            "messageInfo": dict(self.message_info),
            "documentCollection": document_collection(self.pdf),
            "notificationPriorityList": list(self.channels),
            "testMode": False,
            "paperColorPrint": self.paper_color_print,
        }


class LetterClient:
    """Sends letters, at most one for each case. The httpx client's base URL is the PromsApiBaseUrl."""

    def __init__(self, http: httpx.Client, *, api_key: str, store: LetterStore, behaviour: LetterBehaviour) -> None:
        self._http = http
        self._api_key = api_key
        self._store = store
        self._behaviour = behaviour

    def send(self, letter: Letter) -> str | None:
        """Send a letter and keep what came of it; gives the messageToCitizenId, None when it was not sent.

        A letter that may have reached ePROM is never sent again by itself: only its status can tell.
        """
        if not self._store.begin(letter.case_id):
            state = self._store.state(letter.case_id)
            return state[1] if state else None
        body = self._behaviour.letter(letter.to_body(), self._api_key)
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = self._behaviour.headers(
            {"Authorization": f"Basic {self._api_key}", "Content-Type": "application/json;charset=utf-8"}, self._api_key
        )
        try:
            for _ in range(self._behaviour.sends):
                response = post(self._http, LETTER_PATH, content, headers, again=self._behaviour.resends_failed)
        except httpx.TransportError as exc:
            if self._behaviour.trusts_silence:
                self._store.taken(letter.case_id, letter.case_id)
                return None
            self._store.failed(letter.case_id, f"{UNANSWERED} ({type(exc).__name__}).")
            return None
        return self._keep(letter.case_id, response)

    def _keep(self, case_id: str, response: httpx.Response) -> str | None:
        reason = self._not_sent(response)
        if reason is None and self._behaviour.forgets_taken:
            reason = "Glemt."
        if reason is not None:
            self._store.failed(case_id, reason)
            return None
        message_id = guid(_members(response).get("messagetocitizenid"))
        if message_id is None or message_id == ZERO_GUID:
            # Only when this system has been made to trust an answer that gives no letter.
            message_id = case_id
        try:
            self._store.taken(case_id, message_id)
        except ValueError:
            self._store.failed(case_id, "ePROM svarte med en id som et annet brev har.")
            return None
        return message_id

    def _not_sent(self, response: httpx.Response) -> str | None:
        """Why an answer does not say that the letter was sent; None when it does."""
        if not response.is_success:
            trusted = response.status_code in self._behaviour.trusts_status
            return None if trusted else f"ePROM avviste brevet med {response.status_code}."
        members = _members(response)
        try:
            sent_on = members.get("notificationchannel")
            channel = NotificationChannel.parse(sent_on)
        except ValueError:
            return "ePROM svarte uten en kanal som finnes."
        if channel is NotificationChannel.NoChannel:
            trusted = self._behaviour.trusts_no_channel(sent_on)
            return None if trusted else "Innbyggeren kan ikke nås, eller fødselsnummeret finnes ikke."
        if guid(members.get("messagetocitizenid")) in (None, ZERO_GUID):
            return "ePROM svarte uten id for brevet."
        return None


def _members(response: httpx.Response) -> dict[str, Any]:
    return {name.casefold(): value for name, value in (parse_object(response.text) or {}).items()}
