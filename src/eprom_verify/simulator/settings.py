"""What the simulator is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.callbacks import Redelivery
from eprom_verify.simulator.forms import CATALOGUE, Form

BASE_PATH = "/promswebapi"
BODY_LIMIT = 4 * 1024 * 1024
"""Bytes of an order that are accepted. The documentation names no limit for orders; a letter may be 30 MB."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one simulator is to be.

    `callback_delay_s` is the time from the answer to an order until its status is delivered.
    """

    edition: str = "2026-05"
    callback_delay_s: float = 0.005
    redelivery: Redelivery = field(default_factory=Redelivery)
    forms: Mapping[str, Form] = field(default_factory=lambda: CATALOGUE)
    behaviour: Behaviour = DOCUMENTED
    control: bool = False
