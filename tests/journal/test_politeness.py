"""Manners towards an environment: how often it is called, and what is never sent twice whatever happened."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import monotonic

import httpx
import pytest

from eprom_verify.clock import system_clock
from eprom_verify.contract import Contract
from eprom_verify.exchange import Exchange
from eprom_verify.journal.connection import Connection
from eprom_verify.journal.journal import Journal, read_exchanges
from eprom_verify.journal.politeness import Limit, Manners, NetworkLog, Unreached
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import RecordedTransport
from eprom_verify.journal.store import read_entries
from eprom_verify.masking import Mask
from eprom_verify.network_kinds import Kind
from tests.ports import free_port
from tests.tls import Authority, Behaviour, answering, hanging, page, resetting, speaking, wild_server

BASE = "/promswebapi"
READS = [
    ("GET", "/api/ExternalDocument/1bc5f9f0-2607-49eb-94f0-6af955bbd79a"),
    ("POST", "/api/v2/getpersonverninnstilling"),
    ("POST", "/api/v2/get-residents-active-pi-for-definition"),
]
ACTS = [
    ("POST", "/api/v2/formorder"),
    ("POST", "/api/v2/FormOrder/"),
    ("POST", "/api/v2/MessageToCitizen"),
    ("POST", "/api/unsecuremessagesms"),
    ("POST", "/api/unsecuremessageemail"),
    ("POST", "/api/v2/setpersonverninnstilling"),
    ("POST", "/api/noe-nytt"),
    ("PUT", "/api/noe-nytt"),
]
TIMEOUT_S = 0.4


class Time:
    """A clock that goes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[float], None] = lambda seconds: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds
        self.on_sleep(seconds)


