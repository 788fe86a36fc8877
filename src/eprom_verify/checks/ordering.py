"""What must hold of an order: how the bestillersystem asks, what ePROM answers, and what is made of the answer.

Source of every check here: BestillingAvSkjemaV2 and Integrasjonsguide; each failure names the section.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import EPROM, PAGE, SYSTEM, Case
from eprom_verify.checks.patience import patient
from eprom_verify.checks.statuses import order_channel
from eprom_verify.checks.words import as_json
from eprom_verify.contract.enumerations import (
    DistributionRule,
    NotificationChannel,
)
from eprom_verify.contract.findings import kind
from eprom_verify.errors import ContractBroken, Unverified
from eprom_verify.exchange import ZERO_GUID, Message
from eprom_verify.rig import NORWAY

OUT = f"{PAGE}, Parametere – Ut"
ERRORS = f"{PAGE}, Feilsituasjoner"

SOME_ADDRESS = {
    "fullName": "Test Testesen",
    "addressLine1": "Prøveveien 1",
    "postalCode": "0000",
    "postalPlace": "Prøvestad",
}
"""A made-up address to send paper to, with the documented members."""


def order_was_sent_with(case: Case, rule: str | None) -> None:
    """The order that was seen asks for this rule; otherwise nothing that follows says anything about ePROM."""
    sent = case.made.request.member("distributionRule")
    wanted = DistributionRule[rule] if rule else None
    try:
        seen = None if sent is None else DistributionRule.parse(sent)
    except ValueError:
        seen = None
    if seen is not wanted:
        raise ContractBroken(
            SYSTEM,
            f"bestillersystemet bestiller med regelen {rule or 'ikke oppgitt'}",
            f"distributionRule er {as_json(sent)}",
            where="/distributionRule",
            source="Integrasjonsguide, DistributionRule",
            exchanges=(case.made.id,),
        )


def preferred_among(case: Case, channels: str) -> None:
    """The answer's preferred channel is one of those that the rule tries, or None."""
    answer = _answer(case)
    seen = order_channel(case.made, answer)
    allowed = [NotificationChannel.parse(name.strip()) for name in channels.split(",")]
    if seen not in allowed:
        raise broken(
            f"foretrukket kanal er en av {channels}", f"notificationChannel er {seen.wire_name}", case.made, source=OUT
        )


def accepted(case: Case) -> None:
    """ePROM took the order: status 200 and an id."""
    if not case.was_made:
        case.reached()
        raise case.not_made(SYSTEM if case.asked_wrongly else EPROM)


def no_such_person(case: Case) -> None:
    """The answer is 200 with the zero GUID: no order was made."""
    case.reached()
    answer = case.made.response
    seen = answer.member("id") if answer else None
    if case.made.status != 200 or seen != ZERO_GUID:
        raise broken(f"status 200 og id {ZERO_GUID}", case.answer_text, case.made, where="/id", source=ERRORS)


def refused_with(case: Case, status: int, text: str) -> None:
    """The answer has this status, and the documented text occurs in its body (the envelope is not documented)."""
    case.reached()
    body = case.made.response.text if case.made.response else ""
    plain = unescaped(body)
    if case.made.status != status or text not in plain:
        raise broken(f"status {status} med teksten «{text}»", case.answer_text, case.made, source=ERRORS)


def refused(case: Case) -> None:
    """ePROM refuses the call with some 4xx; which one is not documented for orders."""
    case.reached()
    if case.made.status is None or not 400 <= case.made.status < 500:
        raise broken("kallet blir avvist (4xx)", case.answer_text, case.made, source=f"{PAGE}, NB!")


def parameters_echoed(case: Case) -> None:
    """The answer repeats every in-parameter that was sent, with the value that was sent."""
    answer = _answer(case)
    sent = case.made.request.json
    if not isinstance(sent, dict) or not any(value is not None for value in sent.values()):
        raise Unverified(
            "Bestillingen har ingen parametere som kan leses som JSON, så det er ikke noe å sammenligne med."
        )
    for name, value in sent.items():
        known = next((each for each in case.rig.contract.echoed_parameters if each.casefold() == name.casefold()), None)
        if known is None or value is None:
            continue
        seen = answer.member(known)
        if not _same(known, value, seen):
            raise broken(
                f"svaret gjentar {known}: {as_json(value)}", as_json(seen), case.made, where=f"/{known}", source=OUT
            )


def has_single_use_code(case: Case, *, expected: bool) -> None:
    """The answer has a single-use code, or has none."""
    code = _answer(case).member("singleUseCode")
    if bool(code) is not expected:
        words = "singleUseCode har en verdi" if expected else "singleUseCode er uten verdi"
        seen = "en verdi" if code else "ingen verdi"
        raise broken(words, seen, case.made, where="/singleUseCode", source=OUT)


def login_goes_through(case: Case, kind: str) -> None:
    """The login link goes to `/proms/form/` (Helsenorge) or `/proms/formIdp/` (the other channels).

    That it ends in a GUID is judged by the contract, before that is masked.

    Raises:
        Unverified: it is the address of the form itself, as MrsPromsId shows it, whatever the log-in was.
    """
    link = str(_answer(case).member("loginUrl") or "")
    parts = [part.casefold() for part in link.split("/")]
    if "/proms/form/edit/" in link.casefold():
        raise Unverified("loginUrl går til …/proms/Form/Edit/{GUID}, som ikke viser hvilken innlogging pasienten får.")
    if len(parts) < 2 or not parts[-1] or parts[-2] != kind.casefold() or "proms" not in parts:
        raise broken(
            f"loginUrl går til …/proms/{kind}/{{GUID}}",
            link or "ingen loginUrl",
            case.made,
            where="/loginUrl",
            source="ePROM-innbyggerinnlogging",
        )


