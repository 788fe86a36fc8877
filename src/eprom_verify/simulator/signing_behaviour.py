"""How the simulator behaves when forms are signed: as documented, or with one thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eprom_verify.simulator.orders import Order


@dataclass(frozen=True)
class SigningBehaviour:
    """The points at which signing can be changed; the defaults are the documented behaviour.

    `delivers_unsigned` lets an order that must be signed be delivered unsigned. The signed document: `content` may
    change it, `serves_oldest` gives everybody the oldest one of all, `kept_days` is how many days it can be had,
    `misses` is how many times it cannot be had at first, though it is there, and `unknown` what an unknown id is
    answered with (None refuses it). Who may have it: `needs_key`, `takes_unknown_keys` and `takes_other_systems`.
    """

    delivers_unsigned: Callable[[Order], bool] = lambda order: False
    content: Callable[[bytes, Order], bytes] = lambda content, order: content
    serves_oldest: bool = False
    kept_days: int = 30
    misses: int = 0
    unknown: bytes | None = None
    needs_key: bool = True
    takes_unknown_keys: bool = False
    takes_other_systems: bool = False
