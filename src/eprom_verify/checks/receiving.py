"""What must hold when ePROM's messages about an order are unusual: at once, large, unknown, late, or with another key.

None of it is documented but the members themselves; each requirement says what it builds on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from uuid import uuid4

from eprom_verify.checks import returning
from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import ORDERING, RETURN, STATUS, SYSTEM, Case
from eprom_verify.checks.letter_case import LetterCase
from eprom_verify.checks.patience import patient
from eprom_verify.checks.statuses import CALLBACK, key_is_right
from eprom_verify.contract.enumerations import FormOrderStatus, NotificationChannel
from eprom_verify.errors import ContractBroken, HarnessProblem, Unverified
from eprom_verify.exchange import Exchange
from eprom_verify.simulator.callbacks import Parcel
from eprom_verify.simulator.form_orders import CALLBACK_PATH
from eprom_verify.simulator.ordering import status_callback
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.returns import Answer, completed, expired
from eprom_verify.simulator.unsecure_behaviour import Body

NUMBERS = "Integrasjonsguide, FormOrderStatus"
ANSWERED_WITHIN_S = 5.0
"""How long a bestillersystem may take to answer; not documented. The simulator waits twice as long."""

_UNREACHABLE = {"formOrderStatus": "Error", "formOrderStatusErrorCode": "PatientUnreachable"}


@dataclass
class UnusualLedger:
    """The ids of orders about which the simulator was told to send what a bestillersystem may rightly refuse."""

    refusable: set[str] = field(default_factory=set)


def may_refuse(case: Case) -> None:
    """Note that the messages about what was ordered in the case may rightly be refused."""
    ordered = [each.order_id for each in case.evidence(case.since) if each.operation == ORDERING]
    case.rig.ledgers.of(UnusualLedger).refusable.update(each for each in ordered if each is not None)


def change_key(case: Case) -> None:
    """Let ePROM's statuses for the patient carry another key."""
    case.stimulate(callback_key=lambda key: key[::-1])


def change_return_key(case: Case) -> None:
    """Let ePROM's returns for the patient carry another key."""
    case.stimulate(form_return=lambda body, order: body | {"apiKey": body["apiKey"][::-1]})


@patient
def stranger_refused(case: Case, message: Exchange, status: str) -> None:
    """A message with another key was neither accepted nor registered.

    Raises:
        Unverified: ePROM's message had the right key, or none.
    """
    may_refuse(case)
    if message.key_matches is not False:
        raise Unverified("Meldingen hadde ikke en annen nøkkel, så den viser ikke noe.")
    wanted = FormOrderStatus[status]
    if _accepted(message) or any(each.status is wanted for each in case.registered()):
        seen = "den ble godtatt" if _accepted(message) else "den ble registrert"
        raise broken("en melding med feil nøkkel blir avvist", seen, message, source=CALLBACK, party=SYSTEM)


@patient
def letter_stranger_refused(letter: LetterCase) -> None:
    """The status of a letter with another key was neither accepted nor registered.

    Raises:
        Unverified: ePROM's status had the right key, or none.
    """
    status = letter.status()
    if status.key_matches is not False:
        raise Unverified("Statusen hadde ikke en annen nøkkel, så den viser ikke noe.")
    registered = letter.case.rig.driver.message(letter.message_id)
    if _accepted(status) or registered:
        seen = "den ble godtatt" if _accepted(status) else "den ble registrert"
        raise broken("en status med feil nøkkel blir avvist", seen, status, source=CALLBACK, party=SYSTEM)


def at_once(case: Case, count: int) -> None:
    """So many messages about the order were under way at once; without that, what follows would prove nothing.

    Raises:
        Unverified: they came one after the other.
    """
    order_id = case.order_id

    def seen() -> Sequence[Exchange]:
        found = case.rig.journal.exchanges(since=case.since)
        return [
            each for each in found if each.operation in (STATUS, RETURN) and each.done and each.order_id == order_id
        ]

    last = case.rig.journal.wait_for(
        lambda each: each.order_id == order_id and len(seen()) >= count,
        timeout_s=case.rig.config.deadlines.status_s,
        since=case.since,
    )
    first = [case.note(each) for each in seen()[:count]]
    answered = [each.response.seq for each in first if each.response is not None]
    if last is None or len(answered) < count or max(each.request.seq for each in first) > min(answered):
        raise Unverified("Meldingene kom ikke samtidig, så de viser ikke noe.")
    for each in first:
        key_is_right(each)


@patient
def both_registered(case: Case) -> None:
    """The bestillersystem has registered both the status and the answer, once each.

    Raises:
        Unverified: it accepted one of them late or never, or ePROM reached nobody; other requirements tell of that.
    """
    for operation in (STATUS, RETURN):
        if case.seen(operation, lambda each: each.order_id == case.order_id and _accepted(each)) is None:
            raise Unverified("Bestillersystemet godtok ikke begge meldingene.")
    told = str(case.status().request.member("formOrderStatus"))
    if told != "Ordered":
        raise Unverified(f"ePROM meldte {told} og ikke Ordered; det sier andre krav fra om.")
    seen = sorted(each.status.name for each in case.registered())
    if seen != ["Completed", "Ordered"]:
        expected = "bestillersystemet har registrert både statusen og svaret, én gang hver"
        raise broken(expected, _listed(seen), case.made, source=returning.PAGE, party=SYSTEM)


