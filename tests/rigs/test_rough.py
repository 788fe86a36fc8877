"""An environment that is slow, loses calls and answers, is away for a while and speaks the older edition: a run is
taken up again until all is decided, nobody is blamed, and nothing is ordered twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic

import pytest

from eprom_verify.exchange import Exchange
from eprom_verify.verdict import Outcome, RunResult
from tests.ports import free_port
from tests.rigs.test_environment import noted, of, result_of
from tests.stand_in import StandIn, stand_in
from tests.tls import Wild, page, resetting, speaking, wild_server

PATIENCE_S = 120.0
ORDER = b"POST /promswebapi/api/v2/formorder"


class Front:
    """What stands before the environment: it can be taken down and put up again while the environment lives."""

    def __init__(self, made: StandIn) -> None:
        self.made = made
        self.gentle = False
        # Orders that came here, and those that were let through.
        self.came = self.through = 0
        self._chance = Random(20261127)
        self._lock = threading.Lock()

    @contextmanager
    def up(self) -> Iterator[None]:
        """Listens for as long as this is open."""
        assert self.made.authority is not None
        with wild_server(speaking(self.made.authority.server()), port=self.made.front) as wild:
            wild.behave = lambda connection: self._treat(connection, wild)
            yield

    def _treat(self, connection: socket.socket, wild: Wild) -> None:
        request = wild.request
        with self._lock:
            drawn, slow_s = self._chance.random(), self._chance.uniform(0, 0.2)
            self.came += request.startswith(ORDER)
        Event().wait(slow_s)
        if self.gentle or drawn > 0.09:
            connection.sendall(self._passed_on(request))
        elif drawn > 0.06:
            # The environment has it, and nobody here will know.
            self._passed_on(request)
            resetting(connection)
        elif drawn > 0.03:
            resetting(connection)
        else:
            page(502)(connection)

    def _passed_on(self, request: bytes) -> bytes:
        head, _, rest = request.partition(b"\r\n")
        context = self.made.trusting
        assert context is not None
        with self._lock:
            self.through += request.startswith(ORDER)
        with (
            socket.create_connection((self.made.host, self.made.eprom), timeout=PATIENCE_S) as plain,
            context.wrap_socket(plain, server_hostname=self.made.host) as far,
        ):
            far.sendall(head + b"\r\nConnection: close\r\n" + rest)
            answer = b""
            while piece := far.recv(65536):
                answer += piece
            return answer


def stopped(result: RunResult) -> list[str]:
    return [each.id for each in result.scenarios if each.stopped_by_network]


def orders(seen: list[Exchange]) -> int:
    """How many orders were sent to somebody who listened."""
    return sum(each.operation == "A" and each.failure != "Ingen svarer på adressen." for each in seen)


@pytest.mark.parametrize("builtin", [True, False], ids=["built-in", "own"])
def test_slow_unreliable_and_restarted(builtin: bool, tmp_path: Path) -> None:
    with stand_in(
        tmp_path, builtin=builtin, tls=True, edition="2023-10", callback_delay_s=0.3, front=free_port()
    ) as made:
        made.configure(deadlines={"status_s": 10.0}, wait_s=60.0)
        front, chosen = Front(made), ["--no-html", "-k", "distribusjonsregler", "--seed", "5"]
        told: list[str] = []
        with front.up():
            run = threading.Thread(target=lambda: told.append(made.do("run", *chosen, timeout_s=300).stdout))
            run.start()
            _wait(lambda: front.came >= 25)
        # Away for as long as it takes to start a server, while scenarios order and calls are under way.
        Event().wait(0.5)
        with front.up():
            run.join(300)
            results = [result_of(made)]
            for _ in range(5):
                if not stopped(results[-1]):
                    break
                front.gentle = len(results) == 4
                made.do("run", "--resume", *chosen[:-2], timeout_s=300)
                results.append(result_of(made))
        there = made.orders()

    assert stopped(results[0]) != [], told
    for each in results:
        assert [(found.id, found.reason) for found in of(each, Outcome.FAILED, Outcome.WAITING)] == []
        errors = {found.id for found in of(each, Outcome.ERROR)}
        assert errors == set(stopped(each))
    last = results[-1]
    assert stopped(last) == []
    assert {each.outcome for each in last.scenarios} <= {Outcome.PASSED, Outcome.UNVERIFIED, Outcome.NOT_APPLICABLE}
    assert len(of(last, Outcome.PASSED)) > 50
    # What had passed was not tried again, and so stands as it stood.
    for before in results[:-1]:
        passed = {each.id: each for each in of(before, Outcome.PASSED)}
        assert all(passed.get(each.id, each) == each for each in last.scenarios)
    # Every order that came is noted, and none came that is not; those that were let through are those that it has.
    assert orders(noted(made)) == front.came
    assert front.through == len(there)


def _wait(holds: object) -> None:
    deadline = monotonic() + PATIENCE_S
    assert callable(holds)
    while not holds():
        assert monotonic() < deadline
        Event().wait(0.02)
