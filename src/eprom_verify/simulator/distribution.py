"""Which channel a patient is reached on.

Source: Integrasjonsguide, section Distribusjonsregler (the order of the channels); Personer and Testpersoner (who can
be reached where); ReservasjonMotForskning (the reservation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from eprom_verify.contract.enumerations import DistributionRule, NotificationChannel
from eprom_verify.persons import ContactPoint, Persona

HELSENORGE = NotificationChannel.Helsenorge
MAILBOX = NotificationChannel.DigitalMailbox
UNSECURE = NotificationChannel.Unsecure
PAPER = NotificationChannel.PhysicalMailbox

CHANNELS: dict[DistributionRule, tuple[NotificationChannel, ...]] = {
    DistributionRule.Basic: (HELSENORGE, MAILBOX),
    DistributionRule.AllowUnsecure: (HELSENORGE, MAILBOX, UNSECURE),
    DistributionRule.NoDistribution: (),
    DistributionRule.BasicOrPaper: (HELSENORGE, MAILBOX, PAPER),
    DistributionRule.AllowUnsecureOrPaper: (HELSENORGE, MAILBOX, UNSECURE, PAPER),
    DistributionRule.PaperOnly: (PAPER,),
    DistributionRule.HelsenorgeOnly: (HELSENORGE,),
    DistributionRule.DigitalMailboxOnly: (MAILBOX,),
    DistributionRule.UnsecureOnly: (UNSECURE,),
}


@dataclass(frozen=True)
class Limits:
    """The limits that decide who can be reached where.

    Ages in whole years. Source: Personer (16 or represented, 18, 13; 18 months). That contact details older than
    `contact_months` are not used for e-mail and SMS either is not documented for ePROM: it is the register's own rule.
    """

    helsenorge_age: int = 16
    mailbox_age: int = 18
    unsecure_age: int = 13
    contact_months: int = 18


class Reach:
    """Tells on what channels a person can be reached on a given day.

    `ignores` names what is wrongly left out of account: "consent", "research", "deceased", "confirmation" (of contact
    details), "contact reservation", "represented-adult", "deleted" or "each-point" (the age of each contact point by
    itself).
    """

    def __init__(self, *, today: date, limits: Limits | None = None, ignores: frozenset[str] = frozenset()) -> None:
        self._today = today
        self._limits = limits or Limits()
        self._ignores = ignores

    def channels(self, person: Persona, *, research: bool) -> frozenset[NotificationChannel]:
        """Every channel that reaches this person; `research` says that the bestillersystem is marked as research."""
        if not person.in_registry or (person.deceased and "deceased" not in self._ignores):
            return frozenset()
        reached = {
            HELSENORGE: self._helsenorge(person, research=research),
            MAILBOX: self._mailbox(person),
            UNSECURE: self._old_enough(person, self._limits.unsecure_age) and self._has_contact(person),
            PAPER: person.address is not None,
        }
        return frozenset(channel for channel, yes in reached.items() if yes)

    def _helsenorge(self, person: Persona, *, research: bool) -> bool:
        heeded = research and "research" not in self._ignores
        if heeded and person.helsenorge.reserved_against_research:
            return False
        # The one who represents has consented, and is digitally active, in the other's place.
        adult = self._old_enough(person, self._limits.mailbox_age)
        if person.helsenorge.represented and not (adult and "represented-adult" in self._ignores):
            return True
        old_enough = self._old_enough(person, self._limits.helsenorge_age)
        consented = person.helsenorge.consent_full or "consent" in self._ignores
        return consented and old_enough and self._has_contact(person)

    def contact_point(self, person: Persona, *, sms_first: bool = False) -> ContactPoint | None:
        """Where an e-mail or SMS goes: the e-mail address when there is one that counts, else the mobile number.

        Source: Utfylling av skjema, Epost eller sms.
        """
        points = (self.email(person), self.mobile(person))
        first, second = points[::-1] if sms_first else points
        return first or second

    def email(self, person: Persona) -> ContactPoint | None:
        """The e-mail address, when it counts."""
        return self._counting(person, person.contact.email)

    def mobile(self, person: Persona) -> ContactPoint | None:
        """The mobile number, when it counts."""
        return self._counting(person, person.contact.mobile)

    def _mailbox(self, person: Persona) -> bool:
        reserved = person.contact.reserved and "contact reservation" not in self._ignores
        return person.mailbox is not None and not reserved and self._old_enough(person, self._limits.mailbox_age)

    def _old_enough(self, person: Persona, age: int) -> bool:
        return person.age_on(self._today) >= age

    def _has_contact(self, person: Persona) -> bool:
        return self.contact_point(person) is not None

    def _counting(self, person: Persona, point: ContactPoint | None) -> ContactPoint | None:
        if person.contact.deleted and "deleted" not in self._ignores:
            return None
        points = [person.contact.email, person.contact.mobile] if "each-point" in self._ignores else [point]
        return point if any(each is not None and self._fresh(each) for each in points) else None

    def _fresh(self, point: ContactPoint) -> bool:
        confirmed_on = None if "confirmation" in self._ignores else point.verified_on
        newest = max(day for day in (point.updated_on, confirmed_on) if day is not None)
        return months_between(newest, self._today) < self._limits.contact_months


def months_between(earlier: date, later: date) -> int:
    """How many whole months lie between two days."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - 1 if later.day < earlier.day else months


def first_channel(tried: Iterable[NotificationChannel], reached: frozenset[NotificationChannel]) -> NotificationChannel:
    """The first channel of those tried that reaches the person, or None's place holder when none does."""
    return next((channel for channel in tried if channel in reached), NotificationChannel.NoChannel)