def answer_large(case: Case, kilobytes: int) -> None:
    """Let the patient deliver so much text, in UTF-8."""
    text = ("Blåbærsyltetøy og annet. " * (kilobytes * 40)).encode()[: kilobytes * 1000].decode(errors="ignore")
    returning.deliver(case, Answer(data={"Fritekst": text, "Slutt": "her"}))


def large_registered(case: Case, kilobytes: int) -> None:
    """The bestillersystem has registered all of a large answer, once."""
    found = _returned(case)
    text = str((returning.form_data(found) or {}).get("Fritekst"))
    if len(text.encode()) < kilobytes * 1000 - 2:
        raise Unverified("ePROM returnerte ikke svaret i den størrelsen, så det viser ikke noe.")
    returning.answers_registered(case, {"Fritekst": text, "Slutt": "her"})


def answered_in_time(case: Case) -> None:
    """The bestillersystem answered the return within the time that it may take."""
    found = _returned(case)
    took_s = (found.response.at - found.request.at).total_seconds() if found.response else None
    if took_s is None or took_s > ANSWERED_WITHIN_S:
        expected = f"bestillersystemet svarer innen {ANSWERED_WITHIN_S:g} s"
        seen = found.failure or f"svaret kom etter {took_s:.1f} s"
        raise broken(expected, seen, found, source=returning.PAGE, party=SYSTEM)


def send_unknown(case: Case, message: str) -> None:
    """Let ePROM send a message about an order that nobody has placed: "en status" or "et svar"."""
    case.status()
    order = replace(_order(case), id=str(uuid4()), deliveries=[])
    # The simulator was told to; and what a bestillersystem shall do with it is not documented.
    case.rig.ledger.unordered.add(order.id)
    case.rig.ledgers.of(UnusualLedger).refusable.add(order.id)
    edition, now = case.rig.config.edition, case.rig.clock()
    answered = {"en status": _unreachable(order, edition)}
    answered["et svar"] = completed(order, Answer(data=returning.RAND_12), now=now, edition=edition)
    _send(case, order, answered[message])


def send_number(case: Case, status: str, number: int) -> None:
    """Let ePROM send a status of the order, with its number in place of its name."""
    order, edition, now = _order(case), case.rig.config.edition, case.rig.clock()
    may_refuse(case)
    # It is not as documented, and the simulator was told to.
    case.rig.ledger.other_edition.add(order.id)
    bodies = {
        "Completed": lambda: completed(order, Answer(data=returning.RAND_12), now=now, edition=edition),
        "Expired": lambda: expired(order, now=now),
        "Error": lambda: _unreachable(order, edition),
    }
    usual = bodies.get(status, lambda: status_callback(order, edition))()
    _send(case, order, usual | {"formOrderStatus": number})


@patient
def number_registered(case: Case, status: str) -> None:
    """The status that came as a number is registered as what it stands for, once, and nothing else but Ordered is."""
    wanted = FormOrderStatus[status]
    seen = [each.status for each in case.registered()]
    rest = [each for each in seen if each is not wanted]
    if seen.count(wanted) != 1 or rest not in ([], [FormOrderStatus.Ordered]):
        expected = f"bestillersystemet har registrert {status} én gang"
        raise broken(expected, _listed([each.name for each in seen]), case.made, source=NUMBERS, party=SYSTEM)


def _send(case: Case, order: Order, body: Body) -> None:
    """Send a message once, and find it in the journal.

    Raises:
        HarnessProblem: the simulator did not send it.
    """
    deliverer = case.simulator.office.deliverer
    parcel = Parcel(system=order.system, path=CALLBACK_PATH, body=body, deliveries=order.deliveries)
    since = case.rig.journal.seq
    case.rig.in_simulator(deliverer.deliver(parcel))
    sent = [each for each in case.rig.journal.exchanges(since=since) if each.order_id == order.id and each.done]
    if not sent:
        raise HarnessProblem("Simulatoren sendte ikke meldingen.")
    case.note(sent[0])


def _unreachable(order: Order, edition: str) -> Body:
    return status_callback(replace(order, channel=NotificationChannel.NoChannel), edition) | _UNREACHABLE


def _order(case: Case) -> Order:
    return case.simulator.orders[case.order_id]


def _returned(case: Case) -> Exchange:
    """The return, when it has been answered, or will not be: as long as the simulator waits is waited."""
    order_id, began = case.order_id, monotonic()
    patience_s = case.simulator.settings.redelivery.timeout_s
    found = case.rig.journal.wait_for(
        lambda each: each.operation == RETURN and each.order_id == order_id, timeout_s=patience_s + 1, since=case.since
    )
    if found is None:
        seen = f"ingenting på {monotonic() - began:.0f} s"
        raise ContractBroken("eprom", "ePROM returnerer skjemaet", seen, source=returning.PAGE)
    return case.note(found)


def _accepted(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.response is not None and exchange.response.member("success") is True


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "ikke noe"
