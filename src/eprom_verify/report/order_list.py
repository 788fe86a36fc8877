"""The order list: what a run made ePROM do, with ids that Hemit can look up in the environment's own log."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from eprom_verify.contract.enumerations import (
    ContractEnum,
    DistributionRule,
    FormOrderStatus,
    FormOrderStatusErrorCode,
    NotificationChannel,
    SentStatus,
)
from eprom_verify.exchange import ZERO_GUID, Exchange, Message
from eprom_verify.persons import find_ids
from eprom_verify.report.terminal import inert

FORM, LETTER, INITIATED = "Skjema", "Brev", "Pasientinitiert skjema"
COLUMNS = (
    "Type",
    "Id",
    "Bestilt (UTC)",
    "Besvart (UTC)",
    "HTTP-status",
    "Distribusjonsregel",
    "Kanal i svaret",
    "Kanal i siste status",
    "Statuser (UTC)",
    "Feilkoder",
    "Utfall",
    "Bestilt av",
    "Utveksling i journalen",
)
"""The heads of the CSV file, in the order of the members of `OrderLine`."""

_UNKNOWN = "(ukjent verdi)"
_ID_CHARS = 60
_SLY = re.compile(r"^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_RANK = (
    FormOrderStatus.Ordered,
    FormOrderStatus.DigipostDelivered,
    FormOrderStatus.PhysicalMailReturned,
    FormOrderStatus.Error,
    FormOrderStatus.Expired,
    FormOrderStatus.Completed,
)
_OUTCOMES: Mapping[ContractEnum, str] = {
    FormOrderStatus.Ordered: "Varslet, ikke besvart",
    FormOrderStatus.DigipostDelivered: "Levert i Digipost, ikke besvart",
    FormOrderStatus.PhysicalMailReturned: "Papirskjemaet kom i retur",
    FormOrderStatus.Error: "Pasienten kunne ikke nås",
    FormOrderStatus.Expired: "Utløpt uten svar",
    FormOrderStatus.Completed: "Besvart og returnert",
}
_LETTERS: Mapping[ContractEnum, str] = {
    SentStatus.Sent: "Sendt til innbyggeren",
    SentStatus.Error: "Ikke sendt",
}


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One order or letter that ePROM gave an id.

    Times are UTC by ISO 8601, "" when not known; `sender` is "bestillersystem", "eprom-verify" for what the tool asked
    for itself, or "pasient". `exchange` is the id in the journal of the exchange in which the id was first seen.
    """

    kind: str
    id: str
    requested_at: str
    answered_at: str
    http_status: str
    distribution_rule: str
    channel_answered: str
    channel_last: str
    statuses: str
    error_codes: str
    outcome: str
    sender: str
    exchange: str


def orders_of(exchanges: Sequence[Exchange]) -> list[OrderLine]:
    """The orders and letters that got an id, and the forms that patients ordered, in the order they were first seen."""
    told = _statuses(exchanges)
    made: dict[tuple[str, str], list[tuple[Exchange, str]]] = {}
    for each in exchanges:
        kind, name = _made(each)
        if name:
            made.setdefault((kind, name.casefold()), []).append((each, name))
    return [
        _line(several, kind, told.get((kind == LETTER, key), []))
        for (kind, key), several in made.items()
        # A system's own order does not become the patient's because a return says so.
        if kind != INITIATED or (FORM, key) not in made
    ]


