"""Setninger om personverninnstillinger: sjekk, oppdatering, lister og det innbyggeren selv endrer på Helsenorge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import mistaken, privacy_run
from eprom_verify.checks import privacy as eprom
from eprom_verify.checks import privacy_system as system
from eprom_verify.checks.case import Case
from eprom_verify.checks.privacy_case import CALLS, CHANGE, READ, PrivacyCase
from eprom_verify.checks.quiet import wait_until_quiet
from eprom_verify.contract.privacy_codes import SettingStatus
from eprom_verify.rig import Rig


@pytest.fixture
def privacy(case: Case) -> Iterator[PrivacyCase]:
    """Innstillingen som scenariet handler om."""
    begun = PrivacyCase(case)
    yield begun
    begun.close()


@given(parsers.parse('en innstilling av typen "{kind}" som er "{status}"'))
def a_setting(privacy: PrivacyCase, kind: str, status: str) -> None:
    privacy.choose(kind, status)


@given(parsers.parse('en innstilling av typen "{kind}" som {count:d} pasienter har aktiv'))
def a_setting_of_many(privacy: PrivacyCase, kind: str, count: int) -> None:
    privacy.choose_many(kind, count)


@given(parsers.parse('at ePROM svarer med "{failure}"'))
@when(parsers.parse('ePROM siden svarer med "{failure}"'))
def answers_with(privacy: PrivacyCase, failure: str) -> None:
    privacy.stimulate(fails=eprom.STATUSES[failure])


@given("at ePROM skriver typer og statuser som navn")
def writes_words(privacy: PrivacyCase) -> None:
    privacy.stimulate(words=True)


@given("at en pasient står på to sider av listen")
def on_two_pages(privacy: PrivacyCase) -> None:
    privacy.stimulate(starts_at=lambda reference: max(reference - 1, 0))


@given("at listen viser til samme side om igjen")
def never_ends(privacy: PrivacyCase) -> None:
    privacy.stimulate(goes_on_at=lambda asked, reference: asked or reference)


@given("at ePROM ikke har noen part registrert for bestillersystemet")
def without_part(privacy: PrivacyCase) -> None:
    privacy.stimulate(part_code="")


@given("at ePROM sender ukjente felter i endringen")
def sends_unknown_members(privacy: PrivacyCase) -> None:
    privacy.stimulate(replication=lambda body, key: body | {"nyttFelt": {"fra": "en senere versjon"}})


@given("at endringen har en annen nøkkel")
def sends_other_key(privacy: PrivacyCase) -> None:
    privacy.stimulate(replication_key=lambda key: key[::-1])


@given(parsers.parse("at ePROM sender endringen {times:d} ganger"))
def sends_times(privacy: PrivacyCase, times: int) -> None:
    privacy.stimulate(copies=times)
    privacy.case.rig.ledger.repeated.add(privacy.pvk_id)


@when("ePROM siden svarer med en eldre utgave av innstillingen")
def answers_older(privacy: PrivacyCase) -> None:
    privacy.answer_older()


@when("bestillersystemet leser innstillingen")
def system_reads(privacy: PrivacyCase) -> None:
    privacy.system_reads()


@when(parsers.parse('bestillersystemet setter innstillingen til "{status}"'))
def system_changes(privacy: PrivacyCase, status: str) -> None:
    privacy.system_changes(status)


@when("bestillersystemet leser listen")
def system_lists(privacy: PrivacyCase) -> None:
    privacy.system_lists()


@when(parsers.parse('pasienten endrer innstillingen til "{status}" på Helsenorge'))
def citizen_changes(privacy: PrivacyCase, status: str) -> None:
    privacy.citizen_changes(status)


@when("innstillingen leses direkte hos ePROM")
def read_directly(privacy: PrivacyCase) -> None:
    privacy.call(READ)


@when(parsers.parse('innstillingen settes til "{status}" direkte hos ePROM'))
def changed_directly(privacy: PrivacyCase, status: str) -> None:
    privacy.call(CHANGE, status=SettingStatus[status].value)


@when("listen leses direkte hos ePROM")
def list_read(privacy: PrivacyCase) -> None:
    eprom.read_list(privacy)


@when("listen leses direkte hos ePROM mens en pasient trekker seg")
def list_read_while_changing(privacy: PrivacyCase) -> None:
    eprom.read_list(privacy, withdrawing=True)


@when(parsers.parse("{call} kalles direkte hos ePROM"))
def called(privacy: PrivacyCase, call: str) -> None:
    privacy.call(CALLS[call])


@when(parsers.parse('{call} kalles direkte hos ePROM uten "{name}"'))
def called_without(privacy: PrivacyCase, call: str, name: str) -> None:
    privacy.call(CALLS[call], without=name)


@when(parsers.parse("{call} kalles direkte hos ePROM med en ukjent nøkkel"))
def called_by_stranger(privacy: PrivacyCase, call: str) -> None:
    privacy.call(CALLS[call], api_key="en-ukjent-noekkel-fra-eprom-verify")


@then(parsers.parse('svarer ePROM at innstillingen er "{status}"'))
def eprom_says(privacy: PrivacyCase, status: str) -> None:
    eprom.says(privacy, status)


@then(parsers.parse('svarer ePROM at innstillingen ble "{word}"'))
def eprom_changed(privacy: PrivacyCase, word: str) -> None:
    eprom.change_was(privacy, word)


@then(parsers.parse('svarer ePROM med "{failure}"'))
def eprom_refuses(privacy: PrivacyCase, failure: str) -> None:
    eprom.refused_as(privacy, failure)


@then("forteller ePROM hva som gikk galt hos PVK")
def eprom_tells_of_pvk(privacy: PrivacyCase) -> None:
    eprom.pvk_failed(privacy)


@then("er sekvensnummeret høyere, første tidspunkt det samme og siste tidspunkt senere")
def history_goes_on(privacy: PrivacyCase) -> None:
    eprom.history_goes_on(privacy)


@then("har listen alle pasientene én gang")
def list_has_all(privacy: PrivacyCase) -> None:
    eprom.list_has_all_once(privacy)


@then("har listen alle de andre pasientene én gang")
def list_has_the_others(privacy: PrivacyCase) -> None:
    eprom.list_has_all_once(privacy, withdrawn=1)


@then("fører hver side til en ny, til listen tar slutt")
def list_ends(privacy: PrivacyCase) -> None:
    eprom.list_ends(privacy)


@then("forteller hver side hvilken innstilling den gjelder")
def list_tells(privacy: PrivacyCase) -> None:
    eprom.list_tells_what_it_is(privacy)


@then("har listen de samme sekvensnumrene og tidspunktene som innstillingene")
def list_agrees(privacy: PrivacyCase) -> None:
    eprom.list_agrees_with_settings(privacy)


@then(parsers.parse('forteller ePROM om endringen med koden "{code}"'))
def told_with_code(privacy: PrivacyCase, code: str) -> None:
    eprom.told_with_code(privacy, code)


@then("har endringen bestillersystemets egen nøkkel, utenfor selve meldingen")
def told_with_key(privacy: PrivacyCase) -> None:
    eprom.told_with_key(privacy)


@then(parsers.parse('ber bestillersystemet om "{status}"'))
def asked_for(privacy: PrivacyCase, status: str) -> None:
    system.asked_for(privacy, status)


@then(parsers.parse('har bestillersystemet registrert "{status}" etter sjekken'))
def reading_registered(privacy: PrivacyCase, status: str) -> None:
    system.reading_registered(privacy, status)


@then(parsers.parse('har bestillersystemet registrert "{status}" etter oppdateringen'))
def change_registered(privacy: PrivacyCase, status: str) -> None:
    system.change_registered(privacy, status)


@then(parsers.parse('har bestillersystemet registrert "{status}" etter endringen'))
def message_registered(privacy: PrivacyCase, status: str) -> None:
    system.message_registered(privacy, status)


@then(parsers.parse('har bestillersystemet registrert "{status}" én gang, etter {times:d} meldinger'))
def message_registered_once(privacy: PrivacyCase, status: str, times: int) -> None:
    system.message_registered(privacy, status, times=times)


@then("har bestillersystemet svart success på endringen")
def message_accepted(privacy: PrivacyCase) -> None:
    system.message_accepted(privacy)


@then("har bestillersystemet avvist endringen")
def stranger_refused(privacy: PrivacyCase) -> None:
    system.stranger_refused(privacy)


@then(parsers.parse('vet ikke bestillersystemet hva innstillingen er etter "{failure}"'))
def still_unknown(privacy: PrivacyCase, failure: str) -> None:
    system.still_unknown(privacy, failure)


@then(parsers.parse('har bestillersystemet fortsatt registrert "{status}"'))
def still_known(privacy: PrivacyCase, status: str) -> None:
    system.still_known(privacy, status)


@then("har bestillersystemet registrert alle pasientene i listen én gang")
def all_registered(privacy: PrivacyCase) -> None:
    system.all_registered(privacy)


@then("har bestillersystemet registrert den som står på to sider én gang")
def repeated_once(privacy: PrivacyCase) -> None:
    system.repeated_registered_once(privacy)


@then("har bestillersystemet ikke hentet noen side to ganger")
def stopped(privacy: PrivacyCase) -> None:
    system.stopped(privacy)


@given("at alle meldinger om personvern i kjøringen er ferdige")
def everything_is_done(rig: Rig) -> None:
    wait_until_quiet(rig)


@then("følger alle bestillersystemets kall om personvern kontrakten")
def calls_follow_contract(rig: Rig) -> None:
    privacy_run.calls_follow_contract(rig)


@then("følger alle ePROMs svar om personvern kontrakten")
def answers_follow_contract(rig: Rig) -> None:
    privacy_run.answers_follow_contract(rig)


@then("følger alle ePROMs meldinger om endringer kontrakten")
def messages_follow_contract(rig: Rig) -> None:
    privacy_run.messages_follow_contract(rig)


@then("følger alle svar på meldinger om endringer kontrakten")
def message_answers_follow_contract(rig: Rig) -> None:
    privacy_run.message_answers_follow_contract(rig)


@then("er ingen godtatt melding om en endring sendt på nytt")
def no_message_twice(rig: Rig) -> None:
    privacy_run.no_message_twice(rig)


@then("gjelder alle bestillersystemets kall om personvern den pasienten som er valgt")
def calls_are_about_whom_was_chosen(rig: Rig) -> None:
    mistaken.none_mistaken(rig, eprom.source_of(READ), READ, CHANGE)
