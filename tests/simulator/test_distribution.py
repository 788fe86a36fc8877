"""Who is reached where: a truth table written from the documentation, not from the simulator's own.

Source: Integrasjonsguide, Distribusjonsregler; Personer; Testpersoner; ReservasjonMotForskning.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.persons import Contact, ContactPoint, Helsenorge, Mailbox, MailboxProvider, Persona, Population, Sex
from eprom_verify.persons.national_id import Series, generate
from eprom_verify.serving import Host
from eprom_verify.simulator.distribution import months_between
from tests.simulator.conftest import Served, start
from tests.simulator.endpoint import Endpoint

RULES = (
    "Basic",
    "AllowUnsecure",
    "BasicOrPaper",
    "AllowUnsecureOrPaper",
    "PaperOnly",
    "HelsenorgeOnly",
    "DigitalMailboxOnly",
    "UnsecureOnly",
)
# H Helsenorge, D digital mailbox, U e-mail or SMS, P paper, - nobody; the columns are RULES.
TABLE = """
alle kanaler                                | H H H H P H D U
Helsenorge og e-post                        | H H H H - H - U
representert barn                           | H H H H - H - -
representert barn med adresse               | H H H H P H - -
Helsenorge og digital postkasse             | H H H H - H D U
digital postkasse, e-post og papir          | D D D D P - D U
digital postkasse og papir                  | D D D D P - D -
bare digital postkasse                      | D D D D - - D -
bare e-post                                 | - U - U - - - U
bare mobil                                  | - U - U - - - U
e-post og mobil                             | - U - U - - - U
e-post og papir                             | - U P U P - - U
bare papir                                  | - - P P P - - -
ingen kanaler                               | - - - - - - - -
gamle kontaktopplysninger                   | D D D D - - D -
gamle kontaktopplysninger uten postkasse    | - - - - - - - -
nylig bekreftet kontakt                     | H H H H - H - U
12 år                                       | - - P P P - - -
14 år                                       | - U P U P - - U
17 år                                       | H H H H P H - U
19 år                                       | H H H H P H D U
delvis samtykke                             | D D D D - - D U
reservert mot forskning                     | H H H H P H D U
reservert mot forskning uten andre kanaler  | H H H H - H - U
reservert i KRR                             | H H H H P H - U
død                                         | - - - - - - - -
D-nummer                                    | H H H H P H D U
92 år                                       | H H H H P H D U
forelder                                    | H H H H P H D U
forelder uten Helsenorge                    | D D D D P - D U
barn uten Helsenorge                        | - - P P P - - -
representert voksen                         | H H H H - H - -
ny for bestillersystemet                    | H H H H - H D U
13 år                                       | - U P U P - - U
D-nummer fra Tenor                          | H H H H P H D U
15 år                                       | - U P U P - - U
16 år                                       | H H H H P H - U
18 år                                       | H H H H P H D U
ny e-post og gammel mobil                   | - U - U - - - U
gammel e-post og ny mobil                   | - U - U - - - U
gammel bekreftelse                          | - - - - - - - -
slettet fra kontaktregisteret               | - - - - - - - -
rammet av feil hos ePROM                    | H H H H P H D U
"""
RESEARCH_TABLE = """
reservert mot forskning                     | D D D D P - D U
reservert mot forskning uten andre kanaler  | - U - U - - - U
alle kanaler                                | H H H H P H D U
digital postkasse og papir                  | D D D D P - D -
død                                         | - - - - - - - -
"""
# On a form that has no paper edition, the next channel is all there is.
NO_PAPER_TABLE = """
e-post og papir                             | - U - U ! - - U
bare papir                                  | - - - - ! - - -
alle kanaler                                | H H H H ! H D U
"""
NOT_ON_PAPER = "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e10"

NAMES = {"H": "Helsenorge", "D": "DigitalMailbox", "U": "Unsecure", "P": "PhysicalMailbox", "-": "None"}
NUMBERS = {"H": 1, "D": 2, "U": 3, "P": 4, "-": 0}

Row = tuple[str, tuple[str, ...]]


def rows(table: str) -> list[Row]:
    split = [line.split("|") for line in table.strip().splitlines()]
    return [(name.strip(), tuple(cells.split())) for name, cells in split]


@pytest.fixture(scope="module")
def system() -> Iterator[Endpoint]:
    opened = Endpoint()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def care(
    host: Host, population: Population, system: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with ExitStack() as stack:
        yield start(stack, host, population, tmp_path_factory.mktemp("c") / "journal.sqlite", callback_url=system.url)


@pytest.fixture(scope="module")
def research(
    host: Host, population: Population, system: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("r") / "journal.sqlite"
    with ExitStack() as stack:
        yield start(stack, host, population, path, callback_url=system.url, research=True)


def test_table_is_whole(population: Population) -> None:
    assert [name for name, _ in rows(TABLE)] == [name for name in population.names if name != "ikke i registeret"]
    assert {len(cells) for _, cells in [*rows(TABLE), *rows(RESEARCH_TABLE), *rows(NO_PAPER_TABLE)]} == {len(RULES)}


@pytest.mark.parametrize(("persona", "cells"), rows(TABLE))
def test_reached(care: Served, system: Endpoint, persona: str, cells: tuple[str, ...]) -> None:
    assert reached(care, system, persona) == dict(zip(RULES, cells, strict=True))


@pytest.mark.parametrize(("persona", "cells"), rows(RESEARCH_TABLE))
def test_reached_for_research(research: Served, system: Endpoint, persona: str, cells: tuple[str, ...]) -> None:
    assert reached(research, system, persona) == dict(zip(RULES, cells, strict=True))


@pytest.mark.parametrize(("persona", "cells"), rows(NO_PAPER_TABLE))
def test_reached_without_paper(care: Served, system: Endpoint, persona: str, cells: tuple[str, ...]) -> None:
    found = reached(care, system, persona, formId=NOT_ON_PAPER)
    assert found == dict(zip(RULES, cells, strict=True))


@pytest.mark.parametrize("persona", [name for name, _ in rows(TABLE)])
def test_nobody_notified(care: Served, system: Endpoint, persona: str) -> None:
    answer = care.order(persona, distributionRule="NoDistribution").json()
    status = status_of(system, answer["id"])
    assert (answer["notificationChannel"], status["notificationChannel"]) == ("None", 0)
    assert (status["formOrderStatus"], status["formOrderStatusErrorCode"]) == ("Ordered", "None")
    assert answer["singleUseCode"]
    assert "/proms/formIdp/" in answer["loginUrl"]


def reached(served: Served, system: Endpoint, persona: str, **changes: Any) -> dict[str, str]:
    """Where the answers and the statuses, which must agree, say that each rule reaches a persona."""
    answers = {rule: served.order(persona, distributionRule=rule, **changes) for rule in RULES}
    return {rule: letter(system, answer) for rule, answer in answers.items()}


def letter(system: Endpoint, answer: Any) -> str:
    if answer.status_code == 400:
        assert "is not paper enabled" in answer.text
        return "!"
    made = answer.json()
    status = status_of(system, made["id"])
    found = next(each for each, number in NUMBERS.items() if number == status["notificationChannel"])
    assert made["notificationChannel"] == NAMES[found]
    assert ("/proms/form/" in made["loginUrl"]) == (found == "H")
    assert made["singleUseCode"] is None
    expected = ("Error", "PatientUnreachable") if found == "-" else ("Ordered", "None")
    assert (status["formOrderStatus"], status["formOrderStatusErrorCode"]) == expected
    return found


def status_of(system: Endpoint, order_id: str) -> Any:
    """The one status that came for an order."""
    count = 1
    while system.wait(count):
        for call in system.calls[count - 1 :]:
            if call.json["formOrderId"] == order_id:
                return call.json
            count += 1
    raise AssertionError(f"no status came for {order_id}")


# The birthday begins at midnight in Norway, when UTC still shows the eve.
EVE = datetime(2026, 6, 14, 21, 59, tzinfo=UTC)
BIRTHDAY = datetime(2026, 6, 14, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "before", "after"),
    [
        (13, "- - - - - - - -", "- U - U - - - U"),
        (16, "- U - U - - - U", "H H H H - H - U"),
        (18, "H H H H - H - U", "H H H H - H D U"),
    ],
)
def test_birthday(host: Host, system: Endpoint, tmp_path: Path, age: int, before: str, after: str) -> None:
    person = somebody(born=date(2026 - age, 6, 15), email=date(2026, 3, 1))
    with ExitStack() as stack:
        people = Population([person])
        served = start(stack, host, people, tmp_path / "journal.sqlite", callback_url=system.url)
        for now, cells in ((EVE, before), (BIRTHDAY, after)):
            served.now = now
            assert reached(served, system, "prøveperson") == dict(zip(RULES, cells.split(), strict=True))


@pytest.mark.parametrize(
    ("today", "cells"),
    [
        (datetime(2025, 2, 28, 12, tzinfo=UTC), "- - - - - - - -"),
        (datetime(2025, 3, 1, 12, tzinfo=UTC), "- U - U - - - U"),
    ],
)
def test_leap_birthday(host: Host, system: Endpoint, tmp_path: Path, today: datetime, cells: str) -> None:
    person = somebody(born=date(2012, 2, 29), email=date(2025, 1, 1))
    with ExitStack() as stack:
        served = start(stack, host, Population([person]), tmp_path / "journal.sqlite", callback_url=system.url)
        served.now = today
        assert reached(served, system, "prøveperson") == dict(zip(RULES, cells.split(), strict=True))


FRESH, STALE = date(2026, 1, 2), date(2024, 6, 1)


@pytest.mark.parametrize(
    ("email", "mobile", "verified", "counts"),
    [
        (FRESH, STALE, None, True),
        (STALE, FRESH, None, True),
        (FRESH, None, None, True),
        (None, FRESH, None, True),
        (STALE, STALE, None, False),
        (STALE, None, FRESH, True),
        (STALE, STALE, STALE, False),
        (None, None, None, False),
        (date(2024, 9, 3), None, None, True),
        (date(2024, 9, 2), None, None, False),
        (None, date(2024, 9, 3), None, True),
        (None, date(2024, 9, 2), None, False),
    ],
)
def test_fresh_contact(
    host: Host,
    system: Endpoint,
    tmp_path: Path,
    email: date | None,
    mobile: date | None,
    verified: date | None,
    counts: bool,
) -> None:
    person = somebody(born=date(1980, 1, 1), email=email, mobile=mobile, verified=verified)
    with ExitStack() as stack:
        served = start(stack, host, Population([person]), tmp_path / "journal.sqlite", callback_url=system.url)
        found = reached(served, system, "prøveperson")
    expected = "H H H H - H D U" if counts else "D D D D - - D -"
    assert found == dict(zip(RULES, expected.split(), strict=True))


@pytest.mark.parametrize(
    ("earlier", "later", "months"),
    [
        (date(2024, 9, 2), date(2026, 3, 2), 18),
        (date(2024, 9, 2), date(2026, 3, 1), 17),
        (date(2024, 9, 2), date(2026, 3, 3), 18),
        (date(2024, 8, 31), date(2026, 2, 28), 17),
        (date(2024, 8, 31), date(2026, 3, 1), 18),
        (date(2024, 8, 31), date(2026, 3, 31), 19),
        (date(2024, 2, 29), date(2025, 8, 28), 17),
        (date(2024, 2, 29), date(2025, 8, 29), 18),
        (date(2022, 8, 29), date(2024, 2, 28), 17),
        (date(2022, 8, 29), date(2024, 2, 29), 18),
        (date(2022, 8, 31), date(2024, 2, 29), 17),
        (date(2025, 12, 31), date(2026, 1, 1), 0),
        (date(2026, 3, 2), date(2026, 3, 2), 0),
        (date(2026, 3, 3), date(2026, 3, 2), -1),
    ],
)
def test_months_between(earlier: date, later: date, months: int) -> None:
    assert months_between(earlier, later) == months


def somebody(
    *, born: date, email: date | None = None, mobile: date | None = None, verified: date | None = None
) -> Persona:
    """A person with a mailbox, who has consented on Helsenorge."""

    def point(value: str, updated: date | None) -> ContactPoint | None:
        return None if updated is None else ContactPoint(value, updated, verified)

    return Persona(
        name="prøveperson",
        national_id=generate(random.Random(2), birth_date=born, sex=Sex.WOMAN, series=Series.PLUS_80),
        birth_date=born,
        sex=Sex.WOMAN,
        full_name="Prøve Person",
        helsenorge=Helsenorge(consent_full=True),
        mailbox=Mailbox(MailboxProvider.DIGIPOST),
        contact=Contact(point("a@example.invalid", email), point("+47 0000 0000", mobile)),
    )