class Open:
    """Lets everything through."""

    def check_request(self, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Nothing is refused."""


class Polite:
    """A client with manners, and what came of what it did."""

    def __init__(self, folder: Path, url: str, *, attempts: int = 3, ca: str = "") -> None:
        self.time = Time()
        self.journal = Journal(folder / "journal.sqlite", mask=Mask(), clock=system_clock)
        self.log = NetworkLog(self.journal)
        recorder = Recorder(self.journal, Contract("2026-05"))
        manners = Manners(
            limit=Limit(5, monotonic=self.time.monotonic, sleep=self.time.sleep),
            attempts=attempts,
            log=self.log,
            base_path=BASE,
            sleep=self.time.sleep,
        )
        transport = RecordedTransport(
            Connection(ca=ca).transport(url), recorder, Open(), sender="bestillersystem", base_path=BASE
        )
        self.client = httpx.Client(base_url=f"{url}{BASE}", transport=manners.round(transport), timeout=TIMEOUT_S)

    def call(self, method: str, path: str) -> httpx.Response | Kind:
        """The answer, or what kind of trouble there was."""
        try:
            return self.client.request(method, path, content=None if method == "GET" else b'{"nationalId": "x"}')
        except Unreached as exc:
            return exc.trouble.kind

    @property
    def attempts(self) -> list[Exchange]:
        """All that was sent, or tried."""
        return read_exchanges(self.journal.path)

    @property
    def kept(self) -> set[str]:
        """The exchanges that the journal has set aside."""
        return {e.data["exchange"] for e in read_entries(self.journal.path) if e.kind == "network"}


@pytest.fixture
def polite(tmp_path: Path) -> Iterator[Callable[..., Polite]]:
    made: list[Polite] = []

    def make(url: str, **told: object) -> Polite:
        made.append(Polite(tmp_path, url, **told))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        each.client.close()
        each.journal.close()


FAILING: dict[str, tuple[Behaviour, Kind]] = {
    "reset": (resetting, Kind.BROKEN_OFF),
    "hang": (hanging, Kind.READ_TIMEOUT),
    "hung up": (lambda connection: None, Kind.BROKEN_OFF),
    "half an answer": (lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), Kind.BROKEN_OFF),
    "no HTTP": (lambda c: c.sendall(b"SSH-2.0-OpenSSH\r\n"), Kind.BROKEN_OFF),
    "502": (page(502), Kind.GATEWAY),
    "503": (page(503), Kind.GATEWAY),
    "504": (page(504), Kind.GATEWAY),
    "429": (answering(429, Retry_After="1"), Kind.BUSY),
}
LASTING: dict[str, tuple[Behaviour, Kind]] = {
    "407": (page(407), Kind.PROXY_LOGIN),
    "511": (page(511), Kind.PORTAL),
    "login page": (page(200), Kind.PORTAL),
    "login elsewhere": (answering(302, Location="https://login.example.invalid/"), Kind.PORTAL),
}


@pytest.mark.parametrize(("behave", "kind"), FAILING.values(), ids=FAILING)
@pytest.mark.parametrize(("method", "path"), ACTS)
def test_never_sent_twice(polite: Callable[..., Polite], behave: Behaviour, kind: Kind, method: str, path: str) -> None:
    with wild_server() as server:
        server.behave = behave
        client = polite(f"http://127.0.0.1:{server.port}", attempts=10)
        assert client.call(method, path) is kind
    assert len(server.heard) == 1
    [exchange] = client.attempts
    assert client.log.aside == client.kept == {exchange.id}
    assert [each.kind for each in client.log.troubles] == [kind]


@pytest.mark.parametrize(("behave", "kind"), FAILING.values(), ids=FAILING)
def test_reading_again(polite: Callable[..., Polite], behave: Behaviour, kind: Kind) -> None:
    """Each attempt is an exchange of its own, and what failed is nothing to judge by."""
    with wild_server() as server:
        answers = iter([behave, behave, answering(404)])
        server.behave = lambda connection: next(answers)(connection)
        client = polite(f"http://127.0.0.1:{server.port}")
        found = client.call(*READS[0])
        assert isinstance(found, httpx.Response)
        assert found.status_code == 404
    assert len(server.heard) == 3
    first, second, third = client.attempts
    assert (third.operation, third.status) == ("E", 404)
    # Whoever looks for the call finds the one that was answered.
    assert client.journal.exchanges() == [third]
    assert client.journal.wait_for(lambda each: True, timeout_s=0) == third
    assert client.journal.spoiled() == [first, second]
    assert client.log.aside == client.kept == {first.id, second.id}
    assert client.log.troubles == []


@pytest.mark.parametrize(("method", "path"), READS)
def test_reading_given_up(polite: Callable[..., Polite], method: str, path: str) -> None:
    with wild_server() as server:
        server.behave = page(502)
        client = polite(f"http://127.0.0.1:{server.port}", attempts=4)
        assert client.call(method, path) is Kind.GATEWAY
    assert len(server.heard) == len(client.log.aside) == 4
    assert [each.kind for each in client.log.troubles] == [Kind.GATEWAY]
    # The pauses grow; what is shorter is the limit's.
    assert [each for each in client.time.slept if each >= 0.5] == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(("behave", "kind"), LASTING.values(), ids=LASTING)
def test_not_again_in_vain(polite: Callable[..., Polite], behave: Behaviour, kind: Kind) -> None:
    with wild_server() as server:
        server.behave = behave
        client = polite(f"http://127.0.0.1:{server.port}")
        assert client.call(*READS[0]) is kind
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "behave",
    [
        answering(502, b'{"statusCode": 502}'),
        answering(503, b'{"Message": "nede"}'),
        answering(500, b"<html>Server Error</html>", Content_Type="text/html"),
        answering(401, b""),
        answering(200, b"%PDF-1.7", Content_Type="application/pdf"),
    ],
)
def test_eproms_own(polite: Callable[..., Polite], behave: Behaviour) -> None:
    """What ePROM itself answers is for the checks to judge, and is never asked for again."""
    with wild_server() as server:
        server.behave = behave
        client = polite(f"http://127.0.0.1:{server.port}")
        for number, call in enumerate([*READS, *ACTS], start=1):
            assert isinstance(client.call(*call), httpx.Response)
            assert len(server.heard) == number
    assert client.log.aside == set()


def test_refused_and_then_there(polite: Callable[..., Polite]) -> None:
    """Nothing was sent to whom nobody listened for, so an order may be tried again: it is then sent once."""
    port = free_port()
    client = polite(f"http://127.0.0.1:{port}")
    heard: list[bytes] = []
    begun: list[threading.Thread] = []

    def answer(listening: socket.socket) -> None:
        with listening, listening.accept()[0] as connection:
            heard.append(connection.recv(65536))
            answering(200, b'{"id": "x"}')(connection)

    def begin(seconds: float) -> None:
        if seconds == 1.0:
            begun.append(threading.Thread(target=answer, args=(socket.create_server(("127.0.0.1", port)),)))
            begun[0].start()

    client.time.on_sleep = begin
    found = client.call(*ACTS[0])
    begun[0].join(5)
    assert isinstance(found, httpx.Response)
    assert (found.status_code, len(heard)) == (200, 1)
    first, second, third = client.attempts
    assert client.log.aside == {first.id, second.id}
    assert (first.failure, third.status) == ("Ingen svarer på adressen.", 200)


def test_refused_order_is_given_up(polite: Callable[..., Polite]) -> None:
    client = polite(f"http://127.0.0.1:{free_port()}")
    assert client.call(*ACTS[0]) is Kind.REFUSED
    assert len(client.attempts) == 3


def test_tls_refused_is_sent_once(polite: Callable[..., Polite], tmp_path: Path) -> None:
    ours, others = Authority(tmp_path), Authority(tmp_path, "En annen")
    with wild_server(speaking(ours.server())) as server:
        client = polite(f"https://127.0.0.1:{server.port}", ca=str(others.path))
        assert client.call(*ACTS[0]) is Kind.CERTIFICATE
        assert client.call(*READS[0]) is Kind.CERTIFICATE
    assert (len(client.attempts), server.heard) == (2, [])


def test_unknown_host(polite: Callable[..., Polite]) -> None:
    client = polite("http://eprom.invalid")
    assert client.call(*ACTS[0]) is Kind.NO_NAME
    assert "vertsnavnet eprom.invalid finnes ikke" in client.log.troubles[0].text
    assert len(client.attempts) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("told", ["7", "date"])
def test_retry_after(polite: Callable[..., Polite], status: int, told: str) -> None:
    """What was asked for is waited for, by everybody: also the orders that were not refused themselves."""
    after = told if told == "7" else format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    with wild_server() as server:
        answers = iter([answering(status, Retry_After=after), answering(404), answering(200)])
        server.behave = lambda connection: next(answers)(connection)
        client = polite(f"http://127.0.0.1:{server.port}")
        begun = client.time.now
        found = client.call(*READS[0])
        assert isinstance(found, httpx.Response)
        assert found.status_code == 404
        assert 7 <= client.time.now - begun <= 9
    assert len(server.heard) == 2
    assert len(client.log.aside) == 1


def test_busy_holds_the_others(polite: Callable[..., Polite]) -> None:
    with wild_server() as server:
        answers = iter([answering(429, Retry_After="5"), answering(200)])
        server.behave = lambda connection: next(answers)(connection)
        client = polite(f"http://127.0.0.1:{server.port}")
        begun = client.time.now
        assert client.call(*ACTS[0]) is Kind.BUSY
        assert client.time.now - begun < 1
        assert isinstance(client.call(*ACTS[0]), httpx.Response)
        assert client.time.now - begun >= 5
    assert "Senk kall_i_sekundet" in client.log.troubles[0].remedy


def test_retry_after_has_a_bound(polite: Callable[..., Polite]) -> None:
    """Who asks for an hour is not called sooner, and not waited for either."""
    with wild_server() as server:
        server.behave = answering(429, Retry_After="3600")
        client = polite(f"http://127.0.0.1:{server.port}")
        assert client.call(*READS[0]) is Kind.BUSY
    assert len(server.heard) == 1
    assert sum(client.time.slept) < 1


def test_attempts_of_one(polite: Callable[..., Polite]) -> None:
    with wild_server() as server:
        server.behave = page(502)
        assert polite(f"http://127.0.0.1:{server.port}", attempts=1).call(*READS[0]) is Kind.GATEWAY
    assert len(server.heard) == 1


def test_limit_by_the_clock() -> None:
    """Never more than five in a second, however the calls come."""
    time = Time()
    limit = Limit(5, monotonic=time.monotonic, sleep=time.sleep)
    at = []
    for number in range(30):
        if number == 15:
            time.now += 10
        limit.take()
        at.append(time.now)
    assert at[0] == 1000.0
    assert all(later - first >= 1 - 1e-6 for first, later in zip(at, at[5:], strict=False))
    # A quiet time is not saved up for a crowd, and costs nothing either.
    assert at[15] == pytest.approx(at[14] + 10)


def test_limit_for_real(tmp_path: Path) -> None:
    """All clients of a run share it: three threads with a client each."""
    times: list[float] = []

    def note(connection: socket.socket) -> None:
        times.append(monotonic())
        answering(200)(connection)

    with wild_server() as server:
        server.behave = note
        journal = Journal(tmp_path / "journal.sqlite", mask=Mask(), clock=system_clock)
        manners = Manners(limit=Limit(20), attempts=1, log=NetworkLog(journal), base_path="")
        url = f"http://127.0.0.1:{server.port}"

        def work() -> None:
            with httpx.Client(transport=manners.round(Connection().transport(url))) as client:
                for _ in range(7):
                    client.get(url)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        journal.close()
    assert len(times) == 21
    took = max(times) - min(times)
    assert took >= 20 / 20 - 0.05


def test_journal_says_why(polite: Callable[..., Polite]) -> None:
    with wild_server() as server:
        server.behave = page(502)
        client = polite(f"http://127.0.0.1:{server.port}")
        client.call(*ACTS[0])
    [entry] = [each for each in read_entries(client.journal.path) if each.kind == "network"]
    assert entry.data["why"] == (
        "Nådde ikke ePROM: en gateway foran 127.0.0.1 svarte 502 med en nettside, for den nådde ikke ePROM."
    )
    assert json.dumps(entry.data, ensure_ascii=False).count(entry.data["exchange"]) == 1
