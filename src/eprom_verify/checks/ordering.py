"""What must hold for one order: ePROM's answer, its status callback, and what the bestillersystem makes of it.

Source of every check here: BestillingAvSkjemaV2 and Integrasjonsguide; each failure names the section.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from eprom_verify.checks.blame import refused_by
from eprom_verify.checks.case import EPROM, PAGE, SYSTEM, Case
from eprom_verify.checks.patience import patient
from eprom_verify.checks.words import as_json, beginning, on_channel
from eprom_verify.contract.enumerations import (
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
)
from eprom_verify.contract.findings import kind
from eprom_verify.errors import ContractBroken, ForAPerson, HarnessProblem, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange, Message
from eprom_verify.rig import NORWAY

OUT = f"{PAGE}, Parametere – Ut"
ERRORS = f"{PAGE}, Feilsituasjoner"
CALLBACK = f"{PAGE}, Mottak av status for bestillingen"
RULES = "Integrasjonsguide, Distribusjonsregler"

CLOCKS_APART_S = 600
"""How far two machines' clocks may be apart before a time counts as another moment."""

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


def notified_on(case: Case, channel: str) -> None:
    """ePROM's status says that the patient was notified on this channel ("None" for nobody)."""
    status = case.status()
    seen = order_channel(status, status.request)
    wanted = NotificationChannel.parse(channel)
    if seen is not wanted:
        rule = case.made.request.member("distributionRule")
        raise broken(
            (
                f"{'ingen kanal når pasienten' if channel == 'None' else f'pasienten blir varslet på {channel}'} "
                f"(regel {rule or 'Basic'})"
            ),
            f"notificationChannel er {seen.wire_name}",
            status,
            where="/notificationChannel",
            source=RULES,
        )
    if wanted is not NotificationChannel.NoChannel and _status(status) is not FormOrderStatus.Ordered:
        raise broken("formOrderStatus er Ordered", _shown(status, "formOrderStatus"), status, source=CALLBACK)


def nobody_notified(case: Case) -> None:
    """With NoDistribution nobody is told: neither the answer nor any status names a channel, and it is no error."""
    _expect_channel_none(case.made, _answer(case))
    status = case.status_if_any()
    if status is None:
        return
    _expect_channel_none(status, status.request)
    if _status(status) is FormOrderStatus.Error:
        raise broken("NoDistribution er ikke en feil", "formOrderStatus er Error", status, source=RULES)


def unreachable(case: Case) -> None:
    """The status says Error, PatientUnreachable and no channel."""
    status = case.status()
    if _status(status) is not FormOrderStatus.Error:
        raise broken("formOrderStatus er Error", _shown(status, "formOrderStatus"), status, source=CALLBACK)
    if _error_code(status) is not FormOrderStatusErrorCode.PatientUnreachable:
        seen = _shown(status, "formOrderStatusErrorCode")
        raise broken("formOrderStatusErrorCode er PatientUnreachable", seen, status, source=CALLBACK)
    _expect_channel_none(status, status.request)


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


def timestamps_agree(case: Case) -> None:
    """`timestamp` (Norwegian local time) and `timestampUtc` are the same moment, and it is when the order was made."""
    status = case.status()
    local, utc = (_moment(status, name) for name in ("timestamp", "timestampUtc"))
    utc = utc if utc.tzinfo else utc.replace(tzinfo=UTC)
    # An hour in October comes twice: either of the two is right.
    readings = [local] if local.tzinfo else [local.replace(tzinfo=NORWAY, fold=fold) for fold in (0, 1)]
    seen = f"{_shown(status, 'timestamp')} og {_shown(status, 'timestampUtc')}"
    if all(abs((each - utc).total_seconds()) > 1 for each in readings):
        raise broken("timestamp og timestampUtc er samme øyeblikk", seen, status, source=CALLBACK)
    ordered_at = case.made.request.at
    if abs((utc - ordered_at).total_seconds()) > CLOCKS_APART_S:
        answered_at = _date_of(case.made)
        if answered_at is not None and abs((utc - answered_at).total_seconds()) <= CLOCKS_APART_S:
            # ePROM's own clock agrees with the status: then it is one of the two machines that has the wrong time.
            raise ForAPerson(
                f"Klokken her sier at bestillingen ble gjort {ordered_at:%d.%m.%Y %H:%M} UTC, og klokken hos ePROM "
                f"sier {answered_at:%d.%m.%Y %H:%M}. En av dem går feil."
            )
        raise broken(
            f"tidspunktet er da bestillingen ble gjort ({ordered_at:%H:%M} UTC)", seen, status, source=CALLBACK
        )


