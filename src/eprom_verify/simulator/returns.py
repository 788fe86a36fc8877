"""What ePROM sends when a form has been answered, or was not answered in time.

Source: ReturAvUtfyltSkjema, section Mottak.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.exchange import ZERO_GUID
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.wire import Refused

_NORWAY = ZoneInfo("Europe/Oslo")
_TIME_TO_ANSWER = timedelta(minutes=3)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A form as the citizen filled it in.

    `data` holds the answers by field name; dates are texts, `yyyy-MM-dd`. `warnings` are pairs of field name and
    warning. `on_paper` says that it came back by post and was scanned. `filled_out_by` is a national id and the kind of
    representation, None when the patient answered in person. `signed` says that it was signed before it was delivered,
    and `signing_attempts` how each earlier attempt at that ended: "SigningCancelled" or "SigningError".
    """

    data: Mapping[str, Any]
    warnings: tuple[tuple[str, str], ...] = ()
    on_paper: bool = False
    filled_out_by: tuple[str, str] | None = None
    signed: bool = False
    signing_attempts: tuple[str, ...] = ()


class MustBeSigned(Refused):
    """An order that must be signed was to be delivered unsigned. Source: SkjemaSomKreverSignatur, section Utfylling."""

    def __init__(self) -> None:
        super().__init__("The form has to be signed")


def completed(
    order: Order, answer: Answer, *, now: datetime, edition: str, signed_form_id: str = ZERO_GUID
) -> dict[str, Any]:
    """The return of an answered form; who filled it in is told for Helsenorge alone, and not in the older edition."""
    body = _common(order, "Completed", now) | {
        "formData": json.dumps(answer.data, ensure_ascii=False),
        "signedFormId": signed_form_id,
        "scannedPaperId": str(uuid4()) if answer.on_paper else ZERO_GUID,
        "formDataWarnings": [{"fieldName": name, "warning": warning} for name, warning in answer.warnings],
        "formOrderEventLog": [] if answer.on_paper else _event_log(answer, now),
    }
    if order.channel is NotificationChannel.Helsenorge and edition != "2023-10":
        self_filled = order.recipient.national_id if order.recipient else order.asked["nationalId"]
        national_id, kind = answer.filled_out_by or (self_filled, "SegSelv")
        body["filledOutBy"] = {"filledOutByActNationalId": national_id, "filledOutByActType": kind}
    return body


def expired(order: Order, *, now: datetime) -> dict[str, Any]:
    """The return of a form that nobody answered in time. What it holds besides its status is not documented."""
    return _common(order, "Expired", now) | {"formData": None, "scannedPaperId": ZERO_GUID, "formDataWarnings": []}


def _common(order: Order, status: str, now: datetime) -> dict[str, Any]:
    channel = order.channel or NotificationChannel.NoChannel
    body: dict[str, Any] = {
        "apiKey": order.system.api_key,
        "formOrderId": order.id,
        "formOrderStatus": status,
        "signedFormId": ZERO_GUID,
        "timestamp": now.astimezone(_NORWAY).isoformat(timespec="seconds"),
        "notificationChannel": channel.wire_name,
        "isPatientInitiated": order.patient_initiated,
    }
    return body | {"patientInitiatedValues": initiated_values(order)} if order.patient_initiated else body


def initiated_values(order: Order) -> dict[str, str]:
    """What a bestillersystem is told of an order that it did not place. Source: PasientinitiertBestillingAvSkjema."""
    local = order.ordered_at.astimezone(_NORWAY).replace(tzinfo=None)
    utc = order.ordered_at.astimezone(UTC).replace(tzinfo=None)
    return {
        "formId": order.asked["formId"],
        "nationalId": order.asked["nationalId"],
        "orderTimestamp": local.isoformat(timespec="milliseconds"),
        "orderTimestampUTC": f"{utc.isoformat(timespec='milliseconds')}Z",
    }


def _event_log(answer: Answer, now: datetime) -> list[dict[str, str]]:
    events: list[dict[str, str]] = [{"eventType": "FormOpened"}]
    events += [{"eventType": "QuestionAccessed", "questionId": name} for name in answer.data]
    events += [{"eventType": name} for name in _signing_events(answer)]
    events.append({"eventType": "FormDelivered"})
    step = _TIME_TO_ANSWER / (len(events) - 1)
    began = now.astimezone(UTC) - _TIME_TO_ANSWER
    return [event | {"timestampUtc": _moment(began + step * number)} for number, event in enumerate(events)]


def _signing_events(answer: Answer) -> list[str]:
    """Each attempt at signing begins anew; that it is logged so is our reading of the names."""
    endings = (*answer.signing_attempts, *(("SigningCompleted",) if answer.signed else ()))
    return [name for ending in endings for name in ("SigningStarted", ending)]


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"
