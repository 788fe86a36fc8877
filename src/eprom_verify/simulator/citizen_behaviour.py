"""How the simulator behaves towards the citizen: as documented, or with one named thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Omission = Literal[
    "cover-letter",
    "placeholders",
    "metadata-fields",
    "metadata-text",
    "default-values",
    "required",
    "range",
    "task-text",
    "copy",
    "saved",
    "code",
    "code-once",
    "birth-date",
    "d-number",
    "own-order",
    "receiver",
    "answered",
    "expiry",
    "on-behalf-in-task",
    "on-behalf-in-form",
]
Extra = Literal[
    "default-values-everywhere",
    "default-dates-in-utc",
    "letter-of-part",
    "answers-as-text",
    "metadata-in-task",
    "sender-in-unsecure",
    "sms-first",
    "copy-unwanted",
    "copy-by-unsecure",
    "copy-to-other",
    "save-everywhere",
    "withdrawn-closed",
]


@dataclass(frozen=True)
class CitizenBehaviour:
    """The points at which the citizen's side can be changed; as documented when both are empty.

    `omits` names what is wrongly left out or not looked at, `adds` what is wrongly done.
    """

    omits: frozenset[Omission] = frozenset()
    adds: frozenset[Extra] = frozenset()
