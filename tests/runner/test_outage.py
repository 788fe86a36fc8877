"""Runs against an ePROM that the network takes away: what they come to, and what is sent meanwhile."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO

import pytest

from eprom_verify.journal.journal import read_exchanges
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.verdict import Outcome, RunResult
from tests.runner.place import PATIENCE_S, Place, passed_on
from tests.runner.test_resume import decided, only, outcomes, wait
from tests.stand_in import stand_in
from tests.tls import Behaviour, answering, hanging, page, resetting, wild_server

ENDED = {Outcome.PASSED, Outcome.UNVERIFIED, Outcome.NOT_APPLICABLE}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


def stopped(result: RunResult) -> list[str]:
    return [each.id for each in result.scenarios if each.stopped_by_network]


def most_stopped(workers: int) -> int:
    """Three in a row pause the run. Before them, one of each other worker may have ended with an answer of before, and
    after them each has one under way."""
    return 3 + 2 * (workers - 1)


def shown_until(stream: IO[str], words: str) -> str:
    shown = ""
    for line in stream:
        shown += line
        if words in line:
            return shown
    raise AssertionError(f"never told {words!r}: {shown}")


def test_goes_on_when_it_is_back(place: Place) -> None:
    """Killed while the run goes, and started again: three scenarios are left undecided, and only those."""
    place.configure(kall_i_sekundet=40.0)
    place.up()
    running = place.begun("-k", "Distribusjon", "--seed", "5")
    assert running.stdout is not None
    wait(place.folder, decided(12))
    place.down()
    before = shown_until(running.stdout, "Kjøringen fortsetter når miljøet svarer igjen, og stanser etter 60 sekunder")
    assert "Pause: nettverket har stanset 3 scenarier på rad." in before
    assert f"ingen lytter på 127.0.0.1:{place.port}" in before
    place.up()
    shown_until(running.stdout, "Miljøet svarer igjen. Kjøringen fortsetter.")
    after = running.stdout.read()
    code = running.wait(PATIENCE_S)
    result = only(place.folder)
    assert code == result.conclusion.exit_code
    left = stopped(result)
    assert len(left) == 3
    assert "Nettverket stanset 3 scenarier; eprom-verify run --resume kjører dem på nytt." in result.incomplete_reasons
    errors = [each for each in result.scenarios if each.outcome is Outcome.ERROR]
    assert [each.id for each in errors] == left
    assert all(each.reason.startswith("Nådde ikke ePROM: ") for each in errors)
    # What an ePROM forgets that is killed between an order and its status, is its own.
    broken = [each for each in result.scenarios if each.outcome is Outcome.FAILED]
    assert len(broken) <= 1, after
    assert all("ingen status kom" in each.reason for each in broken)
    assert sum(each.outcome is Outcome.PASSED for each in result.scenarios) > 40

    code, _ = place.run("-k", "Distribusjon", "--resume")
    taken_up = only(place.folder)
    assert (code, stopped(taken_up)) == (taken_up.conclusion.exit_code, [])
    assert set(outcomes(taken_up).values()) <= ENDED | {each.outcome for each in broken}
    assert verify_chain(place.journal, expected_last=taken_up.run.journal_last_digest).problem is None


def test_all_processes_go_on_when_it_is_back(place: Place) -> None:
    """They pause together, are told of once, and what was stopped is run when the run is taken up again."""
    place.configure(port=place.front, status_s=30.0, kall_i_sekundet=40.0)
    place.up()
    with place.way():
        running = place.begun("-k", "Distribusjon", "--seed", "5", "-n", "3")
        assert running.stdout is not None
        wait(place.folder, decided(12))
    before = shown_until(running.stdout, "Kjøringen fortsetter når miljøet svarer igjen, og stanser etter 60 sekunder")
    with place.way():
        shown_until(running.stdout, "Miljøet svarer igjen. Kjøringen fortsetter.")
        after = running.stdout.read()
        assert running.wait(PATIENCE_S) == 3, after
    assert (before + after).count("Pause: nettverket har stanset 3 scenarier på rad.") == 1
    result = only(place.folder)
    left = stopped(result)
    assert 3 <= len(left) <= most_stopped(3)
    told = f"Nettverket stanset {len(left)} scenarier; eprom-verify run --resume kjører dem på nytt."
    assert told in result.incomplete_reasons
    assert {each.outcome for each in result.scenarios if each.id not in left} <= ENDED

    with place.way():
        code, shown = place.run("-k", "Distribusjon", "--resume")
    taken_up = only(place.folder)
    assert (code, stopped(taken_up)) == (3, []), shown
    assert set(outcomes(taken_up).values()) <= ENDED
    assert place.sent == place.through


@pytest.mark.parametrize("workers", [1, 3])
def test_stops_when_it_stays_away(workers: int, place: Place) -> None:
    """Without a terminal: looked for as long as was told, stopped with the reason, and taken up again where it was."""
    place.configure(port=place.front, status_s=30.0, kall_i_sekundet=40.0, vent_s=2.0)
    place.up()
    with place.way():
        running = place.begun("-k", "Distribusjon", "--seed", "5", "-n", str(workers))
        wait(place.folder, decided(12))
    shown, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 3, shown
    result = only(place.folder)
    [reason] = [each for each in result.incomplete_reasons if "miljøet svarte ikke igjen på 2 sekunder" in each]
    assert reason.startswith(
        "Nettverket stanset kjøringen, og miljøet svarte ikke igjen på 2 sekunder. Ta den opp igjen"
    )
    assert f"ingen lytter på 127.0.0.1:{place.front}" in reason
    assert not any("uventet" in each for each in result.incomplete_reasons)
    assert 3 <= len(stopped(result)) <= most_stopped(workers)
    assert {each.outcome for each in result.scenarios} <= ENDED | {Outcome.ERROR, Outcome.WAITING}
    before = {each.id: each for each in result.scenarios if each.outcome is Outcome.PASSED}

    # How the environment is reached may be mended between.
    place.configure(port=place.front, status_s=30.0, kall_i_sekundet=500.0, vent_s=3.0)
    with place.way():
        code, shown = place.run("-k", "Distribusjon", "--resume")
    taken_up = only(place.folder)
    assert code == 3, shown
    assert set(outcomes(taken_up).values()) <= ENDED
    assert stopped(taken_up) == []
    assert not any("Nettverket" in each for each in taken_up.incomplete_reasons)
    assert all(each == before[each.id] for each in taken_up.scenarios if each.id in before)
    assert place.sent == place.through


FAILING: dict[str, tuple[Behaviour, str]] = {
    "502": (page(502), "en gateway foran 127.0.0.1 svarte 502 med en nettside"),
    "login page": (page(200), "noe annet enn ePROM svarte 200"),
    "reset": (resetting, "forbindelsen med 127.0.0.1 ble brutt"),
    "hang": (hanging, "svaret fra 127.0.0.1 kom ikke innen fristen"),
    "429": (answering(429, Retry_After="0"), "tar ikke imot så mange kall (429)"),
    "407": (page(407), "proxyen krever innlogging (407)"),
}


@pytest.mark.parametrize(("behave", "words"), FAILING.values(), ids=FAILING)
def test_nobody_is_blamed(place: Place, behave: Behaviour, words: str) -> None:
    """Each order is sent once, whatever becomes of it, and no end is said to have failed."""
    with wild_server() as server:
        server.behave = behave
        place.configure(port=server.port, forsok=3, tidsgrense_s=0.5, vent_s=0.5)
        code, shown = place.run("-k", "P-01")
    assert code == 3, shown
    result = only(place.folder)
    assert [each.outcome for each in result.scenarios] == [Outcome.ERROR] * 3
    assert all(words in each.reason and each.stopped_by_network for each in result.scenarios), result.scenarios[0]
    sent = [each for each in server.heard if each.startswith(b"POST /promswebapi/api/v2/formorder")]
    assert len(sent) == sum(place.orders.values()) == 3
    assert set(place.orders.values()) == {1}


def test_eproms_own_failure_is_its_own(place: Place) -> None:
    """An ePROM that answers, and wrongly, is judged as before."""
    with wild_server() as server:
        server.behave = answering(500, b'{"Message": "feil"}')
        place.configure(port=server.port, vent_s=0.5)
        place.run("-k", "1.1")
    result = only(place.folder)
    assert Outcome.FAILED in outcomes(result).values()
    assert stopped(result) == []


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[str], str], Callable[[str], None]]]:
    """A terminal: what a process is given, what waits until words are shown there, and what types a line."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    shown = bytearray()

    def until(words: str) -> str:
        deadline = monotonic() + PATIENCE_S
        while words not in shown.decode("utf-8", "replace"):
            assert monotonic() < deadline, shown.decode("utf-8", "replace")
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                shown.extend(os.read(ours, 65536))
            except OSError:
                raise AssertionError(shown.decode("utf-8", "replace")) from None
        return shown.decode("utf-8", "replace")

    def types(line: str) -> None:
        os.write(ours, line.encode() + b"\n")

    try:
        yield theirs, until, types
    finally:
        os.close(ours)
        with suppress(OSError):
            os.close(theirs)


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
def test_tester_stops(place: Place) -> None:
    """At a terminal nothing but the tester, or the environment, ends the pause."""
    place.configure(vent_s=0.5)
    with terminal() as (theirs, until, types):
        running = place.begun("-k", "P-01", stdin=theirs, stdout=theirs)
        until("Skriv «stopp» for å stanse den.")
        types("hva nå?")
        until("Trykk Enter for å fortsette, eller skriv «stopp».")
        assert running.poll() is None
        types("")
        until("Kjøringen fortsetter.")
        types("stopp")
        assert _ended(running, until) == 3
    result = only(place.folder)
    assert any("Testeren stanset kjøringen mens nettverket var nede." in each for each in result.incomplete_reasons)
    # Three, a pause that Enter ended, and three more.
    assert len(stopped(result)) == 6


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
def test_goes_on_by_itself_at_a_terminal(place: Place) -> None:
    place.configure(vent_s=0.5)
    with terminal() as (theirs, until, _):
        running = place.begun("-k", "P-01", stdin=theirs, stdout=theirs)
        until("Skriv «stopp» for å stanse den.")
        place.up()
        until("Miljøet svarer igjen. Kjøringen fortsetter.")
        assert _ended(running, until) == 3
    result = only(place.folder)
    assert len(stopped(result)) == 3
    assert sum(each.outcome is Outcome.PASSED for each in result.scenarios) > 3


