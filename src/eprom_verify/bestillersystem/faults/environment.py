"""What can be wrong in the built-in bestillersystem's times, and in the order that it takes for granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour, Body

_NORWAY = ZoneInfo("Europe/Oslo")


def _first_of_two_hours(body: Body, key: str) -> Body:
    """Takes the hour that comes twice in October for the first of them, as who keeps local time alone."""
    del key
    local = datetime.fromisoformat(body["expiryDate"]).replace(tzinfo=_NORWAY)
    return body | {"expiryDate": local.isoformat(timespec="seconds")}


FAULTS: dict[str, Behaviour] = {
    "status-of-older-order-lost": replace(CORRECT, forgets_older=True),
    "expiry-second-hour-lost": replace(CORRECT, order=_first_of_two_hours),
}
