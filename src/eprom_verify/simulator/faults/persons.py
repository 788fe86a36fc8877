"""What can be wrong in whom the simulator reaches, and with what."""

from __future__ import annotations

from dataclasses import replace

from eprom_verify.persons import Series
from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour
from eprom_verify.simulator.distribution import Limits


def _ignores(name: str) -> Behaviour:
    return replace(DOCUMENTED, ignores=frozenset({name}))


def _limits(**changes: int) -> Behaviour:
    return replace(DOCUMENTED, limits=replace(Limits(), **changes))


FAULTS: dict[str, Behaviour] = {
    "old-email-used": _ignores("each-point"),
    "deleted-contact-used": _ignores("deleted"),
    "represented-adult-ignored": _ignores("represented-adult"),
    "age-helsenorge-15": _limits(helsenorge_age=15),
    "age-helsenorge-17": _limits(helsenorge_age=17),
    "age-mailbox-19": _limits(mailbox_age=19),
    "age-unsecure-14": _limits(unsecure_age=14),
    "d-number-tenor-unknown": replace(DOCUMENTED, unknown_d_numbers=frozenset({Series.PLUS_80})),
    "address-of-order-ignored": replace(DOCUMENTED, ignores_order_address=True),
}
