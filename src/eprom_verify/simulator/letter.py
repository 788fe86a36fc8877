"""A letter as the simulator holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.contract.letter_documents import Document
from eprom_verify.simulator.orders import Bestillersystem, Delivery


@dataclass
class Letter:
    """A letter and what became of it.

    `channel` is where it was sent; `wanted` are the channels that were asked for, in order. The PDF itself is not
    kept: `document` is what it is known by.
    """

    id: str
    system: Bestillersystem
    national_id: str
    title: str
    document: Document
    wanted: tuple[NotificationChannel, ...]
    color: bool
    test_mode: bool
    sent_at: datetime
    channel: NotificationChannel
    deliveries: list[Delivery] = field(default_factory=list)