def _ended(running: subprocess.Popen[str], until: Callable[[str], str]) -> int:
    # What is shown must be read, or the process waits for room.
    until("junit.xml")
    return running.wait(PATIENCE_S)


def test_answer_that_was_lost(place: Place) -> None:
    """An order that was made though its answer never came: what ePROM then tells of it is held against nobody."""
    lost: list[bytes] = []

    def passing_on(connection: socket.socket) -> None:
        request = front.request
        order = request.startswith(b"POST /promswebapi/api/v2/formorder")
        answer = passed_on(request, place.port)
        if order and not lost and answer.startswith(b"HTTP/1.1 200"):
            lost.append(answer)
            return
        connection.sendall(answer)

    place.up(callback_delay_s=1.0)
    with wild_server() as front:
        front.behave = passing_on
        place.configure(port=front.port)
        place.run("-k", "gjort")
        first = only(place.folder)
        place.run("-k", "gjort", "--resume")
    assert len(lost) == 1
    assert len(stopped(first)) == 1
    for result in (first, only(place.folder)):
        # One that looks at what it cannot know says so; nobody has failed.
        assert Outcome.FAILED not in outcomes(result).values()
        [strange] = [each for each in result.scenarios if each.requirements == ("S-06",)]
        if told_while_it_went(place.journal):
            # Then the status is laid aside with all else of the scenario that the network stopped.
            assert strange.outcome is Outcome.PASSED
        else:
            assert (strange.outcome, strange.reason) == (
                Outcome.UNVERIFIED,
                "En bestilling fikk ikke noe svar, og en status kan gjelde den.",
            )
    assert stopped(only(place.folder)) == []