@patient
def order_registered(case: Case, *, made: bool) -> None:
    """The bestillersystem holds that the order was made, or that it was not, just as ePROM answered.

    That ePROM answered so is looked at first: its fault must not be the bestillersystem's.
    """
    if made:
        assert case.order_id
    else:
        case.reached()
    if not made and case.was_made:
        raise broken("ePROM gjør ingen bestilling", case.answer_text, case.made, source=ERRORS)
    _held(case, made=made, answered=case.answer_text)


@patient
def order_not_held(case: Case, answered: str) -> None:
    """The bestillersystem does not hold that the order was made, which ePROM answered so."""
    _held(case, made=False, answered=answered)


def _held(case: Case, *, made: bool, answered: str) -> None:
    if case.rig.driver.has_order(case.id) is not made:
        wanted, seen = ("gjort", "ikke gjort") if made else ("ikke gjort", "gjort")
        raise broken(
            f"bestillersystemet har registrert bestillingen som {wanted}",
            f"den er registrert som {seen}; ePROM svarte {answered}",
            case.made,
            source=ERRORS,
            party=SYSTEM,
        )


def sent_once(case: Case) -> None:
    """The bestillersystem sent exactly one order for the case, also after the status has come."""
    if case.was_made:
        case.status_if_any()
    sent = [each for each in case.evidence(case.since) if each.operation == "A"]
    if len(sent) != 1:
        raise ContractBroken(
            SYSTEM,
            "nøyaktig én bestilling blir sendt",
            f"{len(sent)} bestillinger ble sendt",
            source="IntegrasjonVerifikasjon, 1) Bestilling av skjema",
            exchanges=tuple(each.id for each in sent),
        )


def key_in_header(case: Case) -> None:
    """The agreed key is in the Authorization header, and nowhere in the order itself."""
    wrong = [each for each in case.made.violations if each.rule.startswith("key")]
    if wrong or case.made.key_matches is not True:
        seen = wrong[0].received if wrong else "headeren mangler, eller nøkkelen er en annen enn den avtalte"
        where = (wrong[0].pointer if wrong else "") or "headeren Authorization"
        expected = "API-nøkkelen står i headeren Authorization: Basic <apiKey>, og bare der"
        raise broken(expected, seen, case.made, where=where, source=f"{PAGE}, NB!", party=SYSTEM)


def expires_in(case: Case, days: int) -> None:
    """The order expires that many days from now, on the day (in Norway) if not on the second."""
    seen = case.made.request.member("expiryDate")
    wanted = case.in_days(days).date()
    try:
        moment = datetime.fromisoformat(str(seen))
    except ValueError:
        moment = None
    day = None if moment is None else (moment.astimezone(NORWAY) if moment.tzinfo else moment).date()
    if day != wanted:
        raise broken(
            f"bestillingen utløper {wanted}", as_json(seen), case.made, where="/expiryDate", source=IN, party=SYSTEM
        )


def request_has(case: Case, name: str, value: Any) -> None:
    """The order that was sent has this member with this value."""
    seen = case.made.request.member(name)
    if not _same(name, value, seen):
        raise broken(f"{name} er {as_json(value)}", as_json(seen), case.made, where=f"/{name}", source=IN, party=SYSTEM)


IN = f"{PAGE}, Parametere - Inn"


def metadata_sent(case: Case, wanted: dict[str, Any]) -> None:
    """Metadata travels as a string that holds the JSON object."""
    seen = case.made.request.member("metadata")
    try:
        parsed = json.loads(seen) if isinstance(seen, str) else None
    except ValueError:
        parsed = None
    if parsed != wanted:
        raise broken(
            f"metadata er en tekst som inneholder JSON-objektet {json.dumps(wanted, ensure_ascii=False)}",
            f"{kind(seen)}: {as_json(seen)}",
            case.made,
            where="/metadata",
            source=IN,
            party=SYSTEM,
        )


def _answer(case: Case) -> Message:
    assert case.order_id
    assert case.made.response is not None
    return case.made.response


def _same(name: str, sent: Any, seen: Any) -> bool:
    """Whether two spellings mean the same: GUIDs in any case, rules by name or number, moments in any offset."""
    if sent == seen:
        return True
    if name == "distributionRule":
        try:
            return DistributionRule.parse(sent) is DistributionRule.parse(seen)
        except ValueError:
            return False
    if name == "expiryDate":
        try:
            first, second = datetime.fromisoformat(str(sent)), datetime.fromisoformat(str(seen))
        except ValueError:
            return False
        return first.replace(tzinfo=None) == second.replace(tzinfo=None) or _equal_moment(first, second)
    if name == "formId":
        return str(sent).casefold() == str(seen).casefold()
    return False


def _equal_moment(first: datetime, second: datetime) -> bool:
    return first.tzinfo is not None and second.tzinfo is not None and first == second


def unescaped(body: str) -> str:
    """The texts in a body, whatever envelope they stand in."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    return "\n".join(_texts(parsed))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return []
