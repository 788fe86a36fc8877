"""A callback that is not accepted comes again. Source: ReleaseNotev12.1; the interval is not documented."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from time import monotonic

import pytest

from eprom_verify.simulator.callbacks import Redelivery
from tests.ports import free_port
from tests.simulator.conftest import KEY, QUICK, Serve
from tests.simulator.endpoint import Answer, Endpoint

EndpointOf = Callable[..., Endpoint]
NO = Answer(body=b'{"success": false}')
YES = Answer()


def test_schedule() -> None:
    schedule = Redelivery(attempts=4, first_delay_s=5.0, factor=3.0)
    assert [schedule.delay_s(attempt) for attempt in (1, 2, 3)] == [5.0, 15.0, 45.0]


def test_back_off(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint(NO)
    served = serve(callback_url=system.url, redelivery=Redelivery(attempts=4, first_delay_s=0.1, factor=2.0))
    served.order()
    bodies = system.bodies(4)
    assert all(body == bodies[0] for body in bodies)
    gaps = [later.at - earlier.at for earlier, later in pairwise(system.calls)]
    for gap, least in zip(gaps, (0.1, 0.2, 0.4), strict=True):
        assert least <= gap < least + 1.5


def test_gives_up(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint(NO)
    served = serve(callback_url=system.url, redelivery=Redelivery(attempts=3, first_delay_s=0.02))
    order_id = served.order().json()["id"]
    assert system.wait(3)
    deliveries = served.simulator.orders[order_id].deliveries
    assert eventually(lambda: len(deliveries) >= 3)
    assert not system.wait(4, timeout_s=0.4)
    assert [each.accepted for each in deliveries] == [False] * 3


def test_documented_attempts() -> None:
    assert Redelivery().attempts == 6


def test_stops_when_accepted(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint(NO, Answer(status=500), YES)
    served = serve(callback_url=system.url, redelivery=QUICK)
    order_id = served.order().json()["id"]
    assert system.wait(3)
    deliveries = served.simulator.orders[order_id].deliveries
    assert eventually(lambda: len(deliveries) >= 3)
    assert not system.wait(4, timeout_s=0.4)
    assert [(each.accepted, each.status) for each in deliveries] == [(False, 200), (False, 500), (True, 200)]


HTML = b"<!doctype html><html><body>OK</body></html>"


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (Answer(body=b'{"success": true}'), True),
        (Answer(body=b'{"Success": true}'), True),
        (Answer(body=b'{"SUCCESS":true,"message":null}'), True),
        (Answer(body=b'{"success": true}', content_type="text/plain"), True),
        (Answer(body=b'\xef\xbb\xbf{"success": true}'), True),
        (Answer(status=201), True),
        (Answer(body=b'{"success": false}'), False),
        (Answer(body=b'{"success": "true"}'), False),
        (Answer(body=b'{"success": 1}'), False),
        (Answer(body=b'{"success": null}'), False),
        (Answer(body=b'{"success": [true]}'), False),
        (Answer(body=b'{"succes": true}'), False),
        (Answer(body=b'[{"success": true}]'), False),
        (Answer(body=b'"{\\"success\\": true}"'), False),
        (Answer(body=b"true"), False),
        (Answer(body=b"success"), False),
        (Answer(body=b"{}"), False),
        (Answer(body=b""), False),
        (Answer(body=HTML, content_type="text/html"), False),
        (Answer(body=b"[" * 100_000), False),
        (Answer(body=b'{"a":' * 100_000), False),
        (Answer(body=b"\xff\xfe"), False),
        (Answer(status=204), False),
        (Answer(status=302), False),
        (Answer(status=401), False),
        (Answer(status=500), False),
        (Answer(drops=True), False),
    ],
)
def test_accepted(serve: Serve, endpoint: EndpointOf, answer: Answer, accepted: bool) -> None:
    system = endpoint(answer, YES)
    served = serve(callback_url=system.url, redelivery=QUICK)
    order_id = served.order().json()["id"]
    assert system.wait(1 if accepted else 2)
    expected = [True] if accepted else [False, True]
    deliveries = served.simulator.orders[order_id].deliveries
    assert eventually(lambda: len(deliveries) >= len(expected))
    assert not system.wait(len(expected) + 1, timeout_s=0.15)
    assert [each.accepted for each in deliveries] == expected


def test_silent_receiver(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint(Answer(hangs=True), YES)
    served = serve(callback_url=system.url, redelivery=Redelivery(attempts=3, first_delay_s=0.02, timeout_s=1.5))
    order_id = served.order().json()["id"]
    deliveries = served.simulator.orders[order_id].deliveries
    assert eventually(lambda: len(deliveries) >= 2)
    assert not system.wait(3, timeout_s=0.3)
    assert [each.status for each in deliveries] == [None, 200]


def test_receiver_up_later(serve: Serve, endpoint: EndpointOf) -> None:
    port = free_port()
    served = serve(callback_url=f"http://127.0.0.1:{port}", redelivery=Redelivery(attempts=8, first_delay_s=0.1))
    order_id = served.order().json()["id"]
    deliveries = served.simulator.orders[order_id].deliveries
    assert eventually(lambda: len(deliveries) >= 2)
    system = endpoint(port=port)
    [body] = system.bodies(1)
    assert body["formOrderId"] == order_id
    assert eventually(lambda: deliveries[-1].accepted)
    assert not system.wait(2, timeout_s=0.3)
    assert {each.status for each in deliveries[:-1]} == {None}
    assert deliveries[-1].accepted


def test_each_copy_redelivered(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint(YES)
    served = serve(callback_url=system.url, redelivery=QUICK)
    number = served.simulator.population["alle kanaler"].national_id
    served.simulator.stimulate(number, copies=3)
    served.order()
    assert len({str(body) for body in system.bodies(3)}) == 1
    served.simulator.calm(number)
    served.order()
    assert system.wait(4)
    assert not system.wait(5, timeout_s=0.2)


def test_close_ends_waiting(serve: Serve, endpoint: EndpointOf) -> None:
    """The fixture stops the simulator while a callback still waits to be sent again: nothing may hang or complain."""
    system = endpoint(NO)
    served = serve(callback_url=system.url, redelivery=Redelivery(attempts=6, first_delay_s=60))
    served.order()
    assert system.wait(1)


def test_key_not_kept(serve: Serve, endpoint: EndpointOf) -> None:
    system = endpoint(Answer(status=500, body=f'{{"received": {{"apiKey": "{KEY}"}}}}'.encode()), YES)
    served = serve(callback_url=system.url, redelivery=QUICK, control=True)
    served.order()
    assert system.wait(2)
    shown = served.http.get(f"{served.url}/_control/orders").text
    assert "received" in shown
    assert KEY not in shown


def eventually(true: Callable[[], bool], *, timeout_s: float = 20.0) -> bool:
    """Ask until the answer is yes; False when it never was."""
    deadline = monotonic() + timeout_s
    pause = threading.Event()
    while not true():
        if monotonic() > deadline:
            return False
        pause.wait(0.01)
    return True
