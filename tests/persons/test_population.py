"""The population: who is in it, and that it can be made again."""

from __future__ import annotations

import hashlib
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eprom_verify.persons import ContactStatus, Persona, Population, Series, classify, texts

TODAY = date(2026, 11, 22)

# Per persona, by hand: age (None: 30-60), consent on Helsenorge, mailbox, months since the e-mail was updated, since
# the mobile was, address.
EXPECTED: dict[str, tuple[int | None, bool, bool, int | None, int | None, bool]] = {
    "alle kanaler": (None, True, True, 3, 3, True),
    "Helsenorge og e-post": (None, True, False, 3, None, False),
    "representert barn": (8, False, False, None, None, False),
    "representert barn med adresse": (8, False, False, None, None, True),
    "Helsenorge og digital postkasse": (None, True, True, 3, None, False),
    "digital postkasse, e-post og papir": (None, False, True, 3, None, True),
    "digital postkasse og papir": (None, False, True, None, None, True),
    "bare digital postkasse": (None, False, True, None, None, False),
    "bare e-post": (None, False, False, 3, None, False),
    "bare mobil": (None, False, False, None, 3, False),
    "e-post og mobil": (None, False, False, 3, 3, False),
    "e-post og papir": (None, False, False, 3, None, True),
    "bare papir": (None, False, False, None, None, True),
    "ingen kanaler": (None, False, False, None, None, False),
    "gamle kontaktopplysninger": (None, True, True, 19, 19, False),
    "gamle kontaktopplysninger uten postkasse": (None, True, False, 19, 19, False),
    "nylig bekreftet kontakt": (None, True, False, 30, None, False),
    "12 år": (12, True, True, 3, None, True),
    "14 år": (14, True, True, 3, None, True),
    "17 år": (17, True, True, 3, None, True),
    "19 år": (19, True, True, 3, None, True),
    "delvis samtykke": (None, False, True, 3, None, False),
    "reservert mot forskning": (None, True, True, 3, None, True),
    "reservert mot forskning uten andre kanaler": (None, True, False, 3, None, False),
    "reservert i KRR": (None, True, True, 3, None, True),
    "død": (None, True, True, 3, 3, True),
    "D-nummer": (None, True, True, 3, None, True),
    "ikke i registeret": (None, False, False, None, None, False),
    "92 år": (92, True, True, 3, 3, True),
    "forelder": (38, True, True, 3, 3, True),
    "forelder uten Helsenorge": (41, False, True, 3, None, True),
    "barn uten Helsenorge": (9, False, False, None, None, True),
    "representert voksen": (79, False, False, None, None, False),
    "ny for bestillersystemet": (None, True, True, 3, None, False),
    "13 år": (13, True, True, 3, None, True),
    "D-nummer fra Tenor": (None, True, True, 3, 3, True),
    "15 år": (15, True, True, 3, None, True),
    "16 år": (16, True, True, 3, None, True),
    "18 år": (18, True, True, 3, None, True),
    "ny e-post og gammel mobil": (None, False, False, 3, 19, False),
    "gammel e-post og ny mobil": (None, False, False, 19, 3, False),
    "gammel bekreftelse": (None, True, False, 40, None, False),
    "slettet fra kontaktregisteret": (None, True, False, 3, 3, False),
    "rammet av feil hos ePROM": (None, True, True, 3, 3, True),
}


@pytest.fixture(scope="module")
def population() -> Population:
    return Population.generate(1, today=TODAY)


def _months(day: date | None) -> int | None:
    return None if day is None else (TODAY.year - day.year) * 12 + TODAY.month - day.month


def _facts(persona: Persona) -> tuple[bool, bool, int | None, int | None, bool]:
    email, mobile = persona.contact.email, persona.contact.mobile
    return (
        persona.helsenorge.consent_full,
        persona.mailbox is not None,
        _months(email.updated_on if email else None),
        _months(mobile.updated_on if mobile else None),
        persona.address is not None,
    )


def _named(population: Population, fact: str) -> set[str]:
    facts: dict[str, Callable[[Persona], bool]] = {
        "represented": lambda each: each.helsenorge.represented,
        "research": lambda each: each.helsenorge.reserved_against_research,
        "reserved": lambda each: each.contact.reserved,
        "deceased": lambda each: each.deceased,
        "unknown": lambda each: not each.in_registry,
        "deleted": lambda each: each.contact.status is ContactStatus.SLETTET,
        "d-number": lambda each: classify(each.national_id).is_d_number,
    }
    return {each.name for each in population if facts[fact](each)}


