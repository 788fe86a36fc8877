"""What can be wrong in the simulator's places and times, and in the order of its messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour, Body
from eprom_verify.simulator.environment_behaviour import EnvironmentBehaviour
from eprom_verify.simulator.orders import Order

_NORWAY = ZoneInfo("Europe/Oslo")
_PRODUCTION = "https://pasientrapportering.nhn.no"


def _always(change: Callable[[Body], Body]) -> Callable[[Body, Order], Body]:
    return lambda body, order: change(body)


def _to_production(body: Body) -> Body:
    link = str(body["loginUrl"])
    return body | {"loginUrl": f"{_PRODUCTION}{link[link.index('/proms/') :]}"}


def _offset_of_day(moment: datetime) -> timedelta:
    """One offset for the whole of a Norwegian day, that of its noon: right on all days but two."""
    return moment.astimezone(_NORWAY).replace(hour=12).utcoffset() or timedelta()


def _status_by_day(body: Body) -> Body:
    if "timestampUtc" not in body:
        return body
    utc = datetime.fromisoformat(str(body["timestampUtc"]))
    local = (utc + _offset_of_day(utc)).replace(tzinfo=None)
    return body | {"timestamp": f"{local.isoformat(timespec='microseconds')}0"}


def _return_by_day(body: Body) -> Body:
    """The local time is right, and its offset is not."""
    local = datetime.fromisoformat(str(body["timestamp"]))
    return body | {"timestamp": local.replace(tzinfo=timezone(_offset_of_day(local))).isoformat(timespec="seconds")}


def _local_log(body: Body) -> Body:
    return body | {"formOrderEventLog": [_local_event(each) for each in body.get("formOrderEventLog", [])]}


def _local_event(event: dict[str, Any]) -> dict[str, Any]:
    local = datetime.fromisoformat(event["timestampUtc"]).replace(tzinfo=UTC).astimezone(_NORWAY)
    return event | {"timestampUtc": f"{local.replace(tzinfo=None).isoformat(' ', 'milliseconds')}"}


FAULTS: dict[str, Behaviour] = {
    "link-to-production": replace(DOCUMENTED, order_response=_always(_to_production)),
    "early-status-for-other-order": replace(
        DOCUMENTED, environment=EnvironmentBehaviour(early_status=lambda body: body | {"formOrderId": str(uuid4())})
    ),
    "status-offset-of-the-day": replace(DOCUMENTED, status_callback=_always(_status_by_day)),
    "return-offset-of-the-day": replace(DOCUMENTED, form_return=_always(_return_by_day)),
    "return-log-in-local-time": replace(DOCUMENTED, form_return=_always(_local_log)),
}
