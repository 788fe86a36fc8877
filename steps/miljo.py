"""Setninger om miljøet, klokken, og rekkefølgen som meldingene kommer i."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import environment, statuses
from eprom_verify.checks.case import Case
from eprom_verify.rig import Rig


@pytest.fixture
def other_case(rig: Rig) -> Iterator[Case]:
    """Den andre bestillingen i scenariet."""
    begun = Case.begin(rig)
    yield begun
    begun.close()


@given(parsers.parse('at klokken hos ePROM er "{utc}" UTC'))
def clock_is(case: Case, utc: str) -> None:
    environment.set_clock(case, utc)


@given("at ePROM holder statusen tilbake")
def status_is_held_back(case: Case) -> None:
    case.stimulate(forgets=lambda order: True)


@when(parsers.parse('bestillersystemet bestiller et skjema til "{persona}" med regelen "{rule}"'))
def the_system_orders_another(case: Case, other_case: Case, persona: str, rule: str) -> None:
    other_case.choose(persona)
    other_case.place(rule)
    case.note(other_case.made)


@when("statusen for den første bestillingen kommer etter statusen for den andre")
def statuses_come_reversed(case: Case, other_case: Case) -> None:
    environment.send_held_back(case, after=other_case)
    case.note(other_case.status())


@when(parsers.parse('bestillersystemet bestiller et skjema som utløper "{utc}" UTC'))
def the_system_orders_until(case: Case, utc: str) -> None:
    case.place("Basic", expiry_date=environment.moment(utc))


@then(parsers.parse('har bestillersystemet registrert statusen for den andre bestillingen på kanalen "{channel}"'))
@then(parsers.parse('bestillersystemet har registrert statusen for den andre bestillingen på kanalen "{channel}"'))
def other_is_registered(other_case: Case, channel: str) -> None:
    statuses.status_registered(other_case, "Ordered", channel, "None")


@then("fører lenken til skjemautfylleren i samme miljø")
def link_stays(case: Case) -> None:
    environment.leads_to_same_environment(case)


@then("kom statusen før svaret på bestillingen")
def status_was_first(case: Case) -> None:
    environment.status_came_first(case)


@then(parsers.parse('er tidspunktet i statusen "{local}" lokal tid og "{utc}" UTC'))
def status_has_moment(case: Case, local: str, utc: str) -> None:
    environment.status_names(case, local, utc)


@then(parsers.parse('er tidspunktene i svaret "{utc}" UTC'))
def return_has_moment(case: Case, utc: str) -> None:
    environment.return_names(case, utc)


@then(parsers.parse('utløper bestillingen "{utc}" UTC'))
def order_expires_at(case: Case, utc: str) -> None:
    environment.expires_at(case, utc)
