"""How the built-in bestillersystem sends SMS and e-mail, for what is not sensitive."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx

from eprom_verify.bestillersystem.client import post
from eprom_verify.bestillersystem.store import parse_object
from eprom_verify.bestillersystem.unsecure_behaviour import UnsecureBehaviour
from eprom_verify.bestillersystem.unsecure_store import MessageState, MessageStore


@dataclass(frozen=True)
class Sms:
    """An SMS for one of the system's cases, to a citizen by national id, by number, or with both."""

    path: ClassVar[str] = "/api/unsecuremessagesms"

    case_id: str
    text: str
    national_id: str | None = None
    phone_number: str | None = None

    def to_body(self) -> dict[str, Any]:
        """The request without the key, with what is known of where the citizen can be reached."""
        return {"smsText": self.text} | _given(nationalId=self.national_id, phoneNumber=self.phone_number)


@dataclass(frozen=True)
class Email:
    """An e-mail for one of the system's cases, to a citizen by national id, by address, or with both."""

    path: ClassVar[str] = "/api/unsecuremessageemail"

    case_id: str
    title: str
    text: str
    national_id: str | None = None
    email_address: str | None = None

    def to_body(self) -> dict[str, Any]:
        """The request without the key, with what is known of where the citizen can be reached."""
        return {"emailTitle": self.title, "emailText": self.text} | _given(
            nationalId=self.national_id, emailAddress=self.email_address
        )


class UnsecureClient:
    """Sends messages, at most one for each case. The httpx client's base URL is the PromsApiBaseUrl."""

    def __init__(
        self, http: httpx.Client, *, api_key: str, store: MessageStore, behaviour: UnsecureBehaviour | None = None
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._store = store
        self._behaviour = behaviour or UnsecureBehaviour()

    def send(self, message: Sms | Email) -> None:
        """Send a message and keep what came of it; one that may have reached ePROM is never sent again by itself."""
        if not self._store.begin(message.case_id):
            return
        body = self._behaviour.body({"apiKey": self._api_key} | message.to_body(), self._api_key)
        headers = self._behaviour.headers({"Content-Type": "application/json;charset=utf-8"}, self._api_key)
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            for _ in range(self._behaviour.sends):
                response = post(self._http, message.path, content, headers, again=self._behaviour.resends_failed)
        except httpx.TransportError as exc:
            if self._behaviour.trusts_silence:
                self._store.ended(message.case_id, MessageState("sent"))
                return
            self._store.ended(message.case_id, MessageState("unanswered", f"Ingen svar ({type(exc).__name__})."))
            return
        self._store.ended(message.case_id, self._outcome(response))

    def _outcome(self, response: httpx.Response) -> MessageState:
        if self._behaviour.says_sent(response.status_code, parse_object(response.text) or {}):
            return MessageState("sent")
        return MessageState("not sent", f"ePROM svarte {response.status_code}, uten at meldingen ble sendt.")


def _given(**members: str | None) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
