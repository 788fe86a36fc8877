"""What must hold for privacy settings in ePROM: what it answers, lists and tells.

Source of every check here: Personverninnstillinger; each failure names the section.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import EPROM
from eprom_verify.checks.privacy_case import (
    LIST,
    MOST_PAGES,
    PAGE,
    READ,
    TOLD,
    PrivacyCase,
    next_page,
)
from eprom_verify.checks.words import as_json, beginning
from eprom_verify.contract import operation
from eprom_verify.contract.enumerations import ContractEnum
from eprom_verify.contract.privacy_codes import InstanceChanged, SettingStatus
from eprom_verify.errors import ContractBroken, HarnessProblem, NotApplicable
from eprom_verify.exchange import Exchange

ERRORS = f"{PAGE}, Feilsituasjoner"
STATUSES = {"Bad Request": 400, "Unauthorized": 401, "Internal Server Error": 500, "Bad Gateway": 502}


def says(privacy: PrivacyCase, status: str) -> None:
    """The answer is about the patient's setting, of the right kind, and has this status."""
    answer = privacy.answer()
    wanted: dict[str, Any] = {
        "nationalId": privacy.case.national_id,
        "type": privacy.kind,
        "id": privacy.pvk_id,
        "status": SettingStatus[status],
    }
    if privacy.definition is not None:
        wanted["name"] = privacy.definition.name
    for name, value in wanted.items():
        if not same(answer.get(name), value):
            raise _answered(privacy, f"{name} er {shown(value)}", as_json(answer.get(name)), name)


def change_was(privacy: PrivacyCase, word: str) -> None:
    """The answer says that the setting was changed, or that it was not."""
    answer = privacy.answer()
    if not same(answer.get("instansEndret"), InstanceChanged[word]):
        seen = as_json(answer.get("instansEndret"))
        raise _answered(privacy, f"instansEndret er {shown(InstanceChanged[word])}", seen, "instansEndret")


def history_goes_on(privacy: PrivacyCase) -> None:
    """Between two readings with a change between them the number rose, the first time stayed, and the last moved on.

    Raises:
        NotApplicable: the older edition does not have these.
    """
    if privacy.case.rig.config.edition == "2023-10":
        raise NotApplicable("Sekvensnummer og tidspunkter finnes ikke i utgave 2023-10 av kontrakten.")
    privacy.answer()
    readings = [each for each in privacy.answered if each.operation == READ and each.status == 200]
    if len(readings) < 2:
        raise HarnessProblem("Scenariet har ikke lest innstillingen to ganger.")
    before, after = (history_of(each) for each in (readings[0], readings[-1]))
    if after[0] <= before[0]:
        raise _answered(privacy, f"sekvensnummeret er over {before[0]}", f"{after[0]}", "sequenceNumber")
    if after[1] != before[1]:
        raise _answered(privacy, f"første tidspunkt er {before[1]}", f"{after[1]}", "createdDateTimeOffset")
    if after[2] <= before[2]:
        raise _answered(privacy, f"siste tidspunkt er etter {before[2]}", f"{after[2]}", "lastChangedDateTimeOffset")


def refused_as(privacy: PrivacyCase, word: str) -> None:
    """The call is answered with this documented status; nothing is documented of the body."""
    last, wanted = privacy.last, STATUSES[word]
    if last.status != wanted:
        text = beginning(last.response.text, 200) if last.response else ""
        raise broken(f"{wanted} {word}", f"{last.status}: {text}", last, source=ERRORS)


def pvk_failed(privacy: PrivacyCase) -> None:
    """The answer is 502, and passes on what PVK said: statusCode, status and message."""
    refused_as(privacy, "Bad Gateway")
    last = privacy.last
    body = last.response.json if last.response else None
    missing = [name for name in ("statusCode", "status", "message") if not isinstance(body, dict) or name not in body]
    if missing:
        seen = beginning(last.response.text, 200) if last.response else ""
        raise broken("JSON med statusCode, status og message", seen, last, source=ERRORS)


