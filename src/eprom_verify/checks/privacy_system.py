"""What the bestillersystem must make of privacy settings: of ePROM's answers, of its lists, and of what it tells.

ePROM's own part is looked at first: its fault must not be the bestillersystem's.

Source of every check here: Personverninnstillinger; each failure names the section.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import SYSTEM
from eprom_verify.checks.patience import patient
from eprom_verify.checks.privacy import (
    ERRORS,
    history_of,
    pages_of,
    refused_as,
    residents_of,
    same,
    says,
    shown,
    source_of,
    told,
    told_rightly,
)
from eprom_verify.checks.privacy_case import CHANGE, LIST, READ, TOLD, PrivacyCase, asked, next_page
from eprom_verify.checks.words import as_json, beginning, how_often
from eprom_verify.contract.privacy_codes import SettingStatus, VolvenCode
from eprom_verify.drivers.protocol import RegisteredSetting
from eprom_verify.errors import ContractBroken, Unverified
from eprom_verify.exchange import Exchange


def asked_for(privacy: PrivacyCase, status: str) -> None:
    """The bestillersystem asked for this status, of the patient's setting."""
    last = privacy.last
    wanted: dict[str, Any] = {
        "nationalId": privacy.case.national_id,
        "pvkId": privacy.pvk_id,
        "type": privacy.kind,
        "status": SettingStatus[status],
    }
    for name, value in wanted.items():
        seen = last.request.member(name)
        if not same(seen, value):
            expected = f"bestillersystemet sender {name} {shown(value)}"
            raise broken(expected, as_json(seen), last, where=f"/{name}", source=source_of(CHANGE), party=SYSTEM)


@patient
def reading_registered(privacy: PrivacyCase, status: str) -> None:
    """The bestillersystem has registered what ePROM answered, which is looked at first."""
    says(privacy, status)
    _registered(privacy, status, privacy.last)


@patient
def change_registered(privacy: PrivacyCase, status: str) -> None:
    """The bestillersystem has registered the status that it asked for, whether it was new to ePROM or not."""
    try:
        asked_for(privacy, status)
    except ContractBroken as exc:
        raise Unverified(f"Oppdateringen var en annen enn den som ble bestilt: {exc.received}.") from exc
    privacy.answer()
    _registered(privacy, status, privacy.last)


@patient
def message_registered(privacy: PrivacyCase, status: str, *, times: int = 1) -> None:
    """The bestillersystem has registered what ePROM told, once, however often it did."""
    message = told(privacy, times)
    wanted = VolvenCode.of(privacy.kind, SettingStatus[status])
    told_rightly(message, wanted.value)
    _registered(privacy, status, message)


def message_accepted(privacy: PrivacyCase) -> None:
    """The bestillersystem answered the message with success."""
    message = told(privacy)
    told_rightly(message, None)
    if message.status != 200 or message.response is None or message.response.member("success") is not True:
        seen = f"{message.status}: {beginning(message.response.text, 200) if message.response else message.failure}"
        expected = 'bestillersystemet svarer 200 med {"success": true}'
        raise broken(expected, seen, message, source=source_of(TOLD), party=SYSTEM)


@patient
def stranger_refused(privacy: PrivacyCase) -> None:
    """A message with another key was neither accepted nor registered.

    Raises:
        Unverified: ePROM's message had the right key, or none.
    """
    message = told(privacy)
    if message.key_matches is not False:
        raise Unverified("Meldingen hadde ikke en annen nøkkel, så den viser ikke noe.")
    accepted = message.response is not None and message.response.member("success") is True
    if accepted or privacy.known():
        seen = "den ble godtatt" if accepted else "den ble registrert"
        raise broken("en melding med feil nøkkel blir avvist", seen, message, source=source_of(TOLD), party=SYSTEM)


@patient
def still_unknown(privacy: PrivacyCase, word: str) -> None:
    """The call failed as it was to, and the bestillersystem holds nothing of the setting."""
    refused_as(privacy, word)
    if privacy.known():
        expected = f"innstillingen er ukjent etter {word}"
        raise broken(expected, _list(privacy.known()), privacy.last, source=ERRORS, party=SYSTEM)


