"""Setninger om meldinger som er uvanlige: samtidige, store, ukjente, eller med en annen nøkkel."""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import receiving, returning
from eprom_verify.checks.case import Case
from eprom_verify.checks.letter_case import LetterCase


@given(parsers.parse("at ePROM sender statusen {times:d} ganger samtidig"))
def sends_at_once(case: Case, times: int) -> None:
    case.stimulate(copies=times, together=times)


@given("at ePROM sender statusen samtidig med svaret på skjemaet")
def sends_with_return(case: Case) -> None:
    case.stimulate(together=2)


@given("at statusen har en annen nøkkel")
def status_has_other_key(case: Case) -> None:
    receiving.change_key(case)


@given("at svaret på skjemaet har en annen nøkkel")
def return_has_other_key(case: Case) -> None:
    receiving.change_return_key(case)


@when(parsers.parse("{count:d} meldinger om bestillingen er kommet samtidig"))
def came_at_once(case: Case, count: int) -> None:
    receiving.at_once(case, count)


@when(parsers.parse("pasienten svarer med {kilobytes:d} kB tekst"))
def answers_large(case: Case, kilobytes: int) -> None:
    case.status()
    receiving.answer_large(case, kilobytes)


@when(parsers.parse("ePROM sender {message} for en bestilling som ingen har gjort"))
def sends_unknown(case: Case, message: str) -> None:
    receiving.send_unknown(case, message)


@when(parsers.parse('ePROM melder "{status}" med tallet {number:d}'))
def sends_number(case: Case, status: str, number: int) -> None:
    receiving.send_number(case, status, number)


@when(parsers.parse('ePROM først melder "Ordered", og så "{status}" med tallet {number:d}'))
def sends_number_later(case: Case, status: str, number: int) -> None:
    case.status()
    receiving.send_number(case, status, number)


@then("har bestillersystemet registrert både statusen og svaret")
def both_are_registered(case: Case) -> None:
    receiving.both_registered(case)


@then(parsers.parse("har bestillersystemet registrert alle {kilobytes:d} kB"))
def all_is_registered(case: Case, kilobytes: int) -> None:
    receiving.large_registered(case, kilobytes)


@then("har bestillersystemet svart innen fristen")
def answered_in_time(case: Case) -> None:
    receiving.answered_in_time(case)


@then(parsers.parse('har bestillersystemet registrert tallet som "{status}", og ikke noe annet'))
def number_is_registered(case: Case, status: str) -> None:
    receiving.number_registered(case, status)


@then("har bestillersystemet avvist statusen")
def status_is_refused(case: Case) -> None:
    receiving.stranger_refused(case, case.status(), "Ordered")


@then("har bestillersystemet avvist svaret på skjemaet")
def return_is_refused(case: Case) -> None:
    receiving.stranger_refused(case, returning.returned(case, "Completed"), "Completed")


@then("har bestillersystemet avvist statusen for brevet")
def letter_status_is_refused(letter: LetterCase) -> None:
    receiving.letter_stranger_refused(letter)
