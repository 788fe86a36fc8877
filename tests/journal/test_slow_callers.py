"""Callers that trickle, leave, or send more than is taken: cut off and told of, and nobody else is harmed."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eprom_verify.errors import HarnessProblem
from eprom_verify.journal import recorded_app, taking_in
from eprom_verify.journal.journal import Journal, read_exchanges
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import SLOW, STOPPED, TOO_LARGE, Recorder
from eprom_verify.journal.store import verify_chain
from eprom_verify.journal.taking_in import Patience
from eprom_verify.serving import Host
from tests.ports import free_port

MIB = 1024 * 1024
LIMIT = MIB
MANY = 200
PATIENCE = Patience(whole_s=6.0, silent_s=4.0)
STATUS = "/api/PromsFormOrder"
HEAD = b"PUT %s HTTP/1.1\r\nHost: x\r\n" % STATUS.encode()


@dataclass
class Receiver:
    """A receiver as the one of the built-in bestillersystem is, and what has reached the system behind it."""

    url: str
    app: RecordedApp
    reached: list[bytes]

    def connect(self, data: bytes) -> socket.socket:
        address = httpx.URL(self.url)
        made = socket.create_connection((address.host, address.port or 0), timeout=20)
        made.sendall(data)
        return made


@pytest.fixture
def receiver(host: Host, recorder: Recorder) -> Receiver:
    reached: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append((await receive())["body"])
        await Response(b'{"success":true}')(scope, receive, send)

    made = RecordedApp(
        app,
        recorder,
        sender=lambda headers: "eprom",
        body_limit=lambda path: LIMIT,
        patience=PATIENCE,
    )
    return Receiver(f"http://127.0.0.1:{host.serve(made)}", made, reached)


def answer_of(connection: socket.socket) -> bytes:
    """All that comes back, until the other side hangs up."""
    found = b""
    # A reset may follow the answer, when it is hung up on somebody who goes on sending.
    with suppress(ConnectionError):
        while part := connection.recv(65536):
            found += part
    return found


@contextmanager
def trickling(connections: list[socket.socket]) -> Iterator[None]:
    """Send a byte on each of them now and then, until told to stop."""
    stop = threading.Event()

    def send() -> None:
        while not stop.wait(0.2):
            for each in connections:
                try:
                    each.sendall(b"x")
                except OSError:
                    continue

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def test_many_slow_bodies_cut(receiver: Receiver, journal: Journal) -> None:
    """Whether they are silent or trickle; meanwhile others are answered, and what was cut is never judged."""
    begun = HEAD + b"Content-Length: 9999\r\n\r\n{"
    with ExitStack() as stack:
        slow = [stack.enter_context(receiver.connect(begun)) for _ in range(MANY)]
        with trickling(slow[: MANY // 2]), httpx.Client() as caller:
            for _ in range(20):
                assert caller.put(f"{receiver.url}{STATUS}", content=b"{}").status_code == 200
            answers = [answer_of(each) for each in slow]
    assert all(each.startswith(b"HTTP/1.1 408") and b"close" in each for each in answers)
    assert receiver.reached == [b"{}"] * 20
    cut = [each for each in journal.exchanges() if each.failure == SLOW]
    # None of the others had to wait until the slow ones were gone: twenty calls take a tenth of a second.
    assert {each.status for each in journal.exchanges()[:20]} == {200}
    assert len(cut) == MANY
    assert {(each.operation, each.sender, each.violations, each.response) for each in cut} == {("", "eprom", (), None)}
    assert journal.unanswered == []
    assert verify_chain(journal.path).problem is None


def test_stopped_while_they_trickle(journal: Journal, recorder: Recorder, capfd: pytest.CaptureFixture[str]) -> None:
    """A server that stops does not wait for them: they are noted, and told to try again."""
    host = Host().__enter__()
    with ExitStack() as stack:
        app = RecordedApp(Response(b"ok"), recorder, sender=lambda headers: "eprom", body_limit=lambda path: LIMIT)
        made = Receiver(f"http://127.0.0.1:{host.serve(app)}", app, [])
        slow = [made.connect(HEAD + b"Content-Length: 9999\r\n\r\n{") for _ in range(50)]
        for each in slow:
            stack.enter_context(each)
        # A call that comes after them has been answered, so they have all been read.
        assert httpx.put(f"{made.url}{STATUS}", content=b"{}").status_code == 200
        begun = monotonic()
        host.__exit__(None, None, None)
        # Of this, one second is what a call under way is given; the rest is to write them down on a slow disk.
        assert monotonic() - begun < 9
        assert {answer_of(each)[:12] for each in slow} == {b"HTTP/1.1 503"}
    assert [each.failure for each in journal.exchanges() if each.failure] == [STOPPED] * 50
    assert "Traceback" not in capfd.readouterr().err


def test_too_large_is_not_judged(receiver: Receiver, journal: Journal) -> None:
    """The limit is ours and not ePROM's: refused with 413, on a connection that can be used again."""
    with httpx.Client() as caller:
        for _ in range(2):
            refused = caller.put(f"{receiver.url}{STATUS}", content=b"x" * (3 * LIMIT))
            assert (refused.status_code, str(3 * LIMIT) in refused.json()["Message"]) == (413, True)
        assert caller.put(f"{receiver.url}{STATUS}", content=b"{}").status_code == 200
    assert receiver.reached == [b"{}"]
    first, second, whole = journal.exchanges()
    for each in (first, second):
        assert (each.operation, each.failure, each.request.size) == ("", TOO_LARGE, 3 * LIMIT)
    assert (whole.operation, whole.status) == ("I", 200)