def told_while_it_went(journal: Path) -> bool:
    """Whether the status of the order that was lost came before the scenario of it was left, as on a busy machine."""
    exchanges = read_exchanges(journal)
    made = {each.order_id for each in exchanges if each.operation == "A"}
    [lost] = [each.request.seq for each in exchanges if each.operation == "A" and each.failure]
    told = [each.request.seq for each in exchanges if each.operation == "I" and each.order_id not in made]
    left = next(each.seq for each in read_entries(journal) if each.kind == "left" and each.seq > lost)
    return any(seq < left for seq in told)


def test_short_outage_is_ridden_out(place: Place) -> None:
    """Away for as long as a call is tried: orders are tried until somebody listens, and nobody notices."""
    place.configure(port=place.front, kall_i_sekundet=40.0, forsok=10)
    place.up()
    with place.way():
        running = place.begun("-k", "P-01", "--seed", "5")
        wait(place.folder, decided(3))
    deadline = monotonic() + PATIENCE_S
    while not place.refused:
        assert monotonic() < deadline
        Event().wait(0.05)
    with place.way():
        shown, _ = running.communicate(timeout=2 * PATIENCE_S)
    assert running.returncode == 3, shown
    result = only(place.folder)
    # Whoever was in the middle of a call when it went down may have been cut off.
    assert len(stopped(result)) <= 1
    assert {each.outcome for each in result.scenarios} <= {Outcome.PASSED, Outcome.ERROR}
    assert {each.operation for each in place.refused} == {"A"}
    # One order for each scenario.
    assert place.sent == place.through == len(result.scenarios)
    # The report shows what was tried.
    told = {exchange for each in result.scenarios for exchange in each.exchanges}
    assert {each.id for each in place.refused} <= told


# A tap waits as long as the bestillersystem does.
@pytest.mark.parametrize("failing", sorted(FAILING.keys() - {"hang"}))
def test_nobody_is_blamed_between_others(tmp_path: Path, failing: str) -> None:
    """A bestillersystem that is not ours calls through us: what the network does to its calls is the network's too."""
    behave, words = FAILING[failing]
    with wild_server() as server, stand_in(tmp_path) as between:
        server.behave = behave
        told = between.config.read_text("utf-8").replace(str(between.eprom), str(server.port))
        between.config.write_text(told, "utf-8")
        done = between.do("run", "--no-html", "-k", "P-01")
    assert done.returncode == 3, done.stdout + done.stderr
    result = only(tmp_path)
    assert [each.outcome for each in result.scenarios] == [Outcome.ERROR] * 3
    assert all(words in each.reason and each.stopped_by_network for each in result.scenarios), result.scenarios[0]
    assert sum(each.startswith(b"POST /promswebapi/api/v2/formorder") for each in server.heard) == 3