@patient
def still_known(privacy: PrivacyCase, status: str) -> None:
    """The newest answer was an error, or older than the one before, and has not replaced what was known.

    Raises:
        Unverified: what ePROM answered was neither.
    """
    readings = [each for each in privacy.answered if each.operation == READ]
    first, last = readings[0], privacy.last
    wanted: dict[str, Any] = {"type": privacy.kind, "status": SettingStatus[status]}
    for name, value in wanted.items():
        seen = first.response.member(name) if first.response else None
        if not same(seen, value):
            raise broken(f"{name} er {shown(value)}", as_json(seen), first, where=f"/{name}", source=source_of(READ))
    if last.status == 200 and history_of(last)[0] >= history_of(first)[0]:
        raise Unverified("ePROM svarte verken med en feil eller med noe eldre.")
    _registered(privacy, status, last)


@patient
def all_registered(privacy: PrivacyCase) -> None:
    """The bestillersystem read the list to its end, and has registered everybody on it, once."""
    pages = pages_of(privacy)
    last = pages[-1]
    if next_page(last) in [asked(each) for each in pages if asked(each)]:
        raise broken("hver side fører til en ny", "listen går i ring", last, source=source_of(LIST))
    if next_page(last) != 0:
        expected = "bestillersystemet spør til pagingReference er 0"
        raise broken(expected, f"{len(pages)} sider lest, og det er flere", last, source=source_of(LIST), party=SYSTEM)
    listed = {str(each.get("nationalId")) for page in pages for each in residents_of(page)}
    if listed != set(privacy.residents):
        raise broken("listen har alle", f"{len(listed)} av {len(privacy.residents)}", last, source=source_of(LIST))
    _listed_once(privacy, privacy.residents, last)


@patient
def repeated_registered_once(privacy: PrivacyCase) -> None:
    """Whoever stood on two pages is registered once.

    Raises:
        Unverified: nobody did, of those that the bestillersystem read, or the list did not end.
    """
    pages = pages_of(privacy)
    listed = Counter(str(each.get("nationalId")) for page in pages for each in residents_of(page))
    twice = [national_id for national_id, count in listed.items() if count > 1]
    if not twice or next_page(pages[-1]) != 0:
        raise Unverified("Ingen pasient sto på to av sidene i en liste som tok slutt.")
    _listed_once(privacy, twice, pages[-1])


@patient
def stopped(privacy: PrivacyCase) -> None:
    """The list led back to a page that had been read, and the bestillersystem did not follow.

    Raises:
        Unverified: it never came that far.
    """
    pages = pages_of(privacy)
    again = [number for number, count in Counter(asked(each) for each in pages).items() if count > 1]
    if again:
        expected = "bestillersystemet stanser når listen viser til en side som er lest"
        seen = f"samme side ble hentet {how_often(max(Counter(asked(each) for each in pages).values()))}"
        raise broken(expected, seen, pages[-1], source=source_of(LIST), party=SYSTEM)
    if next_page(pages[-1]) not in [asked(each) for each in pages]:
        raise Unverified("Bestillersystemet leste ikke så langt at listen viste til en side som var lest.")


def _listed_once(privacy: PrivacyCase, residents: list[str], shown: Exchange) -> None:
    wanted = RegisteredSetting(privacy.kind, SettingStatus.Aktiv)
    wrong = [each for each in residents if privacy.known(each) != (wanted,)]
    if wrong:
        expected = f"alle i listen ({len(residents)}) er registrert én gang, som {_list((wanted,))}"
        seen = f"{len(wrong)} av dem er ikke det; den første er registrert som {_list(privacy.known(wrong[0]))}"
        raise broken(expected, seen, shown, source=source_of(LIST), party=SYSTEM)


def _registered(privacy: PrivacyCase, status: str, shown: Exchange) -> None:
    """The newest that is registered is this status, and nothing stands twice in a row."""
    known = privacy.known()
    wanted = RegisteredSetting(privacy.kind, SettingStatus[status])
    if known[-1:] != (wanted,) or any(first == second for first, second in pairwise(known)):
        expected = f"bestillersystemet har registrert {_list((wanted,))}, én gang"
        raise broken(expected, _list(known), shown, source=source_of(shown.operation), party=SYSTEM)


def _list(known: tuple[RegisteredSetting, ...]) -> str:
    return ", ".join(f"{each.type.name} {each.status.name}" for each in known) or "ingenting"
