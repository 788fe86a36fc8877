"""Ages of personas."""

from __future__ import annotations

from datetime import date

import pytest

from eprom_verify.persons import Contact, Helsenorge, Persona, Sex


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2010, 6, 15), date(2026, 6, 14), 15),
        (date(2010, 6, 15), date(2026, 6, 15), 16),
        (date(2010, 6, 15), date(2026, 12, 31), 16),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 6, 15), date(2026, 6, 15), 0),
    ],
)
def test_age_on_day(born: date, day: date, age: int) -> None:
    persona = Persona(name="x", national_id="", birth_date=born, sex=Sex.WOMAN, full_name="X")
    assert persona.age_on(day) == age


def test_plain_persona_unreachable() -> None:
    persona = Persona(name="x", national_id="", birth_date=date(1980, 1, 1), sex=Sex.MAN, full_name="X")
    assert (persona.address, persona.mailbox, persona.deceased, persona.in_registry) == (None, None, False, True)
    assert persona.helsenorge == Helsenorge(consent_full=False, represented=False, reserved_against_research=False)
    assert persona.contact == Contact(email=None, mobile=None, reserved=False)
