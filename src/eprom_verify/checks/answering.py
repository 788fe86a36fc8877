"""Lets a tester be the patient where no machine can: looks at what was answered among the forms that the run ordered.

In a real environment nobody but a person fills in a form. Who does it cannot see which of many equal forms belongs to
which scenario, so any form of the same kind will do, and all that were answered are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from eprom_verify.checks.case import ORDERING, RETURN, STATUS, Case
from eprom_verify.checks.statuses import order_channel
from eprom_verify.contract.enumerations import NotificationChannel
from eprom_verify.errors import THEN_TAKE_UP, TO_BE_ANSWERED, ContractBroken, ForAPerson, Unverified, Waiting
from eprom_verify.exchange import Exchange
from eprom_verify.rig import HARNESS, NORWAY

P = ParamSpec("P")

_LISTED = 4

_WHERE = {
    NotificationChannel.Helsenorge: "på Helsenorge",
    NotificationChannel.DigitalMailbox: "i digital postkasse",
    NotificationChannel.Unsecure: "på e-post eller SMS",
    NotificationChannel.PhysicalMailbox: "på papir",
}


@dataclass(frozen=True)
class Kind:
    """What makes two forms the same to who answers them."""

    form_id: str
    national_id: str
    on_behalf_of: str
    to_be_signed: bool
    channel: NotificationChannel


def by_tester(case: Case) -> None:
    """Let the case go on with the forms that a tester has answered, of the same kind as the one that it ordered.

    Raises:
        Waiting: none has been answered yet, and the run is to go on with something else meanwhile.
        ForAPerson: none has been answered.
        Unverified: the form went nowhere, or was ordered in test mode, so that no answer can come.
    """
    own = case.made
    assert case.order_id
    if own.request.member("testMode") is True:
        raise Unverified("Bestillersystemet bestilte i testmodus, og da skal ikke skjemaet returneres.")
    channel = order_channel(case.status())
    if channel not in _WHERE:
        raise Unverified("Skjemaet ble ikke sendt noe sted, så ingen kan svare på det.")
    kind = _kind(own, channel)
    alike = [each for each in _ordered(case) if _same(case, each, kind)]
    found = [each for each in alike if _answered(case, each)]
    attempts = case.rig.attempts
    ahead = attempts is not None and attempts.ahead
    # What other processes of the run have ordered is seen when all have ordered.
    if found and not (ahead and case.rig.journal.part):
        case.look_at(found)
        return
    if ahead:
        raise Waiting(f"{_task(case, kind)}. Nå er det testeren som skal svare.")
    raise ForAPerson(f"{_task(case, kind)} ({_ordered_at(alike)}){THEN_TAKE_UP}")


def of_each_answer(check: Callable[Concatenate[Case, P], None]) -> Callable[Concatenate[Case, P], None]:
    """Make a check of a form that came back hold for all that a tester has answered; else for the case's own alone."""

    @wraps(check)
    def of_each(case: Case, /, *args: P.args, **kwargs: P.kwargs) -> None:
        for order in case.answered or [case.made]:
            case.order = order
            check(case, *args, **kwargs)

    return of_each


def seen_after(case: Case, operation: str, test: Callable[[Exchange], bool]) -> Exchange | None:
    """As `Case.seen`, for what follows a return; what a tester answered may have come back long ago."""
    if not case.answered:
        return case.seen(operation, test)
    noted = case.rig.journal.exchanges(since=case.since)
    came = max(each.request.at for each in noted if each.operation == RETURN and each.order_id == case.order_id)
    left = case.rig.order_s - (case.rig.clock() - came).total_seconds()
    found = case.rig.journal.wait_for(
        lambda each: each.operation == operation and each.done and test(each),
        timeout_s=max(left, 0.0),
        since=case.since,
    )
    return found and case.note(found)


def _ordered(case: Case) -> Iterator[Exchange]:
    """What the run has ordered, that ePROM made an order of."""
    for each in case.rig.journal.exchanges():
        if each.operation == ORDERING and each.status == 200 and each.order_id and each.id not in case.rig.abandoned:
            yield each


def _same(case: Case, order: Exchange, kind: Kind) -> bool:
    # What the harness orders itself, the bestillersystem does not know; of ePROM it shows the same.
    if case.made.sender not in (HARNESS, order.sender) or order.request.member("testMode") is True:
        return False
    return _kind(order, kind.channel) == kind and _channel(case, order) is kind.channel


def _kind(order: Exchange, channel: NotificationChannel) -> Kind:
    asked = order.request
    return Kind(
        str(asked.member("formId")).casefold(),
        str(asked.member("nationalId")),
        str(asked.member("onBehalfOfNationalId") or ""),
        asked.member("mustBeSigned") is True,
        channel,
    )


def _channel(case: Case, order: Exchange) -> NotificationChannel | None:
    """Where the form was sent, by the first status that says it; else by what came back."""
    seen = case.rig.journal.exchanges(since=order.request.seq - 1)
    mine = [each for each in seen if each.order_id == order.order_id and each.operation in (STATUS, RETURN)]
    for each in sorted(mine, key=lambda exchange: exchange.operation != STATUS):
        with suppress(ContractBroken):
            return order_channel(each)
    return None


def _answered(case: Case, order: Exchange) -> bool:
    """Whether the form came back answered, to somebody who answered for it."""
    return any(
        each.operation == RETURN
        and each.order_id == order.order_id
        and each.response is not None
        and str(each.request.member("formOrderStatus")).casefold() == "completed"
        for each in case.rig.journal.exchanges(since=order.request.seq - 1)
    )


def _task(case: Case, kind: Kind) -> str:
    """What a tester is to do."""
    names = {number: name for name, number in case.rig.config.personas.items()}
    signed = " som må signeres" if kind.to_be_signed else ""
    whom = f"«{names.get(kind.national_id, 'pasienten')}»"
    about = f" på vegne av «{names.get(kind.on_behalf_of, 'en annen')}»" if kind.on_behalf_of else ""
    return f"{TO_BE_ANSWERED} et skjema{signed}, bestilt for {whom}{about} og sendt {_WHERE[kind.channel]}"


def _ordered_at(orders: Sequence[Exchange]) -> str:
    """When they were ordered, which is what a tester sees of them."""
    times = list(dict.fromkeys(f"{each.request.at.astimezone(NORWAY):%d.%m. kl. %H.%M.%S}" for each in orders))
    days: dict[str, list[str]] = {}
    for each in times[:_LISTED]:
        day, _, time = each.partition(" kl. ")
        days.setdefault(day, []).append(time)
    left = len(times) - _LISTED
    more = f" og {left} {'gang' if left == 1 else 'ganger'} til" if left > 0 else ""
    return "; ".join(f"{day} kl. {', '.join(at)}" for day, at in days.items()) + more
