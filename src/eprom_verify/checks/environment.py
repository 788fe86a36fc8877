"""What must hold of places and times: which environment a link leads to, which moment a message names, and that the
order of messages does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import EPROM, SYSTEM, Case
from eprom_verify.checks.ordering import IN
from eprom_verify.checks.returning import PAGE as RETURN_PAGE
from eprom_verify.checks.returning import returned
from eprom_verify.checks.statuses import CALLBACK, CLOCKS_APART_S
from eprom_verify.checks.words import as_json
from eprom_verify.contract.enumerations import FormOrderStatus
from eprom_verify.errors import HarnessProblem, Unverified, UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.persons import refuse_production
from eprom_verify.rig import NORWAY

TESTING = "IntegrasjonVerifikasjon, Testmiljø"
_ROUNDED_S = 1
"""How far two readings of one moment may be apart: some of them have no decimals."""


def set_clock(case: Case, utc: str) -> None:
    """Let it be this moment at ePROM, for the patient."""
    _change(case, now=_utc(utc))


def send_held_back(case: Case, after: Case) -> None:
    """Send the status of an order that was held back, when that of another order has come."""
    after.status()
    case.rig.in_simulator(case.simulator.forms.report(case.order_id, FormOrderStatus.Ordered))
    case.status()


def leads_to_same_environment(case: Case) -> None:
    """The login link leads to the environment's own form filler, and never to production.

    Source: IntegrasjonVerifikasjon, Testmiljø; ePROM-innbyggerinnlogging.
    """
    assert case.order_id
    link = str(case.made.response.member("loginUrl") or "") if case.made.response else ""
    if not link:
        raise Unverified("Svaret har ingen lenke; kravene til svaret handler om det.")
    try:
        refuse_production(link)
    except UsageProblem as exc:
        expected = "loginUrl fører ikke til produksjon"
        raise broken(expected, exc.problem, case.made, where="/loginUrl", source=TESTING) from exc
    wanted = case.rig.form_filler
    if wanted and not link.casefold().startswith(f"{wanted.casefold()}/"):
        raise broken(f"loginUrl begynner med {wanted}/", link, case.made, where="/loginUrl", source=TESTING)


def status_came_first(case: Case) -> None:
    """The status came before the answer to the order.

    Raises:
        HarnessProblem: the simulator did not do as it was told.
    """
    status, answer = case.status(), case.made.response
    if answer is None or status.request.seq > answer.seq:
        raise HarnessProblem("Simulatoren sendte statusen etter svaret.")


def status_names(case: Case, local: str, utc: str) -> None:
    """The status names the moment, in Norwegian local time without an offset and in UTC."""
    status = case.status()
    for name, wanted in (("timestamp", _naive(local)), ("timestampUtc", _naive(utc))):
        seen = _moment(status, status.request.member(name), f"/{name}", CALLBACK).replace(tzinfo=None)
        if abs((seen - wanted).total_seconds()) > _ROUNDED_S:
            raise broken(f"{name} er {wanted}", f"{seen}", status, where=f"/{name}", source=CALLBACK)


def return_names(case: Case, utc: str) -> None:
    """The return names the moment, and its event log, which is in UTC, ends at about that moment; that there is a log
    is for another requirement.
    """
    found, wanted = returned(case, "Completed"), _utc(utc)
    seen = _moment(found, found.request.member("timestamp"), "/timestamp", RETURN_PAGE)
    if seen.tzinfo is None:
        raise broken("timestamp har tidssone", f"{seen}", found, where="/timestamp", source=RETURN_PAGE)
    if abs((seen - wanted).total_seconds()) > _ROUNDED_S:
        expected = f"timestamp er {wanted:%Y-%m-%d %H:%M:%S} UTC"
        raise broken(expected, seen.isoformat(), found, where="/timestamp", source=RETURN_PAGE)
    events = [each for each in found.request.member("formOrderEventLog") or [] if isinstance(each, Mapping)]
    if not events:
        return
    last = events[-1].get("timestampUtc")
    ended = _moment(found, last, "/formOrderEventLog", RETURN_PAGE).replace(tzinfo=UTC)
    if abs((ended - wanted).total_seconds()) > CLOCKS_APART_S:
        expected = f"hendelsesloggen slutter {wanted:%Y-%m-%d %H:%M} UTC"
        raise broken(expected, as_json(last), found, where="/formOrderEventLog", source=RETURN_PAGE)


def expires_at(case: Case, utc: str) -> None:
    """The order expires at just that moment; a time without an offset is read as Norwegian, as either hour of two."""
    wanted, text = _utc(utc), case.made.request.member("expiryDate")
    try:
        seen = datetime.fromisoformat(str(text))
    except ValueError:
        seen = None
    if seen is not None and seen.tzinfo is None:
        same = seen == wanted.astimezone(NORWAY).replace(tzinfo=None)
    else:
        same = seen == wanted
    if not same:
        local = wanted.astimezone(NORWAY).isoformat(timespec="seconds")
        raise broken(f"expiryDate er {local}", as_json(text), case.made, where="/expiryDate", source=IN, party=SYSTEM)


def moment(utc: str) -> datetime:
    """A moment that is written in UTC, in Norwegian time."""
    return _utc(utc).astimezone(NORWAY)


def _change(case: Case, **changes: Any) -> None:
    behaviour = case.simulator.office.behaviour(case.national_id)
    case.stimulate(environment=replace(behaviour.environment, **changes))


def _moment(exchange: Exchange, value: object, where: str, source: str) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise broken("dato og klokkeslett", as_json(value), exchange, where=where, source=source, party=EPROM) from exc


def _naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _utc(text: str) -> datetime:
    return _naive(text).replace(tzinfo=UTC)