def test_names_in_order(population: Population) -> None:
    assert population.names == tuple(EXPECTED)
    assert [persona.name for persona in population] == list(EXPECTED)
    assert len(population) == len(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_persona_facts(population: Population, name: str) -> None:
    age, *facts = EXPECTED[name]
    persona = population[name]
    assert _facts(persona) == tuple(facts)
    assert persona.age_on(TODAY) == age if age is not None else 30 <= persona.age_on(TODAY) <= 60


@pytest.mark.parametrize(
    ("fact", "names"),
    [
        ("represented", {"representert barn", "representert barn med adresse", "representert voksen"}),
        ("research", {"reservert mot forskning", "reservert mot forskning uten andre kanaler"}),
        ("reserved", {"reservert i KRR"}),
        ("deceased", {"død"}),
        ("unknown", {"ikke i registeret"}),
        ("d-number", {"D-nummer", "D-nummer fra Tenor"}),
        ("deleted", {"slettet fra kontaktregisteret"}),
    ],
)
def test_rare_facts(population: Population, fact: str, names: set[str]) -> None:
    assert _named(population, fact) == names


def test_recently_verified_contact(population: Population) -> None:
    verified = {each.name: each.contact.email.verified_on for each in population if each.contact.email}
    assert verified.pop("nylig bekreftet kontakt") == date(2026, 9, 22)
    assert verified.pop("gammel bekreftelse") == date(2025, 4, 22)
    assert set(verified.values()) == {None}


def test_contact_status(population: Population) -> None:
    assert population["bare mobil"].contact.status is ContactStatus.AKTIV
    assert population["ingen kanaler"].contact.status is ContactStatus.IKKE_REGISTRERT


def test_d_numbers_of_both_series(population: Population) -> None:
    series = {classify(population[name].national_id).series for name in ("D-nummer", "D-nummer fra Tenor")}
    assert series == set(Series)


def test_children_have_digipost(population: Population) -> None:
    providers = {each.name: each.mailbox.provider.value for each in population if each.mailbox}
    assert {providers[name] for name in ("12 år", "14 år", "17 år", "19 år")} == {"Digipost"}
    assert set(providers.values()) == {"Digipost", "eBoks"}


def test_nobody_shares_a_number() -> None:
    """On this day with this seed two of them drew the same."""
    population = Population.generate(297209356, today=date(2038, 5, 14))
    assert len({each.national_id for each in population}) == len(population)


@given(st.integers(0, 2**64), st.dates(date(2024, 1, 1), date(2039, 12, 31)))
@settings(max_examples=30, deadline=None)
def test_every_id_synthetic(seed: int, today: date) -> None:
    population = Population.generate(seed, today=today)
    found = [classify(persona.national_id) for persona in population]
    assert all(each.synthetic for each in found)
    in_turn = (Series.PLUS_65, Series.PLUS_80)
    assert [each.series for each in found] == [in_turn[place % 2] for place in range(len(population))]
    assert len({each.number for each in found}) == len(population)
    assert {persona.age_on(today) for persona in population if persona.name in ("12 år", "92 år")} == {12, 92}


def test_found_by_number(population: Population) -> None:
    assert population.by_national_id(population["død"].national_id) is population["død"]
    assert population.by_national_id("") is None
    with pytest.raises(KeyError):
        population["Ola Nordmann"]


def test_ages_stay_put(population: Population) -> None:
    in_two_months, two_months_ago = date(2027, 1, 22), date(2026, 9, 22)
    ages = {(each.age_on(two_months_ago), each.age_on(TODAY), each.age_on(in_two_months)) for each in population}
    assert all(before == now == after for before, now, after in ages)


def test_contact_reaches_nobody(population: Population) -> None:
    emails = [each.contact.email.value for each in population if each.contact.email]
    mobiles = [each.contact.mobile.value for each in population if each.contact.mobile]
    assert all(re.fullmatch(r"[a-z.\-]+\.[0-9]{2}@example\.invalid", email) for email in emails)
    subscribers = [re.sub(r"\D", "", mobile.removeprefix("+47")) for mobile in mobiles]
    assert not any(re.fullmatch(r"[2-9][0-9]{7}", subscriber) for subscriber in subscribers)
    assert all(re.fullmatch(r"0000[0-9]{4}", subscriber) for subscriber in subscribers)
    assert len(set(emails + mobiles)) == len(emails + mobiles)


def test_addresses_are_whole(population: Population) -> None:
    addresses = [each.address for each in population if each.address]
    assert all(each.address_line1 and each.postal_place for each in addresses)
    assert all(re.fullmatch(r"[0-9]{4}", each.postal_code) for each in addresses)


def test_seed_and_day_decide(population: Population) -> None:
    assert Population.generate(1, today=TODAY) == population
    assert Population.generate(2, today=TODAY) != population
    assert Population.generate(1, today=date(2026, 11, 23)) != population


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_same_in_other_process(population: Population, hash_seed: str) -> None:
    code = (
        "import hashlib; from datetime import date; from eprom_verify.persons import Population;"
        "print(hashlib.sha256(repr(list(Population.generate(1, today=date(2026, 11, 22)))).encode()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == hashlib.sha256(repr(list(population)).encode()).hexdigest()


@pytest.mark.parametrize("today", [date(2028, 2, 29), date(2027, 1, 31), date(2027, 3, 31), date(2026, 12, 31)])
def test_odd_days(today: date) -> None:
    population = Population.generate(3, today=today)
    assert [population[name].age_on(today) for name in ("12 år", "14 år", "17 år", "19 år")] == [12, 14, 17, 19]


def test_texts_repeat() -> None:
    assert texts(random.Random(5)) == texts(random.Random(5))
    drawn = {texts(random.Random(seed)) for seed in range(40)}
    assert len(drawn) > 10
    assert all(each.signing_text and each.metadata_value and each.message for each in drawn)
