"""Drives a bestillersystem through the test hook that its integrator has added; see docs/testkrok.md."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from eprom_verify.contract.enumerations import (
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)
from eprom_verify.contract.findings import cut
from eprom_verify.contract.privacy_codes import SettingStatus, SettingType
from eprom_verify.drivers.protocol import (
    EmailIntent,
    MessageIntent,
    OrderIntent,
    PrivacyChange,
    PrivacyListing,
    PrivacyQuestion,
    Registered,
    RegisteredInitiated,
    RegisteredMessage,
    RegisteredSetting,
    SmsIntent,
)
from eprom_verify.errors import HarnessProblem, NotTold, Unverified

ACTS = (
    "order-form",
    "send-message",
    "send-sms",
    "send-email",
    "get-privacy-setting",
    "set-privacy-setting",
    "list-privacy-settings",
)
ASKED = (
    "cases",
    "orders",
    "signed-documents",
    "messages",
    "patients",
    "patient-initiated",
    "privacy-settings",
)
_ABSENT = (404, 501)
_POLL_S = 0.1

T = TypeVar("T")


class HttpDriver:
    """A `Driver` over a test hook. The client has the hook's address, its token and the guard of national ids."""

    name = "testkrok"

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._stated: frozenset[str] | None = None
        self._asked_for_capabilities = False
        self._has_answered: set[str] = set()

    def order_form(self, intent: OrderIntent) -> None:
        """See `Driver`."""
        rule = intent.distribution_rule
        self._act(
            "order-form",
            {
                "caseId": intent.case_id,
                "formId": intent.form_id,
                "nationalId": intent.national_id,
                "expiryDate": intent.expiry_date.isoformat(timespec="seconds"),
                "metadata": intent.metadata,
                "distributionRule": rule.name if rule is not None else None,
                "mustBeSigned": intent.must_be_signed,
                "signingText": intent.signing_text,
                "dontStoreCompletedFormInPha": intent.dont_store_completed_form_in_pha,
                "physicalAddress": intent.physical_address,
                "onBehalfOfNationalId": intent.on_behalf_of_national_id,
            },
        )

    def send_message(self, intent: MessageIntent) -> None:
        """See `Driver`."""
        self._act(
            "send-message",
            {
                "caseId": intent.case_id,
                "nationalId": intent.national_id,
                "pdf": base64.b64encode(intent.pdf).decode(),
                "senderInfo": intent.sender_info,
                "messageInfo": intent.message_info,
                "notificationPriorityList": [each.wire_name for each in intent.notification_priority_list],
                "paperColorPrint": intent.paper_color_print,
            },
        )

    def send_sms(self, intent: SmsIntent) -> None:
        """See `Driver`."""
        self._act("send-sms", _members(intent))

    def send_email(self, intent: EmailIntent) -> None:
        """See `Driver`."""
        self._act("send-email", _members(intent))

    def get_privacy_setting(self, question: PrivacyQuestion) -> None:
        """See `Driver`."""
        self._act("get-privacy-setting", _members(question) | {"type": question.type.name})

    def set_privacy_setting(self, change: PrivacyChange) -> None:
        """See `Driver`."""
        self._act("set-privacy-setting", _members(change) | {"type": change.type.name, "status": change.status.name})

    def list_privacy_settings(self, listing: PrivacyListing) -> None:
        """See `Driver`."""
        self._act("list-privacy-settings", _members(listing))

    def registered(self, form_order_id: str) -> tuple[Registered, ...]:
        """See `Driver`."""
        return self._read("orders", _orders(form_order_id), _statuses) or ()

    def signed_document(self, form_order_id: str, *, timeout_s: float) -> str | None:
        """See `Driver`."""
        deadline = time.monotonic() + timeout_s
        while True:
            found = self._read("signed-documents", _orders(form_order_id), _document)
            if found is not None or time.monotonic() >= deadline:
                return found
            time.sleep(_POLL_S)

    def has_order(self, case_id: str) -> bool:
        """See `Driver`."""
        return self._accepted(case_id)

    def has_message(self, case_id: str) -> bool:
        """See `Driver`."""
        return self._accepted(case_id)

    def message_sent(self, case_id: str) -> bool:
        """See `Driver`."""
        return self._accepted(case_id)

    def message(self, message_id: str) -> tuple[RegisteredMessage, ...]:
        """See `Driver`."""
        return self._read("messages", f"messages/{quote(message_id, safe='')}", _letter_statuses) or ()

    def patients(self, national_id: str) -> int:
        """See `Driver`."""
        return self._read("patients", f"patients/{quote(national_id, safe='')}", _count) or 0

    def patient_of(self, form_order_id: str) -> str | None:
        """See `Driver`."""
        return self._read("orders", _orders(form_order_id), _patient)

    def initiated(self, form_order_id: str) -> tuple[RegisteredInitiated, ...]:
        """See `Driver`."""
        return self._read("patient-initiated", _orders(form_order_id), _initiated) or ()

    def privacy_setting(self, national_id: str, pvk_id: str) -> tuple[RegisteredSetting, ...]:
        """See `Driver`."""
        path = f"privacy-settings/{quote(national_id, safe='')}/{quote(pvk_id, safe='')}"
        return self._read("privacy-settings", path, _settings) or ()

    @property
    def capabilities(self) -> frozenset[str] | None:
        """What the hook says that it has; None when it does not say.

        Raises:
            HarnessProblem: the hook could not be asked.
        """
        if not self._asked_for_capabilities:
            response = self._call("GET", "capabilities")
            self._asked_for_capabilities = True
            if response.status_code == 200:
                self._stated = self._understood("capabilities", response, _capabilities)
            elif response.status_code not in _ABSENT:
                raise self._refused("capabilities", response)
        return self._stated

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _accepted(self, case_id: str) -> bool:
        return self._read("cases", f"cases/{quote(case_id, safe='')}", _accepted) or False

    def _act(self, name: str, body: Mapping[str, Any]) -> None:
        if self.capabilities is not None and name not in self.capabilities:
            raise Unverified(_CANNOT_ACT.format(name=name))
        response = self._call("POST", name, body)
        if response.status_code in _ABSENT:
            raise Unverified(_CANNOT_ACT.format(name=name))
        if not response.is_success:
            raise self._refused(name, response)

    def _read(self, name: str, path: str, understand: Callable[[Mapping[str, Any]], T]) -> T | None:
        """What the hook tells; None when it does not know what it is asked about."""
        if self.capabilities is not None and name not in self.capabilities:
            raise NotTold(_CANNOT_TELL.format(name=name))
        response = self._call("GET", path)
        if response.status_code == 200:
            found = self._understood(name, response, understand)
            self._has_answered.add(name)
            return found
        if response.status_code == 501:
            raise NotTold(_CANNOT_TELL.format(name=name))
        if response.status_code != 404:
            raise self._refused(name, response)
        if self.capabilities is None and name not in self._has_answered:
            raise NotTold(_NOT_SEEN.format(name=name))
        return None

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body)
        except httpx.TransportError as exc:
            raise HarnessProblem(
                f"Nådde ikke testkroken på {self._http.base_url} ({type(exc).__name__}). "
                "Sjekk at systemet kjører, og at hook_url i oppsettet er riktig."
            ) from exc

    def _understood(self, name: str, response: httpx.Response, understand: Callable[[Mapping[str, Any]], T]) -> T:
        try:
            document = response.json()
        except ValueError as exc:
            raise _unlike(name, "svaret er ikke JSON") from exc
        if not isinstance(document, dict):
            raise _unlike(name, f"svaret er {_KINDS.get(type(document), 'ikke noe')}, ikke et objekt")
        try:
            return understand(document)
        except KeyError as exc:
            raise _unlike(name, f"feltet {exc.args[0]} mangler") from exc
        except _Unlike as exc:
            raise _unlike(name, str(exc)) from exc
        except ValueError as exc:
            raise _unlike(name, f"en verdi er ikke en av dem som er beskrevet ({exc})") from exc
        except (TypeError, AttributeError) as exc:
            raise _unlike(name, "en verdi er av et annet slag enn den som er beskrevet") from exc

    @staticmethod
    def _refused(name: str, response: httpx.Response) -> HarnessProblem:
        told = cut(" ".join(response.text.split()), 200)
        if response.status_code in (401, 403):
            return HarnessProblem(
                f"Testkroken svarte {response.status_code} på {name}. Sjekk at EPROM_VERIFY_HOOK_TOKEN er riktig."
            )
        return HarnessProblem(f"Testkroken svarte {response.status_code} på {name}: {told or 'uten tekst'}")


