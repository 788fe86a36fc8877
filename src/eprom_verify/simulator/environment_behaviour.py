"""When things happen in the simulator, and in what order: as usual, or with one named thing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class EnvironmentBehaviour:
    """`now` is the moment it is, with a time zone, where that is not the clock's to say; `early_status` may change a
    status that is delivered before the order is answered.
    """

    now: datetime | None = None
    early_status: Callable[[Body], Body] = lambda body: body
