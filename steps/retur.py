"""Setninger om at skjemaet kommer tilbake."""

from __future__ import annotations

import json

from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import returning
from eprom_verify.checks.case import Case
from eprom_verify.simulator.returns import Answer


@given("at ePROM sender ukjente felter i svaret")
def sends_unknown_members(case: Case) -> None:
    case.stimulate(form_return=lambda body, order: body | {"nyttFelt": {"fra": "en senere versjon"}})


@given("at ePROM sender statusen etter svaret på skjemaet")
def sends_status_late(case: Case) -> None:
    case.stimulate(status_delay_s=0.6)


@when("det bestilles direkte hos ePROM i testmodus")
def ordered_in_test_mode(case: Case) -> None:
    case.call(testMode=True)


@when("pasienten svarer på skjemaet")
def patient_answers(case: Case) -> None:
    case.status()
    returning.answer(case)


@when("pasienten svarer på skjemaet før statusen er sendt")
def patient_answers_early(case: Case) -> None:
    returning.deliver(case, Answer(data=returning.RAND_12))


@when(parsers.re(r"pasienten svarer (?P<answers>\{.*\})"))
def patient_answers_with(case: Case, answers: str) -> None:
    case.status()
    returning.deliver(case, Answer(data=json.loads(answers)))


@when(parsers.re(r"pasienten svarer (?P<answers>\{.*\}) på papir"))
def patient_answers_on_paper(case: Case, answers: str) -> None:
    case.status()
    returning.deliver(case, Answer(data=json.loads(answers), on_paper=True))


@when(parsers.parse('skjemaet blir levert med en advarsel for "{name}"'))
def delivered_with_warning(case: Case, name: str) -> None:
    case.status()
    warnings = ((name, "Verdien er utenfor det som er ventet"),)
    returning.deliver(case, Answer(data=returning.RAND_12, warnings=warnings))


@when(parsers.parse('"{persona}" fyller ut skjemaet som "{kind}"'))
def filled_out_as(case: Case, persona: str, kind: str) -> None:
    case.status()
    returning.deliver(case, Answer(data=returning.RAND_12, filled_out_by=(case.rig.national_id(persona), kind)))


@when("fristen for å svare går ut")
def time_runs_out(case: Case) -> None:
    case.status()
    returning.let_expire(case)


@when(parsers.parse('ePROM senere melder "{status}"'))
def reported_later(case: Case, status: str) -> None:
    case.status()
    returning.report(case, status)


@when(parsers.parse("svaret er kommet {times:d} ganger"))
def return_has_come(case: Case, times: int) -> None:
    returning.return_came(case, times)


@when(parsers.parse("utløpet er kommet {times:d} ganger"))
def expiry_has_come(case: Case, times: int) -> None:
    returning.return_came(case, times, "Expired")


@then("har bestillersystemet registrert svaret én gang")
@then("bestillersystemet har registrert svaret én gang")
def answer_is_registered(case: Case) -> None:
    returning.answer_registered_once(case)


@then("har bestillersystemet registrert det samme som ePROM returnerte")
def registered_as_returned(case: Case) -> None:
    returning.registered_as_returned(case)


@then(parsers.re(r"har bestillersystemet registrert (?P<answers>\{.*\})"))
def these_are_registered(case: Case, answers: str) -> None:
    returning.answers_registered(case, json.loads(answers))


@then(parsers.parse('har bestillersystemet svart success på svaret med status "{status}"'))
def return_is_accepted(case: Case, status: str) -> None:
    returning.return_accepted(case, status)


@then(parsers.parse('har bestillersystemet registrert "{status}" én gang, uten svar'))
def later_status_registered(case: Case, status: str) -> None:
    returning.status_is_registered(case, status)


@then("kom svaret før statusen")
def came_before_status(case: Case) -> None:
    returning.before_status(case)


@then("blir ikke skjemaet returnert")
def is_not_returned(case: Case) -> None:
    returning.not_returned(case)


@then(parsers.parse('returnerer ePROM skjemaet med status "{status}"'))
def is_returned(case: Case, status: str) -> None:
    returning.returned(case, status)


@then("er formData en tekst med JSON")
def form_data_is_text(case: Case) -> None:
    returning.form_data_is_text(case)


@then("har svaret samme varslingskanal som statusen")
def names_channel(case: Case) -> None:
    returning.return_names_channel(case)


@then("har svaret bestillersystemets egen API-nøkkel")
def has_own_key(case: Case) -> None:
    returning.return_has_key(case)


@then("har svaret id for et skannet papirskjema")
def has_scan(case: Case) -> None:
    returning.scanned(case, expected=True)


@then("har svaret ikke id for noe skannet papirskjema")
def has_no_scan(case: Case) -> None:
    returning.scanned(case, expected=False)


@then(parsers.parse('er datoen i "{name}" skrevet {value}'))
def date_is_plain(case: Case, name: str, value: str) -> None:
    returning.dates_are_plain(case, name, value)


@then(parsers.parse('har svaret én advarsel, for "{name}"'))
def has_warning(case: Case, name: str) -> None:
    returning.warnings_name_fields(case, name)


@then("går hendelsesloggen fra åpnet til levert")
def log_in_order(case: Case) -> None:
    returning.event_log_in_order(case)


@then(parsers.parse('sier svaret at skjemaet er fylt ut av "{kind}"'))
def filled_out_by(case: Case, kind: str) -> None:
    returning.filled_out_by(case, kind)


@then("sier svaret ikke hvem som fylte ut skjemaet")
def filled_out_by_nobody(case: Case) -> None:
    returning.filled_out_by(case, None)
