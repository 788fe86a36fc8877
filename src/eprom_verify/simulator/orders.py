"""What the simulator holds: registered bestillersystemer, orders and the callbacks that it has sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eprom_verify.contract.enumerations import DistributionRule, FormOrderStatus, NotificationChannel


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


@dataclass
class Order:
    """An order and what became of it.

    `asked` is the order as it was sent, with the members' documented names. `channel` is where the patient was
    notified, None until that is decided.
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
