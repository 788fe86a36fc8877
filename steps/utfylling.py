"""Setninger om innbyggeren: hva som kommer, hvem som slipper inn, hva skjemaet viser, og hva som blir levert."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pytest_bdd import parsers, then, when

from eprom_verify.checks import filling, returning
from eprom_verify.checks.case import Case
from eprom_verify.checks.filling import Visit


@pytest.fixture
def visit(case: Case) -> Iterator[Visit]:
    """Det innbyggeren i scenariet har gjort."""
    begun = Visit(case)
    yield begun
    begun.close()


@when("pasienten åpner skjemaet")
def patient_opens(visit: Visit) -> None:
    filling.open_as(visit, visit.order.receiver)


@when(parsers.parse('"{persona}" åpner skjemaet'))
def somebody_opens(visit: Visit, persona: str) -> None:
    filling.open_as(visit, visit.case.rig.national_id(persona))


@when(parsers.parse('pasienten logger inn med engangskoden og fødselsdatoen til "{persona}"'))
def logs_in_with_code(visit: Visit, persona: str) -> None:
    filling.log_in_with_code(visit, filling.birth_date(visit, persona))


@when("pasienten går til skjemaet med den innloggingen")
def goes_on_logged_in(visit: Visit) -> None:
    filling.open_logged_in(visit)


@when("skjemaet blir trukket tilbake")
def form_is_withdrawn(visit: Visit) -> None:
    filling.withdraw(visit)


@when("pasienten leverer skjemaet")
def delivers(visit: Visit) -> None:
    filling.deliver(visit, returning.RAND_12)


@when(parsers.re(r"pasienten leverer (?P<answers>\{.*\})"))
def delivers_answers(visit: Visit, answers: str) -> None:
    filling.deliver(visit, json.loads(answers))


@when(parsers.re(r"pasienten lagrer (?P<answers>\{.*\}) og åpner skjemaet igjen"))
def saves(visit: Visit, answers: str) -> None:
    filling.save_and_return(visit, json.loads(answers))


@then("slipper pasienten inn")
def is_let_in(visit: Visit) -> None:
    filling.let_in(visit)


@then("blir skjemaet ikke åpnet")
def is_kept_out(visit: Visit) -> None:
    filling.kept_out(visit)


@then(parsers.parse('sier følgebrevet "{text}"'))
def letter_says(visit: Visit, text: str) -> None:
    filling.letter_says(visit, text)


@then(parsers.parse('sier følgebrevet ikke "{text}"'))
def letter_does_not_say(visit: Visit, text: str) -> None:
    filling.letter_does_not_say(visit, text)


@then(parsers.parse('viser skjemaet feltet "{name}"'))
def field_is_shown(visit: Visit, name: str) -> None:
    filling.shows(visit, name, expected=True)


@then(parsers.parse('viser skjemaet ikke feltet "{name}"'))
def field_is_not_shown(visit: Visit, name: str) -> None:
    filling.shows(visit, name, expected=False)


@then(parsers.re(r'står det "(?P<text>.*)" i feltet "(?P<name>\w+)"'))
def field_holds(visit: Visit, text: str, name: str) -> None:
    filling.field_holds(visit, name, text)


@then(parsers.re(r"returnerer ePROM svarene (?P<answers>\{.*\})"))
def answers_return(visit: Visit, answers: str) -> None:
    filling.returned(visit, json.loads(answers))


@then("blir skjemaet levert")
def is_delivered(visit: Visit) -> None:
    filling.delivered(visit)


@then("blir svarene ikke tatt imot")
def is_not_delivered(visit: Visit) -> None:
    filling.not_delivered(visit)


@then("blir svarene ikke lagret")
def is_not_saved(visit: Visit) -> None:
    filling.not_delivered(visit, filling.CHANNELS)


@then(parsers.re(r'blir det sendt "(?P<kind>[^"]*)"'))
def is_sent(visit: Visit, kind: str) -> None:
    filling.got(visit, kind)


@then(parsers.parse('blir det sendt "{kind}" som sier "{text}"'))
def is_sent_with(visit: Visit, kind: str, text: str) -> None:
    filling.got_with(visit, kind, text)


@then(parsers.parse('blir det sendt "{kind}" som ikke sier "{text}"'))
def is_sent_without(visit: Visit, kind: str, text: str) -> None:
    filling.got_without(visit, kind, text)


@then(parsers.parse('går kopien til "{place}"'))
def copy_goes_to(visit: Visit, place: str) -> None:
    filling.copied_to(visit, place)


@then("blir det ikke laget noen kopi")
def no_copy(visit: Visit) -> None:
    filling.copied_to(visit, "")


@then(parsers.parse('sier både {kind} og skjemaet at det er på vegne av "{persona}"'))
def says_on_behalf(visit: Visit, kind: str, persona: str) -> None:
    filling.says_on_behalf(visit, persona, kind)


@when(parsers.re(r"samleskjemaet bestilles direkte hos ePROM med metadata (?P<metadata>\{.*\})"))
def collection_is_ordered(visit: Visit, metadata: str) -> None:
    filling.order_collection(visit, json.loads(metadata))
