"""Who gets a copy of an answered form.

Source: BestillingAvSkjemaV2, dontStoreCompletedFormInPha; IntegrasjonVerifikasjon, Spesialtilfeller (who fills in on
behalf of somebody gets none); img/Pasientinitiert ePROM flyt.png (Helsenorge, else the digital mailbox).
"""

from __future__ import annotations

from datetime import date

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.persons import Persona
from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.distribution import HELSENORGE, MAILBOX, Reach, first_channel
from eprom_verify.simulator.orders import Copy, Order

_KEEPERS = (HELSENORGE, MAILBOX)


def copies_of(order: Order, behaviour: Behaviour, *, today: date) -> list[Copy]:
    """The copies of an answered form. That a form delivered by e-mail, SMS or on paper is copied is not documented."""
    if order.recipient is None or order.asked["dontStoreCompletedFormInPha"]:
        return []
    if order.patient_initiated:
        reach = Reach(today=today, limits=behaviour.limits, ignores=behaviour.ignores)
        reached = reach.channels(order.recipient, research=order.system.research or behaviour.research)
        return [] if behaviour.initiated.keeps_copy else _copy(order.recipient, first_channel(_KEEPERS, reached))
    if order.on_behalf_of is not None and not behaviour.on_behalf.copy_to_receiver:
        return []
    return _copy(order.recipient, order.channel or NotificationChannel.NoChannel)


def _copy(person: Persona, channel: NotificationChannel) -> list[Copy]:
    return [Copy(person.national_id, channel)] if channel in _KEEPERS else []
