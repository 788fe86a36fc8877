"""What must hold of the status callback of an order: what ePROM says in it, and what the bestillersystem makes of it.

Source of every check here: BestillingAvSkjemaV2 and Integrasjonsguide; each failure names the section.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from eprom_verify.checks.blame import broken, refused_by
from eprom_verify.checks.case import PAGE, SYSTEM, Case
from eprom_verify.checks.patience import patient
from eprom_verify.checks.words import as_json, beginning, on_channel
from eprom_verify.contract.enumerations import FormOrderStatus, FormOrderStatusErrorCode, NotificationChannel
from eprom_verify.errors import ForAPerson, HarnessProblem
from eprom_verify.exchange import Exchange, Message
from eprom_verify.rig import NORWAY

CALLBACK = f"{PAGE}, Mottak av status for bestillingen"
RULES = "Integrasjonsguide, Distribusjonsregler"

CLOCKS_APART_S = 600
"""How far two machines' clocks may be apart before a time counts as another moment."""


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
    assert case.order_id
    assert case.made.response is not None
    _expect_channel_none(case.made, case.made.response)
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


def key_in_status(case: Case) -> None:
    """The status carries the key of the bestillersystem that ordered."""
    status = case.status()
    if status.key_matches is not True:
        seen = "ingen nøkkel" if status.key_matches is None else "en annen nøkkel"
        raise broken("apiKey er bestillersystemets egen", seen, status, where="/apiKey", source=CALLBACK)


def key_is_right(status: Exchange) -> None:
    """A message with another key may be refused by right; what the bestillersystem does with it proves nothing."""
    if status.key_matches is not True:
        raise broken("apiKey er bestillersystemets egen", "en annen nøkkel", status, where="/apiKey", source=CALLBACK)


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
