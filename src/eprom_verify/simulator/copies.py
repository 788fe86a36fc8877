"""Who gets a copy of an answered form.

Source: BestillingAvSkjemaV2, dontStoreCompletedFormInPha; IntegrasjonVerifikasjon, Spesialtilfeller (who fills in on
behalf of somebody gets none); img/Pasientinitiert ePROM flyt.png (Helsenorge, else the digital mailbox).
"""

from __future__ import annotations

from datetime import date

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.distribution import HELSENORGE, MAILBOX, Reach, first_channel
from eprom_verify.simulator.orders import Copy, Order
from eprom_verify.simulator.returns import Answer

_KEEPERS = (HELSENORGE, MAILBOX)


def copies_of(order: Order, answer: Answer, behaviour: Behaviour, *, today: date) -> list[Copy]:
    """The copies of an answered form. That a form delivered by e-mail, SMS or on paper is copied is not documented."""
    if order.recipient is None or order.asked["dontStoreCompletedFormInPha"]:
        return []
    channel = order.channel or NotificationChannel.NoChannel
    if order.patient_initiated:
        reach = Reach(today=today, limits=behaviour.limits, ignores=behaviour.ignores)
        reached = reach.channels(order.recipient, research=order.system.research or behaviour.research)
        channel = NotificationChannel.NoChannel if behaviour.initiated.keeps_copy else first_channel(_KEEPERS, reached)
    holders = [] if order.on_behalf_of is not None else [order.recipient.national_id]
    if behaviour.on_behalf.copy_to_filler:
        holders += _fills_in_for_another(order, answer)
    return [Copy(each, channel) for each in holders] if channel in _KEEPERS else []


def _fills_in_for_another(order: Order, answer: Answer) -> list[str]:
    if answer.filled_out_by is not None:
        return [answer.filled_out_by[0]]
    return [order.recipient.national_id] if order.recipient and order.on_behalf_of is not None else []
