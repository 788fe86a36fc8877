"""Who gets a form that is ordered on behalf of somebody, and on what channel.

Source: BestillingAvSkjemaV2, Parametere - Inn (onBehalfOfNationalId); PaVegneAvFlyt; RepresentasjonPaaHelsenorge;
ReleaseNotev13.1, Generelt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.persons import Persona
from eprom_verify.simulator.distribution import HELSENORGE, first_channel
from eprom_verify.simulator.on_behalf_behaviour import OnBehalfBehaviour

_OLD = "2023-10"


@dataclass(frozen=True)
class Addressee:
    """Who gets the form, and where; `on_behalf_of` is whom that person is asked to fill it in for, None for nobody.

    `person` is None when nobody is known by the number.
    """

    person: Persona | None
    channel: NotificationChannel
    on_behalf_of: Persona | None = None


@dataclass(frozen=True, kw_only=True)
class Party:
    """A person, and the channels that reach them with this form."""

    person: Persona
    reached: frozenset[NotificationChannel]


def addressee(
    receiver: Party,
    represented: Party,
    tried: Sequence[NotificationChannel],
    *,
    edition: str,
    behaviour: OnBehalfBehaviour,
) -> Addressee:
    """Where an order on behalf of somebody goes.

    Since v13.1 the represented person gets the form when Helsenorge reaches them, and the receiver only on the other
    channels; before, the receiver got it, as any other order. That the rule has to try Helsenorge for it is not
    documented.
    """
    newer = edition != _OLD
    represented_first = newer if behaviour.represented_first is None else behaviour.represented_first
    on_helsenorge = not newer if behaviour.receiver_on_helsenorge is None else behaviour.receiver_on_helsenorge
    if represented_first and HELSENORGE in represented.reached and (HELSENORGE in tried or not behaviour.heeds_rule):
        return Addressee(represented.person, HELSENORGE)
    reached = receiver.reached if on_helsenorge else receiver.reached - {HELSENORGE}
    return Addressee(receiver.person, first_channel(tried, reached), represented.person)
