"""Setninger om skjemaer som pasienten selv bestiller."""

from __future__ import annotations

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import initiated
from eprom_verify.checks.case import Case
from eprom_verify.checks.initiated import OwnForm


@pytest.fixture
def own(case: Case) -> OwnForm:
    """Skjemaet som pasienten selv har åpnet."""
    return OwnForm(case)


@given("at bestillersystemet ikke kjenner pasienten")
def patient_is_unknown(case: Case) -> None:
    initiated.is_unknown(case)


@given("at ePROM returnerer skjemaet uten å si at det er pasientens eget")
def returned_unmarked(own: OwnForm) -> None:
    initiated.unmark(own)


@when(parsers.parse('pasienten åpner "{form}" på eget initiativ'))
def patient_opens(own: OwnForm, form: str) -> None:
    initiated.begin(own, form)


@when("pasienten fyller ut et skjema på eget initiativ")
def patient_fills_in(own: OwnForm) -> None:
    initiated.begin(own)
    initiated.deliver(own)


@when(parsers.re(r"pasienten (?P<signed>signerer og )?leverer det"))
def patient_delivers(own: OwnForm, signed: str | None) -> None:
    initiated.deliver(own, signed=bool(signed))


@when("tiden for å levere det går ut")
def time_runs_out(own: OwnForm) -> None:
    initiated.let_expire(own)


@when(parsers.parse("skjemaet er kommet {times:d} ganger"))
def has_come(own: OwnForm, times: int) -> None:
    initiated.came(own, times)


@then("får ikke pasienten åpne skjemaet")
def cannot_open(own: OwnForm) -> None:
    initiated.refused_to_open(own)


@then("er skjemaet åpnet og levert")
def is_delivered(own: OwnForm) -> None:
    initiated.delivered(own)


@then("blir ikke pasientens eget skjema levert")
def cannot_deliver(own: OwnForm) -> None:
    initiated.refused_to_deliver(own)


@then("returnerer ePROM det pasienten svarte")
def returned_as_usual(own: OwnForm) -> None:
    initiated.returned_as_usual(own)


@then("kommer ikke skjemaet til bestillersystemet")
def not_for_us(own: OwnForm) -> None:
    initiated.not_for_us(own)


@then("sier returen at pasienten selv har bestilt skjemaet")
def is_marked(own: OwnForm) -> None:
    initiated.marked(own)


@then("sier ikke returen at pasienten selv har bestilt skjemaet")
def is_not_marked(case: Case) -> None:
    initiated.not_marked(case)


@then("forteller returen hvem pasienten er, og hvilket skjema det er")
def names_patient_and_form(own: OwnForm) -> None:
    initiated.names_patient_and_form(own)


@then("er lokal tid og UTC i returen det øyeblikket pasienten åpnet skjemaet")
def times_agree(own: OwnForm) -> None:
    initiated.times_agree(own)


@then("forteller returen om utløpet hvem, hvilket skjema og når")
def expiry_tells(own: OwnForm) -> None:
    initiated.expiry_tells(own)


@then(parsers.parse('får pasienten kopi på "{channel}"'))
def copied_to(own: OwnForm, channel: str) -> None:
    initiated.copied_to(own, channel)


@then("har bestillersystemet svart success på skjemaet det ikke har bestilt")
def is_taken(own: OwnForm) -> None:
    initiated.taken(own)


@then("har bestillersystemet pasienten én gang, med skjemaet")
def one_patient(own: OwnForm) -> None:
    initiated.one_patient(own)


@then("har bestillersystemet registrert skjemaet én gang, som pasientens eget")
def registered_once(own: OwnForm) -> None:
    initiated.registered_once(own)


@then("vet bestillersystemet hvilket skjema det er, og når det ble åpnet")
def keeps_form_and_time(own: OwnForm) -> None:
    initiated.keeps_form_and_time(own)


@then("har bestillersystemet ikke registrert det som pasientens eget")
def not_taken_for_own(own: OwnForm) -> None:
    initiated.not_taken_for_own(own)


@then("har bestillersystemet ikke registrert bestillingen som pasientens egen")
def ordered_is_not_own(case: Case) -> None:
    initiated.ordered_is_not_own(case)
