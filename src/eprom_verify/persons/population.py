"""The simulator's population: one made-up person for each way in which people differ to ePROM."""

from __future__ import annotations

import random
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

from faker import Faker

from eprom_verify.persons.national_id import Series, Sex, generate
from eprom_verify.persons.persona import (
    Address,
    Contact,
    ContactPoint,
    Helsenorge,
    Mailbox,
    MailboxProvider,
    Persona,
)

_SIGNING_TEXTS = (
    "Jeg bekrefter at opplysningene er gitt etter beste evne.",
    "Jeg har lest informasjonen og samtykker i at svarene brukes slik den sier.",
    "Jeg går god for svarene, og vet at jeg kan trekke dem tilbake.",
)
_METADATA_VALUES = ("høyre kne", "venstre hofte", "kontroll etter ett år", "første måling", "åpen rygg – nivå 2")
_MESSAGES = (
    "Dette er en prøvemelding uten sensitivt innhold.",
    "Vi vil gjerne vite hvordan det går med deg. Svar når du har tid.",
    "Prøve på æ, ø og å: blåbærsyltetøy på en skjør skål.",
)


@dataclass(frozen=True)
class Texts:
    """Made-up Norwegian sentences for a message: no person and no illness is behind them.

    Source: BestillingAvSkjemaV2, signingText and metadata; SendeMeldingSomSmsEpost (not sensitive).
    """

    signing_text: str
    metadata_value: str
    message: str


