"""Setninger om å bestille skjema: hver av dem er noen få linjer som kaller eprom_verify."""

from __future__ import annotations

import json
from typing import Any

from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import ordering, statuses
from eprom_verify.checks.case import Case

Table = list[list[str]]


@given(parsers.parse('pasienten "{persona}"'))
def the_patient(case: Case, persona: str) -> None:
    case.choose(persona)


@given(parsers.parse('en pasient med "{kind}"'))
def a_patient_with(case: Case, kind: str) -> None:
    assert case.simulator
    case.national_id = case.rig.negative_ids[kind]


@given("at bestillersystemet er merket som forskning")
def marked_as_research(case: Case) -> None:
    case.stimulate(research=True)


@given(parsers.parse("at ePROM sender statusen {times:d} ganger"))
def sends_status_times(case: Case, times: int) -> None:
    case.stimulate(copies=times)


@given("at ePROM sender statusen før svaret på bestillingen")
def sends_status_first(case: Case) -> None:
    case.stimulate(callback_first=True)


@given(parsers.parse('at ePROM sender statusen i utgaven "{edition}"'))
def sends_status_in_edition(case: Case, edition: str) -> None:
    case.stimulate(edition=edition)


@when("bestillersystemet bestiller et skjema")
def the_system_orders(case: Case) -> None:
    case.place("Basic")
    ordering.order_was_sent_with(case, "Basic")


@when(parsers.parse('bestillersystemet bestiller et skjema med regelen "{rule}"'))
def the_system_orders_with_rule(case: Case, rule: str) -> None:
    case.place(rule)
    ordering.order_was_sent_with(case, rule)


@when(parsers.re(r"bestillersystemet bestiller et skjema med metadata (?P<metadata>\{.*\})"))
def the_system_orders_with_metadata(case: Case, metadata: str) -> None:
    case.place("Basic", metadata=json.loads(metadata))


@when(parsers.parse("bestillersystemet bestiller et skjema som utløper om {days:d} dager"))
def the_system_orders_expiring(case: Case, days: int) -> None:
    case.place("Basic", expiry_date=case.in_days(days))


@when(parsers.parse('bestillersystemet bestiller et skjema til signering med teksten "{text}"'))
def the_system_orders_signed(case: Case, text: str) -> None:
    case.place("Basic", must_be_signed=True, signing_text=text)


@when("bestillersystemet bestiller et skjema som ikke kan bestilles")
def the_system_orders_in_vain(case: Case) -> None:
    case.place("Basic", meant_to_fail=True)


@when(parsers.parse('bestillersystemet bestiller skjemaet "{form}" som ikke kan bestilles'))
def the_system_orders_form_in_vain(case: Case, form: str) -> None:
    case.place("Basic", meant_to_fail=True, form_id=case.rig.form(form))


@when(parsers.parse("statusen er kommet {times:d} ganger"))
def status_has_come(case: Case, times: int) -> None:
    statuses.status_came(case, times)


@when("det bestilles direkte hos ePROM")
def ordered_directly(case: Case) -> None:
    case.call()


@when("det bestilles direkte hos ePROM med:")
def ordered_directly_with(case: Case, datatable: Table) -> None:
    case.call(**members(datatable))


@when(parsers.parse('det bestilles direkte hos ePROM uten "{name}"'))
def ordered_directly_without(case: Case, name: str) -> None:
    case.call(without=name)


@when("det bestilles direkte hos ePROM på papir til en egen adresse")
def ordered_directly_to_address(case: Case) -> None:
    case.call(distributionRule="PaperOnly", physicalAddress=ordering.SOME_ADDRESS)


@when(parsers.parse('det bestilles direkte hos ePROM på vegne av "{persona}" med:'))
def ordered_directly_on_behalf_of(case: Case, persona: str, datatable: Table) -> None:
    case.call(onBehalfOfNationalId=case.rig.national_id(persona), **members(datatable))


@when(parsers.parse('skjemaet "{form}" bestilles direkte hos ePROM'))
def form_ordered_directly(case: Case, form: str) -> None:
    case.call(formId=case.rig.form(form))


@when(parsers.parse('skjemaet "{form}" bestilles direkte hos ePROM med:'))
def form_ordered_directly_with(case: Case, form: str, datatable: Table) -> None:
    case.call(formId=case.rig.form(form), **members(datatable))


@when("det bestilles direkte hos ePROM med en ukjent API-nøkkel")
def ordered_with_unknown_key(case: Case) -> None:
    case.call(api_key="en-ukjent-noekkel-fra-eprom-verify")


@when("det bestilles direkte hos ePROM uten API-nøkkel")
def ordered_without_key(case: Case) -> None:
    case.call(api_key="")


