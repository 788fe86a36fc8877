"""Setninger om brev til innbyggere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import letters, letters_whole_run
from eprom_verify.checks.case import Case
from eprom_verify.checks.letter_case import LetterCase, LetterLedger
from eprom_verify.contract.letter_documents import MOST_BYTES
from eprom_verify.rig import Rig

EPROM_MAY: dict[str, dict[str, Any]] = {
    "statusen kommer 2 ganger": {"copies": 2},
    "statusen kommer 5 ganger": {"copies": 5},
    "statusen kommer før svaret på brevet": {"callback_first": True},
    "statusen er i utgave 2026-05": {"edition": "2026-05"},
    "statusen er i utgave 2023-10": {"edition": "2023-10"},
    "statusen har en annen nøkkel": {"callback_key": lambda key: key[::-1]},
    "brevet lar seg ikke sende likevel": {"fails": True},
    "Helsenorge svarer ikke i tide": {"helsenorge": "timeout"},
    "Helsenorge kan ikke nås": {"helsenorge": "unreachable"},
    "brevet blir avvist": {"refuses": "messageInfo"},
    "PDF-en er for stor": {"most_bytes": 100},
    "at ikke noe er sendt, skrives None": {"no_channel": "None"},
    "at ikke noe er sendt, skrives som tallet 0": {"no_channel": 0},
    "at ikke noe er sendt, skrives som teksten 0": {"no_channel": "0"},
}
DIRECTLY: dict[str, dict[str, Any]] = {
    "riktig innhold": {},
    "en PDF på 1 MB": {"size": 1_000_000},
    "en PDF på 30 MB": {"size": 30_000_000},
    "en PDF på over 30 MB": {"size": MOST_BYTES + 1},
    "ingen dokumenter": {"documentCollection": {}},
    "en ukjent API-nøkkel": {"api_key": "en-ukjent-noekkel-fra-eprom-verify"},
    "testmodus": {"testMode": True},
    **{f"kanal nummer {number}": {"notificationPriorityList": [number]} for number in (1, 2, 3, 4)},
}


@pytest.fixture
def letter_ledger(rig: Rig) -> LetterLedger:
    """Det scenariene selv har forårsaket med brev i kjøringen."""
    return rig.ledgers.of(LetterLedger)


@pytest.fixture
def letter(case: Case, letter_ledger: LetterLedger) -> Iterator[LetterCase]:
    """Brevet i scenariet."""
    begun = LetterCase(case, letter_ledger)
    yield begun
    begun.close()


@given(parsers.parse('at det går slik med brevet: "{what}"'))
def eprom_does(letter: LetterCase, what: str) -> None:
    letter.stimulate(**EPROM_MAY[what])


@when(parsers.parse('bestillersystemet sender et brev på "{channels}"'))
def the_system_sends(letter: LetterCase, channels: str) -> None:
    letter.send(channels)


@when(parsers.parse('bestillersystemet sender et brev i farger på "{channels}"'))
def the_system_sends_in_color(letter: LetterCase, channels: str) -> None:
    letter.send(channels, color=True)


@when(parsers.parse("bestillersystemet sender et brev med en PDF på {kilobytes:d} kB"))
def the_system_sends_size(letter: LetterCase, kilobytes: int) -> None:
    letter.send("Helsenorge", size=kilobytes * 1000)


@when(parsers.parse('et brev med "{what}" sendes direkte hos ePROM'))
def sent_directly(letter: LetterCase, what: str) -> None:
    letter.call(**DIRECTLY[what])


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


@then(parsers.parse('avviser ePROM brevet med "{status:d} {text}"'))
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


@then("står API-nøkkelen til brevet der den skal, og ingen andre steder")
def key_is_in_header(letter: LetterCase) -> None:
    letters.key_in_header(letter)


@then("har brevet de valgte kanalene i rekkefølge")
def has_chosen_channels(letter: LetterCase) -> None:
    letters.asks_for_channels(letter)


@then("er hoveddokumentet i brevet den PDF-en som ble valgt")
def has_the_pdf(letter: LetterCase) -> None:
    letters.has_the_pdf(letter)


@then(parsers.parse("er fargeutskrift i brevet {value}"))
def color_is(letter: LetterCase, value: str) -> None:
    letters.printed_in_color(letter, expected={"valgt": True, "ikke valgt": False}[value])


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


@then(parsers.parse('følger alle "{messages}" kontrakten for brev'))
def messages_follow_contract(rig: Rig, letter_ledger: LetterLedger, messages: str) -> None:
    letters_whole_run.follow_contract(rig, letter_ledger, messages)


@then("sier alle brev det som bestillersystemet ble bedt om")
def letters_say_what_was_asked(rig: Rig, letter_ledger: LetterLedger) -> None:
    letters_whole_run.letters_say_what_was_asked(rig, letter_ledger)


@then("gjelder alle statuser for brev et brev i kjøringen")
def statuses_belong(rig: Rig) -> None:
    letters_whole_run.statuses_belong_to_letters(rig)


@then("er ingen godtatt status for et brev sendt på nytt")
def no_status_twice(rig: Rig, letter_ledger: LetterLedger) -> None:
    letters_whole_run.no_status_twice(rig, letter_ledger)
