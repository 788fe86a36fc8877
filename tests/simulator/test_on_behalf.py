"""Who gets a form that is ordered on behalf of somebody: by hand, from PaVegneAvFlyt and ReleaseNotev13.1."""

from __future__ import annotations

from typing import Any

import pytest

from eprom_verify.contract.enumerations import FormOrderStatus
from eprom_verify.serving import Host
from eprom_verify.simulator.orders import Order
from eprom_verify.simulator.returns import Answer
from tests.simulator.conftest import Serve, Served

NEW, OLD = "2026-05", "2023-10"
CHILD, CHILD_OUTSIDE, ADULT = "representert barn", "barn uten Helsenorge", "representert voksen"
PARENT, PARENT_OUTSIDE = "forelder", "forelder uten Helsenorge"

# Edition, receiver, represented, rule; channel, and who gets it ("" is nobody) on behalf of whom.
TABLE = [
    (NEW, PARENT, CHILD, "Basic", "Helsenorge", CHILD, None),
    (NEW, PARENT_OUTSIDE, CHILD, "Basic", "Helsenorge", CHILD, None),
    (NEW, PARENT_OUTSIDE, ADULT, "AllowUnsecure", "Helsenorge", ADULT, None),
    (NEW, PARENT_OUTSIDE, "alle kanaler", "Basic", "Helsenorge", "alle kanaler", None),
    (NEW, PARENT, CHILD_OUTSIDE, "Basic", "DigitalMailbox", PARENT, CHILD_OUTSIDE),
    (NEW, PARENT, CHILD_OUTSIDE, "UnsecureOnly", "Unsecure", PARENT, CHILD_OUTSIDE),
    (NEW, PARENT, CHILD_OUTSIDE, "HelsenorgeOnly", "None", PARENT, CHILD_OUTSIDE),
    (NEW, PARENT, "død", "Basic", "DigitalMailbox", PARENT, "død"),
    (NEW, PARENT, CHILD, "PaperOnly", "PhysicalMailbox", PARENT, CHILD),
    (NEW, PARENT, CHILD, "NoDistribution", "None", PARENT, CHILD),
    (OLD, PARENT, CHILD, "Basic", "Helsenorge", PARENT, CHILD),
    (OLD, PARENT, CHILD_OUTSIDE, "HelsenorgeOnly", "Helsenorge", PARENT, CHILD_OUTSIDE),
    (OLD, PARENT_OUTSIDE, CHILD, "Basic", "DigitalMailbox", PARENT_OUTSIDE, CHILD),
    (OLD, PARENT_OUTSIDE, CHILD, "HelsenorgeOnly", "None", PARENT_OUTSIDE, CHILD),
    *(
        (edition, PARENT, about, "Basic", "Helsenorge", PARENT, None)
        for edition in (NEW, OLD)
        for about in (PARENT, "ikke i registeret")
    ),
]


@pytest.mark.parametrize(("edition", "receiver", "represented", "rule", "channel", "recipient", "on_behalf_of"), TABLE)
def test_addressee(
    serve: Serve,
    edition: str,
    receiver: str,
    represented: str,
    rule: str,
    channel: str,
    recipient: str,
    on_behalf_of: str | None,
) -> None:
    served = serve(edition=edition)
    order, answer = ordered(served, receiver, represented, distributionRule=rule)
    assert answer["notificationChannel"] == channel
    assert answer["nationalId"] == served.simulator.population[receiver].national_id
    assert answer["onBehalfOfNationalId"] == served.simulator.population[represented].national_id
    assert answer["loginUrl"].split("/")[-2] == ("form" if channel == "Helsenorge" else "formIdp")
    assert order.recipient is not None
    assert order.recipient.name == recipient
    assert (order.on_behalf_of.name if order.on_behalf_of else None) == on_behalf_of


@pytest.mark.parametrize("kind", ["h_number", "fh_number"])
def test_other_numbers_not_refused(serve: Serve, kind: str, request: pytest.FixtureRequest) -> None:
    served = serve()
    answer = served.order(onBehalfOfNationalId=request.getfixturevalue(kind))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("receiver", "represented", "filler", "keeper"),
    [
        (PARENT, CHILD_OUTSIDE, None, None),
        (PARENT, CHILD, PARENT, CHILD),
        (PARENT_OUTSIDE, ADULT, None, ADULT),
    ],
)
def test_copy(
    host: Host, serve: Serve, receiver: str, represented: str, filler: str | None, keeper: str | None
) -> None:
    served = serve()
    people = served.simulator.population
    order, _ = ordered(served, receiver, represented)
    wait_until_ordered(host, order)
    by = None if filler is None else (people[filler].national_id, "Foreldrerepresentasjon")
    host.run(served.simulator.forms.answer(order.id, Answer(data={}, filled_out_by=by)))
    assert [each.national_id for each in order.copies] == ([] if keeper is None else [people[keeper].national_id])


def test_copy_not_wanted(host: Host, serve: Serve) -> None:
    served = serve()
    answer = served.order(dontStoreCompletedFormInPha=True).json()
    order = served.simulator.orders[answer["id"]]
    wait_until_ordered(host, order)
    host.run(served.simulator.forms.answer(order.id, Answer(data={})))
    assert order.copies == []


def ordered(served: Served, receiver: str, represented: str, **changes: Any) -> tuple[Order, dict[str, Any]]:
    number = served.simulator.population[represented].national_id
    answer = served.order(receiver, onBehalfOfNationalId=number, **changes).json()
    return served.simulator.orders[answer["id"]], answer


def wait_until_ordered(host: Host, order: Order) -> None:
    """The channel is decided in the background, in the loop that this is put last in."""

    async def decided() -> None:
        return None

    for _ in range(1000):
        host.run(decided())
        if order.status is FormOrderStatus.Ordered:
            return
    raise AssertionError("the order was not decided")
