"""Setninger om brev til innbyggere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import letters, letters_whole_run
from eprom_verify.checks.case import Case
from eprom_verify.checks.letter_case import LetterCase, LetterLedger
from eprom_verify.contract.documents import MOST_BYTES
from eprom_verify.rig import Rig

NO_CHANNEL = {"navnet None": "None", "tallet 0": 0, "teksten 0": "0"}
REFUSALS = {
    "Helsenorge svarer ikke i tide": {"helsenorge": "timeout"},
    "Helsenorge kan ikke nås": {"helsenorge": "unreachable"},
    "brevet blir avvist": {"refuses": "messageInfo"},
}


@pytest.fixture(scope="session")
def letter_ledger() -> LetterLedger:
    """Det scenariene selv har forårsaket med brev i kjøringen."""
    return LetterLedger()


@pytest.fixture
def letter(case: Case, letter_ledger: LetterLedger) -> Iterator[LetterCase]:
    """Brevet i scenariet."""
    begun = LetterCase(case, letter_ledger)
    yield begun
    begun.close()


@given(parsers.parse('at det går slik hos ePROM: "{problem}"'))
def something_is_wrong(letter: LetterCase, problem: str) -> None:
    letter.stimulate(**REFUSALS[problem])


@given(parsers.parse("at ePROM sender statusen for brevet {times:d} ganger"))
def sends_status_times(letter: LetterCase, times: int) -> None:
    letter.stimulate(copies=times)


@given("at ePROM sender statusen før svaret på brevet")
def sends_status_first(letter: LetterCase) -> None:
    letter.stimulate(callback_first=True)


@given(parsers.parse('at ePROM sender statusen for brevet i utgaven "{edition}"'))
def sends_status_in_edition(letter: LetterCase, edition: str) -> None:
    letter.stimulate(edition=edition)


@given("at brevet ikke lar seg sende likevel")
def fails_after_all(letter: LetterCase) -> None:
    letter.stimulate(fails=True)


@given(parsers.parse('at ePROM skriver at ikke noe er sendt, som "{spelling}"'))
def writes_no_channel_as(letter: LetterCase, spelling: str) -> None:
    letter.stimulate(no_channel=NO_CHANNEL[spelling])


@when(parsers.parse('bestillersystemet sender et brev på "{channels}"'))
def the_system_sends(letter: LetterCase, channels: str) -> None:
    letter.send(channels)


@when(parsers.parse('bestillersystemet sender et brev i farger på "{channels}"'))
def the_system_sends_in_color(letter: LetterCase, channels: str) -> None:
    letter.send(channels, color=True)


@when(parsers.parse("bestillersystemet sender et brev med en PDF på {kilobytes:d} kB"))
def the_system_sends_size(letter: LetterCase, kilobytes: int) -> None:
    letter.send("Helsenorge", size=kilobytes * 1000)


@when("bestillersystemet blir bedt om å sende en PDF på over 30 MB")
def the_system_is_asked_for_too_much(letter: LetterCase) -> None:
    letter.try_to_send("Helsenorge", size=MOST_BYTES + 1)


@when(parsers.parse("et brev med en PDF på {megabytes:d} MB sendes direkte hos ePROM"))
def sent_directly_with_size(letter: LetterCase, megabytes: int) -> None:
    letter.call(size=megabytes * 1_000_000)


@when("et brev med en PDF på over 30 MB sendes direkte hos ePROM")
def sent_directly_too_large(letter: LetterCase) -> None:
    letter.call(size=MOST_BYTES + 1)


@when("et brev sendes direkte hos ePROM")
def sent_directly(letter: LetterCase) -> None:
    letter.call()


@when("et brev sendes direkte hos ePROM i testmodus")
def sent_directly_in_test_mode(letter: LetterCase) -> None:
    letter.call(testMode=True)


@when("et brev uten dokumenter sendes direkte hos ePROM")
def sent_directly_without_documents(letter: LetterCase) -> None:
    letter.call(documentCollection={})


@when(parsers.parse("et brev sendes direkte hos ePROM på kanal nummer {number:d}"))
def sent_directly_on_number(letter: LetterCase, number: int) -> None:
    letter.call(notificationPriorityList=[number])


@when("et brev sendes direkte hos ePROM med en ukjent API-nøkkel")
def sent_with_unknown_key(letter: LetterCase) -> None:
    letter.call(api_key="en-ukjent-noekkel-fra-eprom-verify")


@when(parsers.parse("statusen for brevet er kommet {times:d} ganger"))
def status_has_come(letter: LetterCase, times: int) -> None:
    letters.status_came(letter, times)


@then(parsers.parse('går brevet på "{channel}"'))
def goes_on(letter: LetterCase, channel: str) -> None:
    letters.goes_on(letter, channel)


@then("er ikke noe brev sendt")
def nothing_is_sent(letter: LetterCase) -> None:
    letters.nothing_sent(letter)


@then("tar ePROM imot brevet")
def eprom_accepts(letter: LetterCase) -> None:
    letters.accepted(letter)


@then(parsers.parse('avviser ePROM brevet med status {status:d} og teksten med "{text}"'))
def eprom_refuses(letter: LetterCase, status: int, text: str) -> None:
    letters.refused_with(letter, status, text)


@then("blir brevet avvist")
def is_refused(letter: LetterCase) -> None:
    letters.refused(letter)


@then(parsers.parse('sier statusen at brevet er sendt på "{channel}"'))
def status_says_sent(letter: LetterCase, channel: str) -> None:
    letters.status_says(letter, "Sent", channel)


@then("sier statusen at brevet ikke er sendt")
def status_says_not_sent(letter: LetterCase) -> None:
    letters.status_says_not_sent(letter)


@then("har statusen for brevet bestillersystemets egen API-nøkkel")
def status_has_own_key(letter: LetterCase) -> None:
    letters.status_has_key(letter)


@then("kommer det ingen status for brevet")
def no_status_comes(letter: LetterCase) -> None:
    letters.no_status(letter)


@then("er API-nøkkelen til brevet sendt i headeren Authorization og ingen andre steder")
def key_is_in_header(letter: LetterCase) -> None:
    letters.key_in_header(letter)


@then("har brevet de valgte kanalene i rekkefølge")
def has_chosen_channels(letter: LetterCase) -> None:
    letters.asks_for_channels(letter)


@then("er hoveddokumentet i brevet den PDF-en som ble valgt")
def has_the_pdf(letter: LetterCase) -> None:
    letters.has_the_pdf(letter)


@then("ber brevet om utskrift i farger")
def asks_for_color(letter: LetterCase) -> None:
    letters.printed_in_color(letter, expected=True)


@then("ber brevet ikke om utskrift i farger")
def asks_for_no_color(letter: LetterCase) -> None:
    letters.printed_in_color(letter, expected=False)


@then("er brevet sendt nøyaktig én gang")
def sent_exactly_once(letter: LetterCase) -> None:
    letters.sent_once(letter)


@then("har bestillersystemet svart success på statusen for brevet")
@then("bestillersystemet har svart success på statusen for brevet")
def answered_success(letter: LetterCase) -> None:
    letters.status_accepted(letter)


@then(parsers.parse('har bestillersystemet registrert "{status}" på "{channel}" for brevet, én gang'))
@then(parsers.parse('bestillersystemet har registrert "{status}" på "{channel}" for brevet, én gang'))
def has_registered(letter: LetterCase, status: str, channel: str) -> None:
    letters.status_registered(letter, status, channel)


@then("kom statusen før svaret på brevet")
def came_before_answer(letter: LetterCase) -> None:
    letters.status_came_first(letter)


@then("har bestillersystemet registrert brevet som sendt")
def held_as_sent(letter: LetterCase) -> None:
    letters.held_as_sent(letter)


@then("har bestillersystemet registrert brevet som ikke sendt")
def held_as_not_sent(letter: LetterCase) -> None:
    letters.held_as_not_sent(letter)


@then("følger alle brev fra bestillersystemet kontrakten")
def letters_follow_contract(rig: Rig) -> None:
    letters_whole_run.letters_follow_contract(rig)


@then("følger alle svar på brev kontrakten")
def answers_follow_contract(rig: Rig) -> None:
    letters_whole_run.answers_follow_contract(rig)


@then("følger alle statuser for brev kontrakten")
def statuses_follow_contract(rig: Rig, letter_ledger: LetterLedger) -> None:
    letters_whole_run.statuses_follow_contract(rig, letter_ledger)


@then("følger alle svar på statuser for brev kontrakten")
def status_answers_follow_contract(rig: Rig) -> None:
    letters_whole_run.status_answers_follow_contract(rig)


@then("sier alle brev det som bestillersystemet ble bedt om")
def letters_say_what_was_asked(letter_ledger: LetterLedger) -> None:
    letters_whole_run.letters_say_what_was_asked(letter_ledger)


@then("gjelder alle statuser for brev et brev i kjøringen")
def statuses_belong(rig: Rig) -> None:
    letters_whole_run.statuses_belong_to_letters(rig)


@then("er ingen godtatt status for et brev sendt på nytt")
def no_status_twice(rig: Rig, letter_ledger: LetterLedger) -> None:
    letters_whole_run.no_status_twice(rig, letter_ledger)
