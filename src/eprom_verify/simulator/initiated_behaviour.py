"""Where the forms that patients order themselves can go wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class InitiatedBehaviour:
    """The points at which patient-initiated forms can be changed; the defaults are the documented behaviour.

    `returned` may change what an answered form returns, and `expired` what an expired one does; `copies` is how many
    times they are delivered, and `forgets` delivers neither. `owner` may change the name of the bestillersystem that
    owns a form. `lenient` are refusals that are left out ("not-published", "not-orderable", "unsigned"), and
    `needs_channel` refuses a patient whom no channel would reach. `keeps_copy` sends the patient no copy.
    `marks_ordinary` marks what was ordered too.
    """

    returned: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
    expired: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: body
    forgets: bool = False
    copies: int = 1
    owner: Callable[[str], str] = lambda name: name
    lenient: frozenset[str] = frozenset()
    needs_channel: bool = False
    keeps_copy: bool = False
    marks_ordinary: bool = False
