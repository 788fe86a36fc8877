"""A persona: a made-up person, told by facts; where the person can be reached is for the reader of them to work out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from eprom_verify.persons.national_id import Sex


@dataclass(frozen=True)
class Address:
    """A postal address, in the contract's parts; the name on it is the person's own.

    Source: Personer, papir; BestillingAvSkjemaV2, physicalAddress.
    """

    address_line1: str
    postal_code: str
    postal_place: str


@dataclass(frozen=True)
class Helsenorge:
    """What Helsenorge knows of a person.

    `consent_full`: has consented to level "Full" (Personer, helsenorge; Testpersoner).
    `represented`: somebody represents the person there (RepresentasjonPaaHelsenorge).
    `reserved_against_research`: wants no inquiries other than for health care; this stops Helsenorge alone
    (ReservasjonMotForskning, På helsenorge).
    """

    consent_full: bool = False
    represented: bool = False
    reserved_against_research: bool = False


class MailboxProvider(Enum):
    """Who keeps a digital mailbox. Source: Beskrivelse (digipost/eboks)."""

    DIGIPOST = "Digipost"
    EBOKS = "eBoks"


@dataclass(frozen=True)
class Mailbox:
    """A digital mailbox. Source: Personer, sikker digital postkasse."""

    provider: MailboxProvider


@dataclass(frozen=True)
class ContactPoint:
    """An e-mail address or mobile number in the contact register, with the dates that tell how fresh it is.

    It counts while it was updated or verified in the last 18 months. Source: Testpersoner, Kontaktregisteret.
    """

    value: str
    updated_on: date
    verified_on: date | None = None


class ContactStatus(Enum):
    """Whether the contact register has a person. The names are the register's own; ePROM's pages do not use them."""

    AKTIV = "AKTIV"
    SLETTET = "SLETTET"
    IKKE_REGISTRERT = "IKKE_REGISTRERT"


@dataclass(frozen=True)
class Contact:
    """A person's entry in the contact and reservation register (KRR).

    `reserved`: against digital communication; what that means for e-mail and SMS is not documented by ePROM.
    `deleted`: the entry has been taken out; what it held counts no more, though it may still stand there.
    Source: Personer, sms/epost; Beskrivelse, Pasientskjema.
    """

    email: ContactPoint | None = None
    mobile: ContactPoint | None = None
    reserved: bool = False
    deleted: bool = False

    @property
    def status(self) -> ContactStatus:
        """Whether the register has the person."""
        if self.deleted:
            return ContactStatus.SLETTET
        known = self.email is not None or self.mobile is not None or self.reserved
        return ContactStatus.AKTIV if known else ContactStatus.IKKE_REGISTRERT


@dataclass(frozen=True)
class Persona:
    """A synthetic person; `name` is the Norwegian key by which features speak of it.

    Birth date and sex are facts of their own, since a national id will not tell them from 2032.
    `in_registry`: whether the number is known; an order for an unknown one gets the zero GUID (BestillingAvSkjemaV2,
    Feilsituasjoner). `deceased`: cannot be reached (releasenotes/ReleaseNotev11.0).
    """

    name: str
    national_id: str
    birth_date: date
    sex: Sex
    full_name: str
    address: Address | None = None
    in_registry: bool = True
    deceased: bool = False
    helsenorge: Helsenorge = Helsenorge()
    mailbox: Mailbox | None = None
    contact: Contact = Contact()

    def age_on(self, day: date) -> int:
        """Whole years on a day; who was born on 29 February gets older on 1 March in other years.

        Source: Personer, Varslingskanaler (the age limits that this serves).
        """
        had_birthday = (day.month, day.day) >= (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - (0 if had_birthday else 1)