def as_csv(lines: Iterable[OrderLine]) -> bytes:
    """The list as Norwegian Excel opens it: semicolons, UTF-8 with a byte order mark, and no cell that is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(getattr(line, name)) for name in OrderLine.__dataclass_fields__] for line in lines)
    return text.getvalue().encode("utf-8-sig", "replace")


def _made(exchange: Exchange) -> tuple[str, str]:
    """What kind of thing an exchange made, and its id; "" when it made nothing."""
    answer, asked = exchange.response, exchange.request
    if exchange.operation == "A" and exchange.status == 200 and answer:
        return FORM, _id(answer.member("id"))
    if exchange.operation == "B" and answer:
        return LETTER, _id(answer.member("messageToCitizenId"))
    if exchange.operation == "J" and asked.member("isPatientInitiated") is True:
        return INITIATED, _id(asked.member("formOrderId"))
    return "", ""


def _id(value: object) -> str:
    return value.strip() if isinstance(value, str) and value.strip() not in ("", ZERO_GUID) else ""


def _statuses(exchanges: Iterable[Exchange]) -> dict[tuple[bool, str], list[Exchange]]:
    """What ePROM has told of each letter (True) and order (False), by id in lower case."""
    told: dict[tuple[bool, str], list[Exchange]] = {}
    for each in exchanges:
        if each.operation in ("I", "J", "K"):
            name = each.message_id if each.operation == "K" else each.order_id
            told.setdefault((each.operation == "K", (name or "").strip()), []).append(each)
    return told


def _line(several: Sequence[tuple[Exchange, str]], kind: str, told: Sequence[Exchange]) -> OrderLine:
    """The line of an id that these exchanges gave; a correct ePROM gives it once."""
    exchange, name = several[0]
    answer, asked = exchange.response, exchange.request
    seen = [(each, _status_of(each, kind)) for each in told]
    errors = [_name(FormOrderStatusErrorCode, each.request.member("formOrderStatusErrorCode")) for each in told]
    ordered = kind != INITIATED
    twice = f"; ePROM ga samme id i {len(several)} svar" if ordered and len(several) > 1 else ""
    return OrderLine(
        kind=kind,
        id=_shown_id(name),
        requested_at=_time(asked.at) if ordered else _said_time(asked),
        answered_at=_time(answer.at) if ordered and answer else "",
        http_status=str(exchange.status) if ordered else "",
        distribution_rule=_rule(asked) if kind == FORM else "",
        channel_answered=_name(NotificationChannel, answer.member("notificationChannel")) if ordered and answer else "",
        channel_last=_last_channel(told),
        statuses=_told_statuses(seen, asked.at),
        error_codes=", ".join(dict.fromkeys(each for each in errors if each not in ("", "None"))),
        outcome=_outcome(kind, [status for _, status in seen], asked) + twice,
        sender=exchange.sender if ordered else "pasient",
        exchange=exchange.id,
    )


def _status_of(exchange: Exchange, kind: str) -> ContractEnum | None:
    """The status that a message tells of; None when it is none that is documented."""
    name, among = ("sentStatus", SentStatus) if kind == LETTER else ("formOrderStatus", FormOrderStatus)
    try:
        return among.parse(exchange.request.member(name))
    except ValueError:
        return None


def _told_statuses(seen: Sequence[tuple[Exchange, ContractEnum | None]], ordered: datetime) -> str:
    """Each status with the time at which it was first seen, and how often; the date is told where it is another day."""
    groups: dict[str, list[Exchange]] = {}
    for exchange, status in seen:
        groups.setdefault(status.name if status is not None else _UNKNOWN, []).append(exchange)
    told = []
    for name, group in groups.items():
        at = group[0].request.at.astimezone(UTC)
        when = f"{at:%H:%M:%S}Z" if at.date() == ordered.astimezone(UTC).date() else _time(at)
        notes = [f"{len(group)} ganger"] if len(group) > 1 else []
        notes += [] if any(map(_accepted, group)) else ["ikke godtatt"]
        told.append(f"{name} {when}" + (f" ({', '.join(notes)})" if notes else ""))
    return "; ".join(told)


def _accepted(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.response is not None and exchange.response.member("success") is True


def _outcome(kind: str, statuses: Sequence[ContractEnum | None], asked: Message) -> str:
    known = [each for each in statuses if each is not None]
    if known and kind == LETTER:
        return _LETTERS[known[-1]]
    unannounced = kind == FORM and _rule(asked) == DistributionRule.NoDistribution.name
    strongest = max((each for each in known if isinstance(each, FormOrderStatus)), key=_RANK.index, default=None)
    if unannounced and strongest in (None, FormOrderStatus.Ordered):
        return "Bestilt uten varsel, ikke besvart"
    return "Ingen status mottatt" if strongest is None else _OUTCOMES[strongest]


def _last_channel(told: Sequence[Exchange]) -> str:
    values = [each.request.member("notificationChannel") for each in told]
    return next((_name(NotificationChannel, each) for each in reversed(values) if each is not None), "")


def _rule(asked: Message) -> str:
    value = asked.member("distributionRule")
    return f"{DistributionRule.Basic.name} (ikke oppgitt)" if value is None else _name(DistributionRule, value)


def _name(among: type[ContractEnum], value: object) -> str:
    """A value by its name in the contract; what it does not name is not repeated, for it may be anything."""
    if value is None:
        return ""
    try:
        found = among.parse(value)
    except ValueError:
        return _UNKNOWN
    return str(getattr(found, "wire_name", found.name))


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"


def _said_time(asked: Message) -> str:
    """When the patient ordered, as the return says; "" when it does not."""
    values = asked.member("patientInitiatedValues")
    said = values.get("orderTimestampUTC") if isinstance(values, dict) else None
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
        return _time(at if at.tzinfo else at.replace(tzinfo=UTC)) if at else ""
    except (ValueError, OverflowError):
        return ""


def _shown_id(name: str) -> str:
    """The id as it came; one that is no GUID may be anything, and shows no national id."""
    try:
        return name if str(UUID(name)) == name.casefold() else _cut_id(name)
    except ValueError:
        return _cut_id(name)


def _cut_id(name: str) -> str:
    shown = inert(" ".join(name[:_ID_CHARS].split()))
    for found in reversed(list(find_ids(shown))):
        shown = f"{shown[: found.start]}[skjult]{shown[found.end :]}"
    return f"{shown} … (forkortet)" if len(name) > _ID_CHARS else shown


def _harmless(text: str) -> str:
    """A cell on one line, that a spreadsheet takes for text."""
    if _SLY.match(text) or text[:1] in ("\t", "\r", "\n"):
        text = f"'{text}"
    return " ".join(inert(text.replace("\r", " ")).split())
