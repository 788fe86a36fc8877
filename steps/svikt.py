"""Setninger om at ePROM svikter."""

from __future__ import annotations

import pytest
from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import failing
from eprom_verify.checks.case import Case
from eprom_verify.checks.failing import Outage
from eprom_verify.checks.letter_case import LetterCase
from eprom_verify.checks.privacy_case import PrivacyCase
from eprom_verify.checks.unsecure import Messaging
from eprom_verify.rig import Rig


@pytest.fixture
def outage(case: Case) -> Outage:
    """Svikten som pasienten i scenariet møter."""
    return Outage(case)


@given(parsers.parse('at ePROM svikter med "{failure}"'))
def eprom_fails(outage: Outage, failure: str) -> None:
    outage.begin(failure)


@when("bestillersystemet prøver å bestille et skjema")
def tries_to_order(outage: Outage) -> None:
    failing.order(outage)


@when("bestillersystemet prøver å sende et brev")
def tries_to_send_letter(outage: Outage, letter: LetterCase) -> None:
    failing.send_letter(outage, letter)


@when(parsers.re(r"bestillersystemet prøver å sende (?P<kind>SMS|e-post)"))
def tries_to_send_message(outage: Outage, messaging: Messaging, kind: str) -> None:
    failing.send_message(outage, messaging, kind)


@when("bestillersystemet prøver å lese innstillingen")
def tries_to_read(outage: Outage, privacy: PrivacyCase) -> None:
    failing.read_setting(outage, privacy)


@when(parsers.parse('bestillersystemet prøver å sette innstillingen til "{status}"'))
def tries_to_change(outage: Outage, privacy: PrivacyCase, status: str) -> None:
    failing.change_setting(outage, privacy, status)


@then("har bestillersystemet ikke registrert den feilede bestillingen som gjort")
def order_is_not_made(outage: Outage) -> None:
    failing.order_not_made(outage)


@then("har bestillersystemet ikke registrert det feilede brevet som sendt")
def letter_is_not_sent(outage: Outage, letter: LetterCase) -> None:
    failing.letter_not_sent(outage, letter)


@then("har bestillersystemet ikke registrert den feilede meldingen som sendt")
def message_is_not_sent(outage: Outage, messaging: Messaging) -> None:
    failing.message_not_sent(outage, messaging)


@then("vet ikke bestillersystemet hva innstillingen er etter svikten")
def setting_is_unknown(outage: Outage, privacy: PrivacyCase) -> None:
    failing.setting_unknown(outage, privacy)


@then(parsers.re(r"er ingen (?P<what>bestilling|brev|melding) som feilet, sendt på nytt av seg selv"))
def nothing_sent_again(rig: Rig, what: str) -> None:
    failing.none_sent_again(rig, *failing.KINDS[what])
