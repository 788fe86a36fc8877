"""Questions and answers between the processes of a run: only for those who know the token, and never mixed up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from eprom_verify.errors import HarnessProblem
from eprom_verify.line import LOOPBACK, Facts, Line, Switchboard

CALLED: list[Facts] = []


@pytest.fixture
def released() -> threading.Event:
    return threading.Event()


@pytest.fixture
def switchboard(released: threading.Event) -> Iterator[Switchboard]:
    CALLED.clear()

    def echo(facts: Facts, body: bytes) -> Facts:
        CALLED.append(facts)
        return facts | {"size": len(body)}

    def problem(facts: Facts, body: bytes) -> Facts:
        raise HarnessProblem("Disken er full.")

    def bug(facts: Facts, body: bytes) -> Facts:
        raise KeyError("nøkkel")

    def wait(facts: Facts, body: bytes) -> Facts:
        return {"released": released.wait(30)}

    opened = Switchboard({"echo": echo, "problem": problem, "bug": bug, "wait": wait})
    yield opened
    released.set()
    opened.close()


@pytest.fixture
def line(switchboard: Switchboard) -> Iterator[Line]:
    opened = Line(switchboard.port, switchboard.token)
    yield opened
    opened.close()


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_answered(line: Line, size: int) -> None:
    assert line.ask("echo", {"ord": "blåbær \ud800"}, bytes(size)) == {"ord": "blåbær \ud800", "size": size}


def test_problem_told(line: Line) -> None:
    with pytest.raises(HarnessProblem, match=r"Disken er full\."):
        line.ask("problem", {})
    with pytest.raises(HarnessProblem, match="KeyError"):
        line.ask("bug", {})
    assert line.ask("echo", {"n": 1})["n"] == 1


def test_slow_answer_holds_nobody(line: Line, released: threading.Event) -> None:
    with ThreadPoolExecutor(1) as other:
        slow = other.submit(line.ask, "wait", {})
        assert line.ask("echo", {"n": 1})["n"] == 1
        assert not slow.done()
        released.set()
        assert slow.result(30) == {"released": True}


def test_answers_not_mixed_up(line: Line) -> None:
    with ThreadPoolExecutor(8) as several:
        asked = list(range(400))
        assert [each["n"] for each in several.map(lambda n: line.ask("echo", {"n": n}), asked)] == asked


@pytest.mark.parametrize("token", ["", "x" * 64, "ikke et token"])
def test_stranger_hung_up_on(switchboard: Switchboard, token: str) -> None:
    with socket.create_connection((LOOPBACK, switchboard.port)) as stranger:
        stranger.sendall(token.encode())
        if len(token) < len(switchboard.token):
            stranger.shutdown(socket.SHUT_WR)
        assert stranger.recv(1) == b""
    assert CALLED == []


def test_rubbish_hung_up_on(switchboard: Switchboard, line: Line) -> None:
    with socket.create_connection((LOOPBACK, switchboard.port)) as known:
        known.sendall(switchboard.token.encode() + b"\0\0\0\2\0\0\0\0{]")
        assert known.recv(1) == b""
    assert line.ask("echo", {"n": 2})["n"] == 2


def test_nobody_left(switchboard: Switchboard, line: Line) -> None:
    line.ask("echo", {})
    switchboard.close()
    with pytest.raises(HarnessProblem, match="svarer ikke"):
        line.ask("echo", {})
    with pytest.raises(HarnessProblem, match="svarer ikke"):
        Line(switchboard.port, switchboard.token).ask("echo", {})


def test_waiting_told_of_the_end(switchboard: Switchboard, line: Line) -> None:
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(line.ask, "wait", {})
        line.ask("echo", {})
        switchboard.close()
        with pytest.raises(HarnessProblem, match="svarer ikke"):
            waiting.result(30)
