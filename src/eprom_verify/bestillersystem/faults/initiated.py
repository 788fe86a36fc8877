"""What can be wrong in the built-in bestillersystem with forms that patients order themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour
from eprom_verify.bestillersystem.initiated_behaviour import InitiatedBehaviour


def _initiated(**changes: Any) -> Behaviour:
    return replace(CORRECT, initiated=InitiatedBehaviour(**changes))


FAULTS: dict[str, Behaviour] = {
    "initiated-refused": _initiated(refuses=True),
    "initiated-patient-not-created": _initiated(creates_patient=False),
    "initiated-patient-created-again": _initiated(creates_again=True),
    "initiated-registered-twice": _initiated(registers_repeats=True),
    "initiated-time-local-as-utc": _initiated(time_member="ordertimestamp"),
    "unknown-taken-for-initiated": _initiated(takes_unmarked=True),
}
