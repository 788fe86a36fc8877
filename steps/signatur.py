"""Setninger om skjema som må signeres, og om det signerte dokumentet."""

from __future__ import annotations

from functools import partial

from pytest_bdd import given, parsers, then, when

from eprom_verify.checks import signing
from eprom_verify.checks.case import Case
from eprom_verify.checks.signing import Fetched
from eprom_verify.rig import Rig


@given(parsers.parse("at dokumentet ikke er å få de første {times:d} gangene"))
def document_is_withheld(case: Case, times: int) -> None:
    signing.withhold(case, times)


@when("pasienten prøver å levere skjemaet uten å signere", target_fixture="went_through")
def tries_unsigned(case: Case) -> bool:
    return signing.try_unsigned(case)


@when("pasienten signerer og leverer skjemaet")
def signs(case: Case) -> None:
    signing.sign_and_deliver(case)


@when(parsers.parse('pasienten signerer og leverer skjemaet etter et forsøk som endte med "{ending}"'))
def signs_after(case: Case, ending: str) -> None:
    signing.sign_and_deliver(case, ending)


@when(parsers.parse("det går {days:d} dager"))
def days_pass(case: Case, days: int) -> None:
    signing.let_days_pass(case, days)


@when(parsers.re("dokumentet hentes (?P<how>direkte hos ePROM|hos ePROM .+)"), target_fixture="fetched")
def document_is_fetched(case: Case, how: str) -> Fetched:
    return _WAYS[how](case)


@when("et dokument som ikke finnes, hentes direkte hos ePROM", target_fixture="fetched")
def unknown_fetched(case: Case) -> Fetched:
    return signing.fetch_unknown(case)


@then("er skjemaet bestilt til signering")
def is_to_be_signed(case: Case) -> None:
    signing.ordered_to_be_signed(case)


@then("blir ikke skjemaet levert usignert")
def is_not_delivered(case: Case, went_through: bool) -> None:
    signing.not_delivered(case, went_through=went_through)


@then("returnerer ePROM skjemaet med id for det signerte dokumentet")
def is_returned_signed(case: Case) -> None:
    signing.returned_signed(case)


@then("returnerer ePROM skjemaet uten id for noe signert dokument")
def is_returned_unsigned(case: Case) -> None:
    signing.returned_unsigned(case)


@then("viser hendelsesloggen at skjemaet ble signert før det ble levert")
def signing_is_logged(case: Case) -> None:
    signing.signing_logged(case)


@then(parsers.parse('viser hendelsesloggen forsøket som endte med "{ending}"'))
def attempt_is_logged(case: Case, ending: str) -> None:
    signing.attempt_logged(case, ending)


@then("gir ePROM fra seg dokumentet som PDF")
def document_is_given(fetched: Fetched) -> None:
    signing.is_document(fetched)


@then("gir ikke ePROM fra seg noe dokument")
def document_is_refused(case: Case, fetched: Fetched) -> None:
    signing.is_refused(case, fetched)


@then("har dokumentet en signatur som gjelder hele dokumentet")
def signature_holds(case: Case, fetched: Fetched) -> None:
    signing.signature_holds(case, fetched)


@then("har bestillersystemet lastet ned det signerte dokumentet")
def document_is_downloaded(case: Case) -> None:
    signing.downloaded(case)


@then("har bestillersystemet oppbevart dokumentet slik det ble hentet")
def document_is_kept(case: Case) -> None:
    signing.kept(case)


@then("er dokumentet hentet med API-nøkkelen i headeren Authorization og ingen andre steder")
def key_is_in_header(case: Case) -> None:
    signing.key_in_header_alone(case)


@then("har ikke bestillersystemet prøvd å hente dokument for noe usignert skjema")
def nothing_fetched(rig: Rig) -> None:
    signing.none_fetched_unsigned(rig)


@then(parsers.parse("har bestillersystemet fått dokumentet etter {times:d} forsøk uten"))
def fetched_after(case: Case, times: int) -> None:
    signing.fetched_after(case, times)


@then("er dokumentet hentet én gang")
def fetched_once(case: Case) -> None:
    signing.fetched_once(case)


@then("har hvert signert skjema sitt eget dokument")
def every_document_its_own(rig: Rig) -> None:
    signing.every_document_its_own(rig)


_WAYS = {
    "direkte hos ePROM": signing.fetch,
    "hos ePROM uten API-nøkkel": partial(signing.fetch, api_key=""),
    "hos ePROM med en ukjent API-nøkkel": partial(signing.fetch, api_key="en-ukjent-noekkel-fra-eprom-verify"),
    "hos ePROM med nøkkelen til et annet bestillersystem": signing.fetch_as_another,
}