_KINDS = {list: "en liste", str: "en tekst", int: "et tall", float: "et tall", bool: "true eller false"}


class _Unlike(ValueError):
    """What the hook told is otherwise than it is described; the text says how, in Norwegian."""


def _unlike(name: str, why: str) -> HarnessProblem:
    return HarnessProblem(f"Testkroken svarte noe annet på {name} enn docs/testkrok.md beskriver: {why}.")


_CANNOT_ACT = (
    "Testkroken gjør ikke {name}, så dette må bekreftes av en tester. "
    "Bruker ikke integrasjonen dette, så si det i [profil] i oppsettet."
)
_CANNOT_TELL = "Testkroken forteller ikke om {name}, så det som er registrert, må bekreftes av en tester."
_NOT_SEEN = (
    "Testkroken har ikke fortalt om noe under {name} i denne kjøringen, så 404 kan bety at adressen ikke finnes. "
    "Oppgi det systemet har, på GET /capabilities."
)


def _members(intent: Any) -> dict[str, Any]:
    """The members of an intent under ePROM's names."""
    return {_camel(name): value for name, value in asdict(intent).items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


def _orders(form_order_id: str) -> str:
    return f"orders/{quote(form_order_id, safe='')}"


def _capabilities(document: Mapping[str, Any]) -> frozenset[str]:
    stated = document["capabilities"]
    if not isinstance(stated, list):
        raise _Unlike("capabilities er ikke en liste")
    unknown = [each for each in stated if each not in ACTS + ASKED]
    if unknown:
        raise _Unlike(f"ukjent navn i capabilities: {unknown[0]}")
    return frozenset(stated)


def _statuses(document: Mapping[str, Any]) -> tuple[Registered, ...]:
    return tuple(
        Registered(
            FormOrderStatus.parse(each["status"]),
            NotificationChannel.parse(_or_none(each.get("notificationChannel"), "None")),
            FormOrderStatusErrorCode.parse(_or_none(each.get("errorCode"), "None")),
            each.get("answers"),
        )
        for each in document["statuses"]
    )


def _letter_statuses(document: Mapping[str, Any]) -> tuple[RegisteredMessage, ...]:
    return tuple(
        RegisteredMessage(
            SentStatus.parse(each["status"]),
            NotificationChannel.parse(_or_none(each.get("notificationChannel"), "None")),
        )
        for each in document["statuses"]
    )


def _or_none(value: object, none: str) -> object:
    return none if value is None else value


def _document(document: Mapping[str, Any]) -> str | None:
    digest = document.get("signedDocumentSha256")
    return None if digest is None else str(digest).lower()


def _patient(document: Mapping[str, Any]) -> str | None:
    found = document.get("nationalId")
    return None if found is None else str(found)


def _initiated(document: Mapping[str, Any]) -> tuple[RegisteredInitiated, ...]:
    found = document.get("patientInitiated")
    listed = [] if found is None else found if isinstance(found, list) else [found]
    return tuple(
        RegisteredInitiated(
            each.get("nationalId"),
            str(each["formId"]).lower() if each.get("formId") else None,
            datetime.fromisoformat(each["orderedAt"]) if each.get("orderedAt") else None,
        )
        for each in listed
    )


def _count(document: Mapping[str, Any]) -> int:
    return int(document["count"])


def _accepted(document: Mapping[str, Any]) -> bool:
    value = document["accepted"]
    if not isinstance(value, bool):
        raise _Unlike("accepted er ikke true eller false")
    return value


def _settings(document: Mapping[str, Any]) -> tuple[RegisteredSetting, ...]:
    return tuple(
        RegisteredSetting(SettingType.parse(each["type"]), SettingStatus.parse(each["status"]))
        for each in document["settings"]
    )