def read_list(privacy: PrivacyCase, *, withdrawing: bool = False) -> None:
    """Read the list directly, page by page, until it ends, or until it is plain that it does not.

    With `withdrawing`, the first citizen withdraws the setting after the first page.
    """
    reference, had = 0, set[int]()
    while reference not in had and len(had) < MOST_PAGES:
        had.add(reference)
        page = privacy.call(LIST, pagingReference=reference)
        if page.status != 200:
            return
        if withdrawing and len(had) == 1:
            store = privacy.case.simulator.privacy.store
            store.put(privacy.residents[0], privacy.pvk_id, SettingStatus.IkkeAktiv)
        reference = next_page(page) or 0
        if reference == 0:
            return


def list_ends(privacy: PrivacyCase) -> None:
    """The list has several pages, and each leads to one that was not had before, until the last leads nowhere."""
    pages = pages_of(privacy)
    if next_page(pages[-1]) != 0:
        seen = f"{len(pages)} sider, og den siste viser til {as_json(next_page(pages[-1]))}"
        raise _answered(privacy, "listen tar slutt med pagingReference 0", seen, "pagingReference")
    if len(pages) < 2:
        raise _answered(privacy, f"{len(privacy.residents)} pasienter på flere sider", "én side", "pagingReference")


def list_has_all_once(privacy: PrivacyCase, *, withdrawn: int = 0) -> None:
    """The pages together have everybody who has the setting active, once, and nobody else; whoever withdrew while it
    was read may be on it or not."""
    listed = Counter(str(each.get("nationalId")) for page in pages_of(privacy) for each in residents_of(page))
    wanted = privacy.residents[withdrawn:]
    others = set(listed) - set(privacy.residents)
    seen = {
        "mangler": sum(each not in listed for each in wanted),
        "står flere ganger": sum(listed[each] > 1 for each in wanted),
        "skulle ikke vært der": 0 if withdrawn else len(others),
    }
    if any(seen.values()):
        words = ", ".join(f"{count} {what}" for what, count in seen.items() if count)
        raise _answered(
            privacy, f"alle {len(wanted)} som har innstillingen aktiv, én gang", words, "personvernInnstillinger"
        )


def list_tells_what_it_is(privacy: PrivacyCase) -> None:
    """Every page has the setting's id, name, kind and owner."""
    for page in pages_of(privacy):
        wanted: dict[str, Any] = {"id": privacy.pvk_id, "type": privacy.kind}
        if privacy.definition is not None:
            wanted |= {"name": privacy.definition.name, "partKode": privacy.definition.part_code}
        for name, value in wanted.items():
            seen = page.response.member(name) if page.response else None
            if not same(seen, value):
                raise broken(f"{name} er {shown(value)}", as_json(seen), page, where=f"/{name}", source=source_of(LIST))


def list_agrees_with_settings(privacy: PrivacyCase) -> None:
    """What the list has of each citizen is what a reading of that citizen's setting gives."""
    listed = [each for page in pages_of(privacy) for each in residents_of(page)]
    for each in listed:
        one = privacy.call(READ, nationalId=each.get("nationalId"))
        answer = privacy.answer()
        for name in ("sequenceNumber", "createdDateTimeOffset", "lastChangedDateTimeOffset"):
            if each.get(name) != answer.get(name):
                expected = f"{name} er {as_json(answer.get(name))} i listen, som i sjekken"
                raise broken(expected, as_json(each.get(name)), one, where=f"/{name}", source=source_of(LIST))


def told(privacy: PrivacyCase, times: int = 1) -> Exchange:
    """The newest message about the patient's setting, when that many have come; waits for them.

    Raises:
        ContractBroken: they did not come before their deadline.
    """

    def mine(each: Exchange) -> bool:
        same = str(each.request.member("id")).casefold() == privacy.pvk_id
        return each.operation == TOLD and same and each.request.member("nationalId") == privacy.case.national_id

    def come() -> list[Exchange]:
        seen = privacy.case.rig.journal.exchanges(since=privacy.case.since)
        return [each for each in seen if each.done and mine(each)]

    seconds = privacy.case.rig.config.deadlines.status_s
    found = privacy.case.rig.journal.wait_for(
        lambda each: mine(each) and len(come()) >= times, timeout_s=seconds, since=privacy.case.since
    )
    if found is None:
        raise ContractBroken(
            EPROM,
            f"ePROM forteller om endringen innen {seconds:g} s",
            f"{len(come())} av {times} meldinger kom",
            source=source_of(TOLD),
            hint="Sjekk at ApiBaseUrl i ePROM Admin peker på mottaket.",
            exchanges=tuple(each.id for each in come()),
        )
    for each in come():
        privacy.case.note(each)
    return come()[-1]


