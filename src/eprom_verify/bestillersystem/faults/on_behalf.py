"""What can be wrong in the built-in bestillersystem when it orders on behalf of somebody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eprom_verify.bestillersystem.behaviour import CORRECT, Behaviour, Body
from eprom_verify.bestillersystem.on_behalf_behaviour import OnBehalfBehaviour

MEMBER = "onBehalfOfNationalId"


def _on_behalf(**changes: Any) -> Behaviour:
    return replace(CORRECT, on_behalf=OnBehalfBehaviour(**changes))


def _order(change: Callable[[Body], Body]) -> Behaviour:
    return replace(CORRECT, order=lambda body, key: change(body))


def _swapped(body: Body) -> Body:
    if not body[MEMBER]:
        return body
    return body | {"nationalId": body[MEMBER], MEMBER: body["nationalId"]}


def _always(body: Body) -> Body:
    """Names the patient as whom the form is about, also when nobody else receives it."""
    return body if body[MEMBER] or body["mustBeSigned"] else body | {MEMBER: body["nationalId"]}


FAULTS: dict[str, Behaviour] = {
    "on-behalf-forgotten": _order(lambda body: body | {MEMBER: None}),
    "on-behalf-swapped": _order(_swapped),
    "on-behalf-always": _order(_always),
    "on-behalf-given-to-receiver": _on_behalf(gives_to_receiver=True),
    "answer-given-to-filler": _on_behalf(gives_to_filler=True),
}
