"""What each citizen got: tasks on Helsenorge, letters in the digital mailbox, e-mail, SMS, paper and copies.

Source: Utfylling av skjema; Skjemapakke, section Skjemainformasjon; PaVegneAvFlyt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.persons import Persona
from eprom_verify.simulator.citizen_behaviour import CitizenBehaviour
from eprom_verify.simulator.cover_letters import metadata_of, with_metadata
from eprom_verify.simulator.forms import Form
from eprom_verify.simulator.orders import Order


class PostingKind(StrEnum):
    """What was sent."""

    TASK = "skjemaoppgave"
    LETTER = "brev i digital postkasse"
    EMAIL = "e-post"
    SMS = "sms"
    PAPER = "papirskjema"
    COPY = "kopi"


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One thing that one citizen got. `address` is where it went: a mailbox, an e-mail address, a number, a street."""

    kind: PostingKind
    channel: NotificationChannel
    order_id: str
    national_id: str
    address: str
    sender: str
    title: str
    text: str
    link: str | None
    sent_at: datetime


class Outbox:
    """Everything that was sent, in order."""

    def __init__(self) -> None:
        self.postings: list[Posting] = []

    def add(self, posting: Posting) -> None:
        """Send it."""
        self.postings.append(posting)

    def of(self, order_id: str, *kinds: PostingKind) -> list[Posting]:
        """What was sent for an order, of these kinds or of all."""
        wanted = kinds or tuple(PostingKind)
        return [each for each in self.postings if each.order_id == order_id and each.kind in wanted]


def on_behalf_text(order: Order, form: Form) -> str:
    """The text that says whom the form is about, by full name unless the form has a text of its own; "" when it is
    about the one who gets it. Source: PaVegneAvFlyt."""
    if order.on_behalf_of is None:
        return ""
    if form.information.on_behalf_of:
        return form.information.on_behalf_of
    return f"Du fyller ut skjemaet på vegne av {order.on_behalf_of.full_name}."


UNSECURE_SENDER = "Nasjonal pasientrapportering"
_UNSECURE_TITLE = "Skjema til utfylling"
_UNSECURE_TEXT = (
    "Hei. Du har fått et skjema som vi ønsker at du besvarer. Svarfrist: {expires}. "
    "Logg inn med BankID for å fylle det ut: {link}"
)


def notice(
    order: Order,
    form: Form,
    person: Persona,
    *,
    contact: str | None,
    on_behalf_of: str,
    behaviour: CitizenBehaviour,
    now: datetime,
) -> Posting | None:
    """What the person gets when the order is distributed; None when nobody is told.

    `contact` is the e-mail address or the number that is used outside Helsenorge and mailbox; `on_behalf_of` the text
    that says whom the form is about, "" when it is about the person.
    """
    channel = order.channel or NotificationChannel.NoChannel
    kind, address = _place(channel, person, contact, order)
    if kind is None:
        return None
    sender, title, text = _words(order, form, on_behalf_of, channel, behaviour)
    return Posting(
        kind=kind,
        channel=channel,
        order_id=order.id,
        national_id=person.national_id,
        address=address,
        sender=sender,
        title=title,
        text=text,
        link=None if channel is NotificationChannel.PhysicalMailbox else order.login_url,
        sent_at=now,
    )


def _place(
    channel: NotificationChannel, person: Persona, contact: str | None, order: Order
) -> tuple[PostingKind | None, str]:
    match channel:
        case NotificationChannel.Helsenorge:
            return PostingKind.TASK, "Helsenorge"
        case NotificationChannel.DigitalMailbox:
            return PostingKind.LETTER, person.mailbox.provider.value if person.mailbox else ""
        case NotificationChannel.Unsecure:
            return PostingKind.EMAIL if "@" in (contact or "") else PostingKind.SMS, contact or ""
        case NotificationChannel.PhysicalMailbox:
            return PostingKind.PAPER, _street(order, person)
    return None, ""


def _street(order: Order, person: Persona) -> str:
    given = order.asked.get("physicalAddress")
    if given:
        return ", ".join(str(part) for part in given.values() if part)
    at = person.address
    return f"{person.full_name}, {at.address_line1}, {at.postal_code} {at.postal_place}" if at else ""


def _words(
    order: Order, form: Form, on_behalf_of: str, channel: NotificationChannel, behaviour: CitizenBehaviour
) -> tuple[str, str, str]:
    """The sender, title and text of what is sent."""
    metadata = metadata_of(order.asked.get("metadata"))
    about = "" if "on-behalf-in-task" in behaviour.omits else on_behalf_of
    expires = f"{order.expires_at:%d.%m.%Y}"
    if channel is NotificationChannel.Unsecure:
        # A standard text: that it names nobody goes before the rule that a notification names whom it is about.
        text = _UNSECURE_TEXT.format(expires=expires, link=order.login_url)
        if "sender-in-unsecure" in behaviour.adds:
            text += f" Skjemaet «{form.shown_title}» er fra {order.system.name}."
        return UNSECURE_SENDER, _UNSECURE_TITLE, text
    if channel is NotificationChannel.PhysicalMailbox:
        return order.system.name, form.shown_title, f"{with_metadata(form.cover_letter, metadata)}\n\n{about}".strip()
    text = form.information.text
    if "metadata-in-task" in behaviour.adds:
        text = with_metadata(text, metadata)
    if "task-text" in behaviour.omits:
        text = ""
    parts = (text, about, f"Svarfrist: {expires}.")
    return order.system.name, form.information.title, "\n\n".join(part for part in parts if part)
