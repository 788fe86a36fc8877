"""What can be wrong in the simulator when forms are ordered, or filled in, on behalf of somebody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eprom_verify.simulator.behaviour import DOCUMENTED, Behaviour, Body
from eprom_verify.simulator.on_behalf_behaviour import OnBehalfBehaviour
from eprom_verify.simulator.orders import Order


def _on_behalf(**changes: Any) -> Behaviour:
    return replace(DOCUMENTED, on_behalf=OnBehalfBehaviour(**changes))


def _unusable(order: Order) -> bool:
    """Ordered on behalf of nobody that there is, or of the receiver."""
    named = order.asked["onBehalfOfNationalId"]
    receives = order.recipient is not None and order.recipient.national_id == order.asked["nationalId"]
    return bool(named) and order.on_behalf_of is None and receives


def _filled_out_by_patient(body: Body, order: Order) -> Body:
    """The role is told rightly, with the number of the one whom the form is about."""
    told = body.get("filledOutBy")
    if told is None or order.recipient is None:
        return body
    return body | {"filledOutBy": told | {"filledOutByActNationalId": order.recipient.national_id}}


def _roles_swapped(body: Body, order: Order) -> Body:
    del order
    told = body.get("filledOutBy")
    if told is None:
        return body
    kind = told["filledOutByActType"]
    swapped = {"Foreldrerepresentasjon": "Fullmakt", "Fullmakt": "Foreldrerepresentasjon"}
    return body | {"filledOutBy": told | {"filledOutByActType": swapped.get(kind, kind)}}


FAULTS: dict[str, Behaviour] = {
    "on-behalf-not-echoed": replace(
        DOCUMENTED, order_response=lambda body, order: body | {"onBehalfOfNationalId": None}
    ),
    "represented-not-used": _on_behalf(represented_first=False),
    "receiver-on-helsenorge": _on_behalf(receiver_on_helsenorge=True),
    "represented-used-too-early": _on_behalf(represented_first=True),
    "receiver-not-on-helsenorge": _on_behalf(receiver_on_helsenorge=False),
    "represented-despite-rule": _on_behalf(heeds_rule=False),
    "copy-to-filler": _on_behalf(copy_to_filler=True),
    "on-behalf-never-returned": replace(DOCUMENTED, forgets_return=lambda order: order.on_behalf_of is not None),
    "filled-out-by-patient": replace(DOCUMENTED, form_return=_filled_out_by_patient),
    "filled-out-by-roles-swapped": replace(DOCUMENTED, form_return=_roles_swapped),
    "on-behalf-unusable-fails": replace(DOCUMENTED, error_for=_unusable),
}