def texts(rng: random.Random) -> Texts:
    """Draw one of each text."""
    return Texts(rng.choice(_SIGNING_TEXTS), rng.choice(_METADATA_VALUES), rng.choice(_MESSAGES))


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What is special about a persona; a contact point is told by the months since it was updated.

    `series` is given where it matters; else the place in the table decides.
    """

    age: int | None = None
    consent: bool = False
    represented: bool = False
    reserved_research: bool = False
    mailbox: bool = False
    email_months: int | None = None
    mobile_months: int | None = None
    verified_months: int | None = None
    reserved_contact: bool = False
    address: bool = False
    deceased: bool = False
    in_registry: bool = True
    d_number: bool = False
    deleted_contact: bool = False
    series: Series | None = None


_FRESH = 3
_STALE = 19
_EVERYTHING = _Facts(consent=True, mailbox=True, email_months=_FRESH, mobile_months=_FRESH, address=True)


def _of_age(age: int) -> _Facts:
    return _Facts(age=age, consent=True, mailbox=True, email_months=_FRESH, address=True)


# In this order for good: the place in the table gives the series, the mailbox and the contact details.
_PERSONAS: dict[str, _Facts] = {
    "alle kanaler": _EVERYTHING,
    "Helsenorge og e-post": _Facts(consent=True, email_months=_FRESH),
    "representert barn": _Facts(age=8, represented=True),
    "representert barn med adresse": _Facts(age=8, represented=True, address=True),
    "Helsenorge og digital postkasse": _Facts(consent=True, mailbox=True, email_months=_FRESH),
    "digital postkasse, e-post og papir": _Facts(mailbox=True, email_months=_FRESH, address=True),
    "digital postkasse og papir": _Facts(mailbox=True, address=True),
    "bare digital postkasse": _Facts(mailbox=True),
    "bare e-post": _Facts(email_months=_FRESH),
    "bare mobil": _Facts(mobile_months=_FRESH),
    "e-post og mobil": _Facts(email_months=_FRESH, mobile_months=_FRESH),
    "e-post og papir": _Facts(email_months=_FRESH, address=True),
    "bare papir": _Facts(address=True),
    "ingen kanaler": _Facts(),
    "gamle kontaktopplysninger": _Facts(consent=True, mailbox=True, email_months=_STALE, mobile_months=_STALE),
    "gamle kontaktopplysninger uten postkasse": _Facts(consent=True, email_months=_STALE, mobile_months=_STALE),
    "nylig bekreftet kontakt": _Facts(consent=True, email_months=30, verified_months=2),
    "12 år": _of_age(12),
    "14 år": _of_age(14),
    "17 år": _of_age(17),
    "19 år": _of_age(19),
    "delvis samtykke": _Facts(mailbox=True, email_months=_FRESH),
    "reservert mot forskning": _Facts(
        consent=True, reserved_research=True, mailbox=True, email_months=_FRESH, address=True
    ),
    "reservert mot forskning uten andre kanaler": _Facts(consent=True, reserved_research=True, email_months=_FRESH),
    "reservert i KRR": _Facts(consent=True, mailbox=True, email_months=_FRESH, reserved_contact=True, address=True),
    "død": replace(_EVERYTHING, deceased=True),
    "D-nummer": _Facts(d_number=True, consent=True, mailbox=True, email_months=_FRESH, address=True),
    "ikke i registeret": _Facts(in_registry=False),
    "92 år": replace(_EVERYTHING, age=92),
    "forelder": replace(_EVERYTHING, age=38),
    "forelder uten Helsenorge": _Facts(age=41, mailbox=True, email_months=_FRESH, address=True),
    "barn uten Helsenorge": _Facts(age=9, address=True),
    "representert voksen": _Facts(age=79, represented=True),
    "ny for bestillersystemet": _Facts(consent=True, mailbox=True, email_months=_FRESH),
    "13 år": _of_age(13),
    "D-nummer fra Tenor": replace(_EVERYTHING, d_number=True, series=Series.PLUS_80),
    "15 år": _of_age(15),
    "16 år": _of_age(16),
    "18 år": _of_age(18),
    "ny e-post og gammel mobil": _Facts(email_months=_FRESH, mobile_months=_STALE),
    "gammel e-post og ny mobil": _Facts(email_months=_STALE, mobile_months=_FRESH),
    "gammel bekreftelse": _Facts(consent=True, email_months=40, verified_months=_STALE),
    "slettet fra kontaktregisteret": _Facts(
        consent=True, email_months=_FRESH, mobile_months=_FRESH, deleted_contact=True
    ),
    "rammet av feil hos ePROM": _EVERYTHING,
}


class Population:
    """Personas in a fixed order, found by name or by national id; no two of them share either."""

    def __init__(self, personas: Iterable[Persona]) -> None:
        self._by_name = {persona.name: persona for persona in personas}
        self._by_national_id = {persona.national_id: persona for persona in self._by_name.values()}

    @classmethod
    def generate(cls, seed: int, *, today: date) -> Self:
        """Make up the whole population; the same seed and day give the same people, to the letter.

        Ages and the age of contact data are counted from `today`, and stay the same for at least two months after it.

        Source: Personer, Varslingskanaler; Testpersoner; ReservasjonMotForskning; RepresentasjonPaaHelsenorge.
        """
        # One instance for all: building a locale costs far more than drawing from it.
        fake = Faker("no_NO")
        taken: set[str] = set()
        return cls(
            _make_persona(name, facts, position, fake=fake, seed=f"{seed} {today} {name}", today=today, taken=taken)
            for position, (name, facts) in enumerate(_PERSONAS.items())
        )

    def __getitem__(self, name: str) -> Persona:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Persona]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Population) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def names(self) -> tuple[str, ...]:
        """The names that features can speak of."""
        return tuple(self._by_name)

    def by_national_id(self, national_id: str) -> Persona | None:
        """The persona who has this number, or None."""
        return self._by_national_id.get(national_id)


def _make_persona(
    name: str, facts: _Facts, position: int, *, fake: Faker, seed: str, today: date, taken: set[str]
) -> Persona:
    # A text as seed goes through SHA-512, not through hash(), which differs between processes.
    rng = random.Random(seed)  # noqa: S311 - has to be repeatable
    fake.seed_instance(seed)
    sex = rng.choice((Sex.WOMAN, Sex.MAN))
    first_name = fake.first_name_female() if sex is Sex.WOMAN else fake.first_name_male()
    full_name = f"{first_name} {fake.last_name()}"
    birth_date = _birth_date(rng, facts.age if facts.age is not None else rng.randint(30, 60), today)
    series = facts.series or (Series.PLUS_65, Series.PLUS_80)[position % 2]
    provider = MailboxProvider.EBOKS if facts.age is None and position % 3 == 1 else MailboxProvider.DIGIPOST
    return Persona(
        name=name,
        national_id=_untaken(rng, taken, birth_date=birth_date, sex=sex, series=series, d_number=facts.d_number),
        birth_date=birth_date,
        sex=sex,
        full_name=full_name,
        address=Address(fake.street_address(), fake.postcode(), fake.city()) if facts.address else None,
        in_registry=facts.in_registry,
        deceased=facts.deceased,
        helsenorge=Helsenorge(
            consent_full=facts.consent,
            represented=facts.represented,
            reserved_against_research=facts.reserved_research,
        ),
        mailbox=Mailbox(provider) if facts.mailbox else None,
        contact=_contact(rng, facts, position, full_name=full_name, today=today),
    )


def _untaken(rng: random.Random, taken: set[str], **facts: Any) -> str:
    """A national id that nobody before has, seldom as it is that two are born on one day and draw the same."""
    number = generate(rng, **facts)
    while number in taken:
        number = generate(rng, **facts)
    taken.add(number)
    return number


def _birth_date(rng: random.Random, age: int, today: date) -> date:
    """A birth date that is months away from the birthdays at both ends of the age."""
    birthday = date(today.year - age, today.month, min(today.day, 28))
    return birthday - timedelta(days=rng.randint(90, 270))


def _contact(rng: random.Random, facts: _Facts, position: int, *, full_name: str, today: date) -> Contact:
    verified_on = _months_before(today, facts.verified_months)

    def point(value: str, months: int | None) -> ContactPoint | None:
        updated_on = _months_before(today, months)
        return None if updated_on is None else ContactPoint(value, updated_on, verified_on)

    # No Norwegian subscriber number starts with a zero, so no telephone can ring.
    mobile = f"+47 0000 {position:02d}{rng.randrange(100):02d}"
    return Contact(
        email=point(_email(full_name, position), facts.email_months),
        mobile=point(mobile, facts.mobile_months),
        reserved=facts.reserved_contact,
        deleted=facts.deleted_contact,
    )


def _email(full_name: str, position: int) -> str:
    letters = full_name.lower().replace("æ", "ae").replace("ø", "o").replace(" ", ".")
    ascii_name = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    return f"{ascii_name}.{position:02d}@example.invalid"


def _months_before(today: date, months: int | None) -> date | None:
    if months is None:
        return None
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
