"""What the simulator holds: registered bestillersystemer, orders and the callbacks that it has sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from eprom_verify.contract.enumerations import DistributionRule, FormOrderStatus, NotificationChannel
from eprom_verify.persons import Persona

_NORWAY = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True)
class Bestillersystem:
    """A bestillersystem as it is registered in ePROM admin. Source: Startguide; ReservasjonMotForskning.

    `api_base_url` is where the callbacks go, without a trailing slash; None when there is nowhere to send them.
    """

    name: str
    api_key: str
    api_base_url: str | None
    research: bool = False


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver a callback; `status` is None when nobody answered."""

    at: datetime
    accepted: bool
    status: int | None
    answer: str


@dataclass(frozen=True)
class Copy:
    """A copy of an answered form that a person keeps, on Helsenorge or in the digital mailbox."""

    national_id: str
    channel: NotificationChannel


@dataclass
class Order:
    """An order and what became of it.

    `asked` is the order as it was sent, with the members' documented names. `channel` is where the patient was
    notified, None until that is decided; `distributed` is set when it is. `recipient` is the person who gets the form,
    None when nobody has the number; `on_behalf_of` whom that person fills it in for, None when it is about the
    recipient (so it is, too, when a represented person gets the form directly on Helsenorge). `patient_initiated` says
    that nobody ordered it but the patient. `copies` are those of the answered form.
    """

    id: str
    system: Bestillersystem
    rule: DistributionRule
    asked: dict[str, Any]
    ordered_at: datetime
    preferred: NotificationChannel
    single_use_code: str | None
    login_url: str
    status: FormOrderStatus | None = None
    channel: NotificationChannel | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    recipient: Persona | None = None
    on_behalf_of: Persona | None = None
    patient_initiated: bool = False
    copies: list[Copy] = field(default_factory=list)
    distributed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def receiver(self) -> str:
        """The national id of who gets the form."""
        return self.recipient.national_id if self.recipient else str(self.asked["nationalId"])

    @property
    def expires_at(self) -> datetime:
        """When the time for answering runs out; a time without a zone is Norwegian (not documented).

        Far away when the order names no time, as that of a patient does not.
        """
        sent = datetime.fromisoformat(self.asked.get("expiryDate") or "9999-12-31T00:00:00Z")
        return sent if sent.tzinfo else sent.replace(tzinfo=_NORWAY)
