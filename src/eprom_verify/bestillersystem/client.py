"""The half of the built-in bestillersystem that calls ePROM."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.patients import PatientStore
from eprom_verify.bestillersystem.store import OrderStore, guid, parse_object
from eprom_verify.exchange import ZERO_GUID

ORDER_PATH = "/api/v2/formorder"
UNANSWERED = "ePROM svarte ikke"


@dataclass(frozen=True, kw_only=True)
class FormOrder:
    """An order that the system wants to place for one of its cases.

    `expiry_date` has a time zone. `metadata` is what the form gets to know; it travels as a string that holds JSON.
    """

    case_id: str
    form_id: str
    national_id: str
    expiry_date: datetime
    distribution_rule: str | int | None = None
    metadata: Mapping[str, Any] | None = None
    must_be_signed: bool = False
    signing_text: str | None = None
    dont_store_completed_form_in_pha: bool = False
    physical_address: Mapping[str, str] | None = None
    on_behalf_of_national_id: str | None = None

    def to_body(self) -> dict[str, Any]:
        """The request, with the members' documented names; what was left out is left to ePROM's defaults."""
        body: dict[str, Any] = {
            "formId": self.form_id,
            "nationalId": self.national_id,
            "expiryDate": self.expiry_date.isoformat(timespec="seconds"),
            "metadata": None if self.metadata is None else json.dumps(self.metadata, ensure_ascii=False),
            "dontStoreCompletedFormInPha": self.dont_store_completed_form_in_pha,
            "mustBeSigned": self.must_be_signed,
            "signingText": self.signing_text,
            "physicalAddress": None if self.physical_address is None else dict(self.physical_address),
            "testMode": False,
            "onBehalfOfNationalId": self.on_behalf_of_national_id,
        }
        if self.distribution_rule is not None:
            body["distributionRule"] = self.distribution_rule
        return body


class EpromClient:
    """Places orders, at most one for each case. The httpx client's base URL is the PromsApiBaseUrl."""

    def __init__(
        self,
        http: httpx.Client,
        *,
        api_key: str,
        store: OrderStore,
        patients: PatientStore,
        behaviour: Behaviour = CORRECT,
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._store = store
        self._patients = patients
        self._behaviour = behaviour

    def place(self, order: FormOrder) -> str | None:
        """Send an order and keep what came of it; gives the formOrderId, None when no order was made.

        An order that may have reached ePROM is never sent again by itself: only its status can tell.
        """
        if not self._store.begin(order.case_id):
            state = self._store.state(order.case_id)
            return state[1] if state else None
        content = json.dumps(self._behaviour.order(order.to_body(), self._api_key), ensure_ascii=False).encode()
        headers = self._behaviour.headers(
            {"Authorization": f"Basic {self._api_key}", "Content-Type": "application/json;charset=utf-8"}, self._api_key
        )
        try:
            response = self._send(content, headers)
        except httpx.TransportError as exc:
            if self._behaviour.trusts_silence:
                self._store.ordered(order.case_id, order.case_id)
            else:
                self._store.failed(order.case_id, f"{UNANSWERED} ({type(exc).__name__}).")
            return None
        form_order_id = self._keep(order.case_id, response)
        if form_order_id is not None:
            self._give(order, form_order_id)
        return form_order_id

    def _send(self, content: bytes, headers: dict[str, str]) -> httpx.Response:
        for _ in range(self._behaviour.sends - 1):
            self._http.post(ORDER_PATH, content=content, headers=headers)
        return post(self._http, ORDER_PATH, content, headers, again=self._behaviour.resends_failed)

    def _give(self, order: FormOrder, form_order_id: str) -> None:
        """The form belongs to the person whom it is about, whoever receives it."""
        about = order.on_behalf_of_national_id or order.national_id
        patient = order.national_id if self._behaviour.on_behalf.gives_to_receiver else about
        self._patients.create(patient)
        self._patients.give(form_order_id, patient)

    def _keep(self, case_id: str, response: httpx.Response) -> str | None:
        trusted = response.status_code in self._behaviour.trusts_status
        if not response.is_success and not trusted:
            self._store.failed(case_id, f"ePROM avviste bestillingen med {response.status_code}.")
            return None
        form_order_id = _order_id(response.text)
        if form_order_id is None and trusted:
            form_order_id = case_id
        if form_order_id is None:
            self._store.failed(case_id, "ePROM svarte uten id for bestillingen.")
            return None
        if form_order_id == ZERO_GUID and not self._behaviour.trusts_zero_guid:
            self._store.failed(case_id, "Fødselsnummeret finnes ikke.")
            return None
        if self._behaviour.forgets_made:
            self._store.failed(case_id, "Glemt.")
            return None
        try:
            self._store.ordered(case_id, form_order_id)
        except ValueError:
            self._store.failed(case_id, "ePROM svarte med en id som en annen bestilling har.")
            return None
        return form_order_id


def post(http: httpx.Client, path: str, content: bytes, headers: dict[str, str], *, again: bool) -> httpx.Response:
    """POST once; `again` is a mistake that can be made: to send what failed once more, though it may have been done.

    Raises:
        httpx.TransportError: ePROM did not answer.
    """
    try:
        response = http.post(path, content=content, headers=headers)
    except httpx.TransportError:
        if not again:
            raise
    else:
        if response.status_code < 500 or not again:
            return response
    return http.post(path, content=content, headers=headers)


def _order_id(answer: str) -> str | None:
    """The id in the answer to an order, in lower case; None when there is none that can be an order's."""
    members = {name.casefold(): value for name, value in (parse_object(answer) or {}).items()}
    return guid(members.get("id"))
