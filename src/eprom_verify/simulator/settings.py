"""What the simulator is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.callbacks import Redelivery
from eprom_verify.simulator.forms import CATALOGUE, Form

BASE_PATH = "/promswebapi"
LETTER_PATH = f"{BASE_PATH}/api/v2/messagetocitizen"

_MIB = 1024 * 1024


def body_limit(path: str) -> int:
    """Bytes of a request that are read.

    The documentation names no limit but that of the PDF in a letter, 30 MB, which base64, escapes and attachments make
    more of.
    """
    return 96 * _MIB if path.rstrip("/").casefold() == LETTER_PATH else 4 * _MIB


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one simulator is to be.

    `callback_delay_s` is the time from the answer to an order until its status is delivered. `privacy_page_size` is how
    many citizens a page of a list has: few, so that paging is met early; what ePROM has is not documented.
    """

    edition: str = "2026-05"
    callback_delay_s: float = 0.005
    redelivery: Redelivery = field(default_factory=Redelivery)
    forms: Mapping[str, Form] = field(default_factory=lambda: CATALOGUE)
    behaviour: Behaviour = DOCUMENTED
    control: bool = False
    privacy_page_size: int = 3
