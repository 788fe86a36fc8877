"""Setninger om SMS og e-post, og om hvilken av dem pasienten får beskjed med."""

from __future__ import annotations

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import mistaken, unsecure, whole_run
from eprom_verify.checks.case import Case
from eprom_verify.checks.unsecure import Messaging
from eprom_verify.rig import Rig

ANSWERS = {
    "Success": (200, {"Success": True}),
    "ikke success": (200, {"success": False}),
    "ikke Success": (200, {"Success": False}),
    "success som tekst": (200, {"success": "true"}),
    "ingenting": (200, {}),
    "avvist": (400, {"Message": "apiKey '' doesn't exists"}),
    "success, men avvist": (400, {"success": True}),
    "feil hos ePROM": (500, {"Message": "An error has occurred."}),
}


@pytest.fixture
def messaging(case: Case) -> Messaging:
    """Meldingen i scenariet."""
    return Messaging.begin(case)


@given(parsers.parse('at ePROM svarer "{answer}" på meldingen'))
def answers_message(messaging: Messaging, answer: str) -> None:
    unsecure.tell_to_answer(messaging, *ANSWERS[answer])


@when(parsers.re(r'bestillersystemet sender (?P<kind>SMS|e-post) til "(?P<addressed>[^"]+)"'))
def the_system_sends(messaging: Messaging, kind: str, addressed: str) -> None:
    unsecure.send(messaging, kind, addressed)


@when(parsers.re(r'bestillersystemet sender (?P<kind>SMS|e-post) med teksten "(?P<text>.*)"'))
def the_system_sends_text(messaging: Messaging, kind: str, text: str) -> None:
    unsecure.send(messaging, kind, unsecure.BY_ID, text)


@when(parsers.re(r'(?P<kind>SMS|e-post) sendes direkte hos ePROM til "(?P<addressed>[^"]+)"'))
def sent_directly(messaging: Messaging, kind: str, addressed: str) -> None:
    unsecure.call(messaging, kind, addressed)


@when(parsers.re(r"(?P<kind>SMS|e-post) sendes direkte hos ePROM med en ukjent API-nøkkel"))
def sent_with_unknown_key(messaging: Messaging, kind: str) -> None:
    unsecure.call(messaging, kind, unsecure.BY_ID, api_key=unsecure.UNKNOWN_KEY)


@when(parsers.re(r"(?P<kind>SMS|e-post) sendes direkte hos ePROM uten API-nøkkel"))
def sent_without_key(messaging: Messaging, kind: str) -> None:
    unsecure.call(messaging, kind, unsecure.BY_ID, api_key="")


@then("melder ePROM at meldingen er sendt")
def eprom_says_sent(messaging: Messaging) -> None:
    unsecure.says_sent(messaging)


@then("melder ikke ePROM at meldingen er sendt")
def eprom_does_not_say_sent(messaging: Messaging) -> None:
    unsecure.does_not_say_sent(messaging)


@then(parsers.parse('avviser ePROM meldingen med "{text}"'))
def eprom_refuses_message(messaging: Messaging, text: str) -> None:
    unsecure.refused_with(messaging, text)


@then("blir meldingen avvist")
def message_is_refused(messaging: Messaging) -> None:
    unsecure.refused(messaging)


@then("går én melding ut, slik den ble skrevet")
def message_left(messaging: Messaging) -> None:
    unsecure.left_as_written(messaging)


@then("står API-nøkkelen i meldingen og ingen andre steder")
def key_is_in_message(messaging: Messaging) -> None:
    unsecure.key_in_body(messaging)


@then(parsers.re(r'er teksten i meldingen "(?P<text>.*)"'))
def message_text_is(messaging: Messaging, text: str) -> None:
    unsecure.text_is(messaging, text)


@then(parsers.parse('er mottakeren gitt med "{addressed}"'))
def recipient_is_given_by(messaging: Messaging, addressed: str) -> None:
    unsecure.recipient_is(messaging, addressed)


@then("er meldingen sendt nøyaktig én gang")
def message_sent_once(messaging: Messaging) -> None:
    unsecure.sent_once(messaging)


@then("har bestillersystemet registrert meldingen som sendt")
def registered_as_sent(messaging: Messaging) -> None:
    unsecure.registered(messaging, sent=True)


@then("har bestillersystemet ikke registrert meldingen som sendt")
def registered_as_not_sent(messaging: Messaging) -> None:
    unsecure.registered(messaging, sent=False)


@then(parsers.re(r"får pasienten beskjed med (?P<kind>SMS|e-post)"))
def patient_is_told_by(case: Case, kind: str) -> None:
    unsecure.notified_by(case, kind)


@then("følger alle SMS og e-poster fra bestillersystemet kontrakten")
def messages_follow_contract(rig: Rig) -> None:
    whole_run.requests_follow_contract(rig, "C")
    whole_run.requests_follow_contract(rig, "D")


@then("er alle SMS og e-poster til den pasienten som er valgt")
def messages_are_to_whom_was_chosen(rig: Rig) -> None:
    mistaken.none_mistaken(rig, unsecure.KINDS["SMS"].source, "C", "D")


@then("følger alle svar på SMS og e-poster kontrakten")
def message_answers_follow_contract(rig: Rig) -> None:
    whole_run.responses_follow_contract(rig, "C", "D")