@then("tar ePROM imot bestillingen")
def eprom_accepts(case: Case) -> None:
    ordering.accepted(case)


@then(parsers.parse('blir pasienten varslet på "{channel}"'))
def patient_is_notified(case: Case, channel: str) -> None:
    statuses.notified_on(case, channel)


@then("når ingen kanal pasienten")
def no_channel_reaches(case: Case) -> None:
    statuses.notified_on(case, "None")


@then("ingen blir varslet")
def nobody_is_notified(case: Case) -> None:
    statuses.nobody_notified(case)


@then("melder ePROM at pasienten ikke kan nås")
def reported_unreachable(case: Case) -> None:
    statuses.unreachable(case)


@then(parsers.parse('er foretrukket kanal i svaret en av "{channels}"'))
def preferred_is_among(case: Case, channels: str) -> None:
    ordering.preferred_among(case, channels)


@then("svarer ePROM at fødselsnummeret ikke finnes")
def no_such_person(case: Case) -> None:
    ordering.no_such_person(case)


@then(parsers.parse('avviser ePROM bestillingen med "{text}"'))
def eprom_refuses(case: Case, text: str) -> None:
    ordering.refused_with(case, 400, text.replace("{formId}", str(case.made.request.member("formId"))))


@then("blir kallet avvist")
def call_is_refused(case: Case) -> None:
    ordering.refused(case)


@then("gjentar svaret alle inn-parametrene")
def answer_echoes(case: Case) -> None:
    ordering.parameters_echoed(case)


@then("har svaret en engangskode")
def has_code(case: Case) -> None:
    ordering.has_single_use_code(case, expected=True)


@then("har svaret ingen engangskode")
def has_no_code(case: Case) -> None:
    ordering.has_single_use_code(case, expected=False)


@then(parsers.parse('går lenken til utfylling gjennom "{kind}"'))
def link_goes_through(case: Case, kind: str) -> None:
    ordering.login_goes_through(case, kind)


@then("er lokal tid og UTC i statusen samme øyeblikk")
def timestamps_agree(case: Case) -> None:
    statuses.timestamps_agree(case)


@then("har statusen bestillersystemets egen API-nøkkel")
def status_has_own_key(case: Case) -> None:
    statuses.key_in_status(case)


@then("har bestillersystemet registrert bestillingen som gjort")
@then("bestillersystemet har registrert bestillingen som gjort")
def registered_as_made(case: Case) -> None:
    ordering.order_registered(case, made=True)


@then("har bestillersystemet ikke registrert bestillingen som gjort")
def registered_as_not_made(case: Case) -> None:
    ordering.order_registered(case, made=False)


@then(parsers.parse('har bestillersystemet registrert statusen "{status}" på kanalen "{channel}"'))
@then(parsers.parse('bestillersystemet har registrert statusen "{status}" på kanalen "{channel}"'))
def has_registered(case: Case, status: str, channel: str) -> None:
    statuses.status_registered(case, status, channel, "None")


@then("har bestillersystemet registrert at pasienten ikke kan nås")
def has_registered_unreachable(case: Case) -> None:
    statuses.status_registered(case, "Error", "None", "PatientUnreachable")


@then("har bestillersystemet svart success på statusen")
def answered_success(case: Case) -> None:
    statuses.callback_accepted(case)


@then("er API-nøkkelen sendt i headeren Authorization og ingen andre steder")
def key_is_in_header(case: Case) -> None:
    ordering.key_in_header(case)


@then(parsers.re(r"er metadata i bestillingen en tekst med (?P<metadata>\{.*\})"))
def metadata_is_text(case: Case, metadata: str) -> None:
    ordering.metadata_sent(case, json.loads(metadata))


@then(parsers.parse('har bestillingen regelen "{rule}"'))
def order_has_rule(case: Case, rule: str) -> None:
    ordering.order_was_sent_with(case, rule)


@then(parsers.parse("utløper bestillingen om {days:d} dager"))
def order_expires_in(case: Case, days: int) -> None:
    ordering.expires_in(case, days)


@then(parsers.parse('er bestillingen til signering med teksten "{text}"'))
def order_is_signed(case: Case, text: str) -> None:
    ordering.request_has(case, "mustBeSigned", True)
    ordering.request_has(case, "signingText", text)


@then("er bestillingen sendt nøyaktig én gang")
def sent_exactly_once(case: Case) -> None:
    ordering.sent_once(case)


def members(table: Table) -> dict[str, Any]:
    """Feltene i en tabell: true, false og heltall blir JSON-verdier, alt annet blir tekst."""
    return {name: _value(text) for name, text in table[1:]}


def _value(text: str) -> Any:
    return json.loads(text) if text in ("true", "false") or text.isdecimal() else text