@pytest.mark.parametrize("asks", [b"", b"Expect: 100-continue\r\n"])
def test_refused_before_it_is_read(asks: bytes, receiver: Receiver, journal: Journal) -> None:
    """By its length alone, when that is far too much, or when the sender asks before sending anything."""
    length = LIMIT + 1 if asks else taking_in.DRAINED_BYTES + 1
    with receiver.connect(HEAD + asks + b"Content-Length: %d\r\n\r\n" % length) as connection:
        answer = connection.recv(65536)
        while not answer.endswith(b"}"):
            answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert str(length).encode() in answer
    [seen] = journal.exchanges()
    assert (seen.failure, seen.request.size, seen.request.body) == (TOO_LARGE, length, b"")


def test_sender_of_far_too_much_hears_why(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that sends everything before it listens, and would else get a reset."""
    monkeypatch.setattr(taking_in, "DRAINED_BYTES", 8 * LIMIT)
    with receiver.connect(HEAD + b"Content-Length: %d\r\n\r\n" % (9 * LIMIT)) as connection:
        connection.sendall(b"x" * (9 * LIMIT))
        assert answer_of(connection).startswith(b"HTTP/1.1 413")


def test_endless_body_ends(receiver: Receiver, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered when it has gone on for too long, and hung up on when it goes on all the same."""
    monkeypatch.setattr(taking_in, "DRAINED_BYTES", 2 * LIMIT)
    monkeypatch.setattr(recorded_app, "_LINGER_S", 1.0)
    chunk = b"%x\r\n%s\r\n" % (LIMIT, b"x" * LIMIT)
    begun = monotonic()
    with receiver.connect(HEAD + b"Transfer-Encoding: chunked\r\n\r\n") as connection, suppress(ConnectionError):
        while monotonic() < begun + 15:
            connection.sendall(chunk)
    assert monotonic() - begun < 10
    [seen] = journal.exchanges()
    assert (seen.failure, 0 < len(seen.request.body) <= MIB) == (TOO_LARGE, True)


def test_not_noted_is_sent_again(receiver: Receiver, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written down is not accepted, whether it was the message or the answer; and it is counted."""
    url, written = f"{receiver.url}{STATUS}", journal._store.append

    refused = ["request"]

    def full(kind: str, *rest: object) -> object:
        if kind in refused:
            raise HarnessProblem("Journalen kunne ikke skrives: database or disk is full.")
        return written(kind, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(journal._store, "append", full)
    for number in (1, 2):
        answer = httpx.put(url, content=b"{}")
        refused[:] = ["response"]
        assert (answer.status_code, answer.headers["connection"]) == (503, "close")
        assert receiver.app.failures.count == number
    assert receiver.reached == [b"{}"]
    assert "kunne ikke skrives" in journal.problem
    refused.clear()
    assert httpx.put(url, content=b"{}").status_code == 200
    assert [each.status for each in journal.exchanges()] == [None, 200]
    assert verify_chain(journal.path).problem is None


LIVES = """
import sys
from pathlib import Path
from eprom_verify.config import parse_config
from eprom_verify.wiring import open_rig
settings = {"eprom": "http://127.0.0.1:9/promswebapi", "mottak": {"port": int(sys.argv[2])}}
with open_rig(parse_config(settings, "prøven"), Path(sys.argv[1]), seed=1) as rig:
    print("her", flush=True)
    sys.stdin.read()
"""


def peak_mib(process: subprocess.Popen[str]) -> float:
    [line] = [each for each in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in each]
    return int(line.split()[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a process is asked of Linux")
def test_memory_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty bodies of 40 MiB at once, at the receiver of a run: refused, and never in memory together."""
    monkeypatch.setenv("EPROM_VERIFY_API_KEY", "en-nokkel-0123")
    port, piece = free_port(), b"x" * MIB
    command = [sys.executable, "-c", LIVES, str(tmp_path), str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lives:
        assert lives.stdout is not None
        assert lives.stdout.readline() == "her\n"
        before, codes = peak_mib(lives), []
        with ExitStack() as stack:
            senders = [
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(20)
            ]
            for each in senders:
                each.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % (40 * MIB))
            for _ in range(40):
                for each in senders:
                    each.sendall(piece)
            codes = [each.recv(12) for each in senders]
        used = peak_mib(lives) - before
        assert lives.stdin is not None
        lives.stdin.close()
    print(f"{used:.0f} MiB")
    assert codes == [b"HTTP/1.1 413"] * 20
    seen = read_exchanges(tmp_path / "journal.sqlite")
    assert [(each.failure, each.request.size) for each in seen] == [(TOO_LARGE, 40 * MIB)] * 20
    # 22 MiB was measured; twenty of them kept would be 640, and one of them read again 32.
    assert used < 150
