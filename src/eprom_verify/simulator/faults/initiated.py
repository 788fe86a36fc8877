"""What can be wrong in the simulator when patients order forms themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour, Body
from eprom_verify.simulator.initiated_behaviour import InitiatedBehaviour

VALUES = "patientInitiatedValues"
SOMEBODY_ELSE = "26670271527"
"""Hemit's published test person, who is nobody of the simulator's. Source: IntegrasjonVerifikasjon."""


def _initiated(**changes: Any) -> Behaviour:
    return replace(DOCUMENTED, initiated=InitiatedBehaviour(**changes))


def _returned(change: Callable[[Body], Body]) -> Behaviour:
    return _initiated(returned=change)


def _values(change: Callable[[Body], Body]) -> Callable[[Body], Body]:
    """Something is wrong in what the bestillersystem is told of the order."""
    return lambda body: body | {VALUES: change(body[VALUES])}


def _without(*names: str) -> Callable[[Body], Body]:
    return lambda body: {name: value for name, value in body.items() if name not in names}


def _local_is_utc(values: Body) -> Body:
    return values | {"orderTimestamp": str(values["orderTimestampUTC"]).removesuffix("Z")}


def _a_year_ago(values: Body) -> Body:
    """Both times agree, and are of another day."""

    def earlier(text: str) -> str:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
        return moment.replace(year=moment.year - 1, day=min(moment.day, 28)).isoformat(timespec="milliseconds")

    local, utc = values["orderTimestamp"], values["orderTimestampUTC"]
    return values | {"orderTimestamp": earlier(local), "orderTimestampUTC": f"{earlier(utc)}Z"}


FAULTS: dict[str, Behaviour] = {
    "initiated-draft-opened": _initiated(lenient=frozenset({"not-published"})),
    "initiated-without-leave": _initiated(lenient=frozenset({"not-orderable"})),
    "initiated-needs-channel": _initiated(needs_channel=True),
    "initiated-unsigned-delivered": _initiated(lenient=frozenset({"unsigned"})),
    "initiated-answers-lost": _returned(lambda body: body | {"formData": "{}"}),
    "initiated-to-other-owner": _initiated(owner=lambda name: ""),
    "initiated-not-marked": _returned(lambda body: body | {"isPatientInitiated": False}),
    "initiated-mark-missing": _returned(_without("isPatientInitiated")),
    "initiated-values-missing": _returned(_without(VALUES)),
    "initiated-other-person": _returned(_values(lambda values: values | {"nationalId": SOMEBODY_ELSE})),
    "initiated-form-missing": _returned(_values(_without("formId"))),
    "initiated-times-disagree": _returned(_values(_local_is_utc)),
    "initiated-times-old": _returned(_values(_a_year_ago)),
    "initiated-times-missing": _returned(_values(_without("orderTimestamp", "orderTimestampUTC"))),
    "initiated-expiry-without-time": _initiated(expired=_values(_without("orderTimestamp", "orderTimestampUTC"))),
    "initiated-never-returned": _initiated(forgets=True),
    "initiated-returned-twice": _initiated(copies=2),
    "initiated-copy-lost": _initiated(keeps_copy=True),
    "ordered-marked-as-initiated": _initiated(marks_ordinary=True),
}