@patient
def status_registered(case: Case, status: str, channel: str, code: str) -> None:
    """The bestillersystem has registered the status, exactly once, with its channel and error code.

    That ePROM sent just this is looked at first: its fault must not be the bestillersystem's.
    """
    wanted = (
        FormOrderStatus.parse(status),
        NotificationChannel.parse(channel),
        FormOrderStatusErrorCode.parse(code),
    )
    sent = case.status()
    key_is_right(sent)
    if (_status(sent), order_channel(sent, sent.request), _error_code(sent)) != wanted:
        seen = f"{_shown(sent, 'formOrderStatus')}, {_shown(sent, 'notificationChannel')}"
        raise broken(
            f"ePROM sender status {status} {on_channel(channel)}, med feilkode {code}", seen, sent, source=CALLBACK
        )
    seen_there = case.registered()
    if [(each.status, each.channel, each.error_code) for each in seen_there] != [wanted]:
        listed = ", ".join(
            f"{e.status.name} {on_channel(e.channel.wire_name)} ({e.error_code.wire_name})" for e in seen_there
        )
        raise broken(
            f"bestillersystemet har registrert {status} {on_channel(channel)}, med feilkode {code}, én gang",
            listed or "ingen status registrert",
            sent,
            source=CALLBACK,
            party=SYSTEM,
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


def callback_accepted(case: Case) -> None:
    """The bestillersystem answered the status with exactly `{"success": true}`."""
    status = case.status()
    key_is_right(status)
    answer = status.response.json if status.response else None
    ok = isinstance(answer, dict) and any(k.casefold() == "success" and v is True for k, v in answer.items())
    if status.status != 200 or not ok:
        text = beginning(status.response.text, 200) if status.response else status.failure
        raise broken(
            'bestillersystemet svarer 200 med {"success": true}',
            f"{status.status}: {text}",
            status,
            source=CALLBACK,
            party=refused_by(status),
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


def status_came(case: Case, times: int) -> None:
    """The status was delivered this many times: without it, what follows would prove nothing.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    order_id, seconds = case.order_id, case.rig.config.deadlines.status_s
    last = case.rig.journal.wait_for(
        lambda each: each.operation == "I" and each.order_id == order_id and len(case.statuses()) >= times,
        timeout_s=seconds,
        since=case.since,
    )
    if last is None:
        raise HarnessProblem(f"Simulatoren leverte statusen {len(case.statuses())} av {times} ganger.")


def key_in_header(case: Case) -> None:
    """The agreed key is in the Authorization header, and nowhere in the order itself."""
    wrong = [each for each in case.made.violations if each.rule.startswith("key")]
    if wrong or case.made.key_matches is not True:
        seen = wrong[0].received if wrong else "headeren mangler, eller nøkkelen er en annen enn den avtalte"
        where = (wrong[0].pointer if wrong else "") or "headeren Authorization"
        expected = "API-nøkkelen står i headeren Authorization: Basic <apiKey>, og bare der"
        raise broken(expected, seen, case.made, where=where, source=f"{PAGE}, NB!", party=SYSTEM)


def key_in_status(case: Case) -> None:
    """The status carries the key of the bestillersystem that ordered."""
    status = case.status()
    if status.key_matches is not True:
        seen = "ingen nøkkel" if status.key_matches is None else "en annen nøkkel"
        raise broken("apiKey er bestillersystemets egen", seen, status, where="/apiKey", source=CALLBACK)


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


def key_is_right(status: Exchange) -> None:
    """A message with another key may be refused by right; what the bestillersystem does with it proves nothing."""
    if status.key_matches is not True:
        raise broken("apiKey er bestillersystemets egen", "en annen nøkkel", status, where="/apiKey", source=CALLBACK)


def _answer(case: Case) -> Message:
    assert case.order_id
    assert case.made.response is not None
    return case.made.response


def _expect_channel_none(exchange: Exchange, message: Message) -> None:
    seen = order_channel(exchange, message)
    if seen is not NotificationChannel.NoChannel:
        raise broken("notificationChannel er None", f"{seen.wire_name}", exchange, source=RULES)


def order_channel(exchange: Exchange, message: Message | None = None) -> NotificationChannel:
    """The channel that a message of the exchange names: the request, unless another is given.

    Raises:
        ContractBroken: it names none of the channels.
    """
    message = message or exchange.request
    value = message.member("notificationChannel")
    try:
        return NotificationChannel.parse(value)
    except ValueError as exc:
        raise broken("notificationChannel er en av kanalene", as_json(value), exchange, source=RULES) from exc


def _status(exchange: Exchange) -> FormOrderStatus | None:
    try:
        return FormOrderStatus.parse(exchange.request.member("formOrderStatus"))
    except ValueError:
        return None


def _error_code(exchange: Exchange) -> FormOrderStatusErrorCode | None:
    try:
        return FormOrderStatusErrorCode.parse(exchange.request.member("formOrderStatusErrorCode"))
    except ValueError:
        return None


def _date_of(exchange: Exchange) -> datetime | None:
    """When an exchange was answered by the clock of who answered; None when that is not told, or cannot be read."""
    try:
        told = parsedate_to_datetime((exchange.response.header("date") if exchange.response else None) or "")
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _moment(exchange: Exchange, name: str) -> datetime:
    value = exchange.request.member(name)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise broken(f"{name} er dato og klokkeslett", as_json(value), exchange, source=CALLBACK) from exc


def _shown(exchange: Exchange, name: str) -> str:
    return f"{name} er {as_json(exchange.request.member(name))}"


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


def broken(
    expected: str, received: str, exchange: Exchange, *, source: str, where: str = "", party: str = EPROM
) -> ContractBroken:
    """The failure of one exchange; ePROM's fault unless another party is named."""
    return ContractBroken(party, expected, received, where=where, source=source, exchanges=(exchange.id,))