def told_with_code(privacy: PrivacyCase, code: str) -> None:
    """The message is about the setting that was changed, and its status is this Volven code."""
    message = told(privacy)
    wanted = {"status": code}
    name = message.request.member("name")
    if privacy.definition is not None and isinstance(name, str):
        wanted["name"] = privacy.definition.name
    for member, value in wanted.items():
        seen = message.request.member(member)
        if seen != value:
            raise broken(f"{member} er {value}", as_json(seen), message, where=f"/{member}", source=source_of(TOLD))


def told_with_key(privacy: PrivacyCase) -> None:
    """The message has the bestillersystem's own key in a header, and not in its body."""
    message = told(privacy)
    if message.request.member("apiKey") is not None:
        raise broken(
            "nøkkelen står i en header", "den står i kroppen", message, where="/apiKey", source=source_of(TOLD)
        )
    if message.key_matches is not True:
        raise broken("en header har bestillersystemets egen nøkkel", "ingen har den", message, source=source_of(TOLD))


def told_rightly(message: Exchange, code: str | None) -> None:
    """The message has the right key, follows the contract, and has this code; None for any.

    Raises:
        ContractBroken: it has not, which is not the bestillersystem's to answer for.
    """
    if message.key_matches is not True:
        raise broken("en header har bestillersystemets egen nøkkel", "ingen har den", message, source=source_of(TOLD))
    wrong = [each for each in message.request.findings if each.is_violation]
    if wrong:
        raise broken(wrong[0].expected, wrong[0].received, message, where=wrong[0].pointer, source=wrong[0].source)
    seen = message.request.member("status")
    if code is not None and seen != code:
        raise broken(f"status er {code}", as_json(seen), message, where="/status", source=source_of(TOLD))


def pages_of(privacy: PrivacyCase) -> list[Exchange]:
    """The pages of the list; the newest call is looked at first."""
    pages = [each for each in privacy.answered if each.operation == LIST]
    if not pages:
        raise HarnessProblem("Scenariet har ikke lest noen liste.")
    if privacy.answered[-1].operation == LIST:
        privacy.answer()
    return pages


def residents_of(page: Exchange) -> list[dict[str, Any]]:
    """What a page of a list has of each citizen."""
    found = page.response.member("personvernInnstillinger") if page.response else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def history_of(reading: Exchange) -> tuple[int, datetime, datetime]:
    """The sequence number, the first time and the last time in the answer to a reading.

    Raises:
        ContractBroken: the answer does not have them.
    """
    answer: Mapping[str, Any] = reading.response.json if reading.response else {}
    names = ("createdDateTimeOffset", "lastChangedDateTimeOffset")
    try:
        created, changed = (datetime.fromisoformat(str(answer.get(name))) for name in names)
        if created.tzinfo is None or changed.tzinfo is None:
            raise ValueError(changed)
        return int(answer.get("sequenceNumber", "")), created, changed
    except (ValueError, TypeError) as exc:
        expected = "sekvensnummer, og to tidspunkter med tidssone"
        seen = ", ".join(as_json(answer.get(name)) for name in ("sequenceNumber", *names))
        raise broken(expected, seen, reading, source=source_of(READ)) from exc


def same(seen: object, wanted: object) -> bool:
    """Whether a value is the wanted one; an enumeration may travel as a name or as a number."""
    if isinstance(wanted, ContractEnum):
        try:
            return type(wanted).parse(seen) is wanted
        except ValueError:
            return False
    return isinstance(seen, str) and isinstance(wanted, str) and seen.casefold() == wanted.casefold()


def shown(value: object) -> str:
    """A value for a sentence, an enumeration as both name and number."""
    return f"{value.name} ({value.value})" if isinstance(value, ContractEnum) else f"{value}"


def source_of(letter: str) -> str:
    """The page and section that describe an operation."""
    return str(operation(letter).source)


def _answered(privacy: PrivacyCase, expected: str, received: str, name: str) -> ContractBroken:
    last = privacy.last
    return broken(expected, received, last, where=f"/{name}", source=source_of(last.operation))
