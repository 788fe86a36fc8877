"""Certificates and clocks: servers that are right in all but those."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from eprom_verify.preflight.finding import Mark, may_begin
from tests.preflight.conftest import KEY, TOKEN, Examine

Serve = Callable[..., str]


class Handler(BaseHTTPRequestHandler):
    """A right system, but for the time of day that it tells."""

    protocol_version = "HTTP/1.1"
    date = staticmethod(lambda: format_datetime(datetime.now(UTC), usegmt=True))

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = body.get("apiKey") == KEY
        self._answer(200 if right else 401, {"success": right})

    def do_GET(self) -> None:
        right = self.headers["Authorization"] == f"Bearer {TOKEN}"
        found = {"capabilities": ["order-form"]} if self.path.endswith("/capabilities") else None
        self._answer(401 if not right else 200 if found else 404, found)

    def _answer(self, status: int, members: object) -> None:
        content = json.dumps(members).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.date()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves until the test is done; gives the port."""
    running: list[ThreadingHTTPServer] = []

    def start(*, date: Callable[[], str] = Handler.date, tls: ssl.SSLContext | None = None) -> int:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Dated", (Handler,), {"date": staticmethod(date)}))
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server.server_address[1]

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def at(offset: timedelta) -> Callable[[], str]:
    return lambda: format_datetime(datetime.now(UTC) + offset, usegmt=True)


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (timedelta(minutes=10), ("går 10 min 0 s foran", "går 9 min 59 s foran", "går 9 min 58 s foran")),
        (timedelta(minutes=-2), ("går 2 min 0 s etter", "går 2 min 1 s etter", "går 2 min 2 s etter")),
        (timedelta(hours=-5), ("går 5 timer etter",)),
    ],
)
def test_clock(examine: Examine, serve: Serve, offset: timedelta, words: tuple[str, ...]) -> None:
    found = examine(f"http://127.0.0.1:{serve(date=at(offset))}")
    told = [each for each in found.notes if "Klokken" in each.text]
    # Once of the system, once of its hook.
    assert len(told) == 2
    assert all(any(each in finding.text for each in words) for finding in told)
    assert "NTP" in told[0].remedy
    assert may_begin(found.sections)


@pytest.mark.parametrize("date", ["", "i går", "Thu, 99 Foo 2026 10:00:00 GMT"])
def test_strange_date(examine: Examine, serve: Serve, date: str) -> None:
    found = examine(f"http://127.0.0.1:{serve(date=lambda: date)}")
    assert not any("Klokken" in each.text for each in found.notes)
    assert may_begin(found.sections)


def certificate(
    folder: Path,
    *,
    name: str = "127.0.0.1",
    begins: timedelta = timedelta(days=-2),
    ends: timedelta = timedelta(days=365),
    organisation: str = "Prøveutsteder",
) -> Path:
    """A certificate that has issued itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "prøve"),
        ]
    )
    now = datetime.now(UTC)
    alternative: x509.GeneralName = (
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def served_with(path: Path, serve: Serve) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return f"https://127.0.0.1:{serve(tls=context)}"


def test_self_signed(examine: Examine, serve: Serve, tmp_path: Path) -> None:
    base = served_with(certificate(tmp_path), serve)
    found = examine(base)
    first, *_ = found.of("Bestillersystem")
    assert first.mark is Mark.WRONG
    assert first.text.startswith(
        f"Sertifikatet til {base.removeprefix('https://')} er utstedt av seg selv (selvsignert) "
        "(utstedt av Prøveutsteder, prøve, gyldig til "
    )
    assert "SSL_CERT_FILE" in first.remedy
    assert len(found.faults) == 2


def test_trusted(examine: Examine, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    found = examine(served_with(path, serve))
    assert found.faults == []
    first, second, *_ = found.of("Bestillersystem")
    assert first.mark is Mark.FINE
    assert "er utstedt av Prøveutsteder, prøve og gyldig til" in first.text
    assert "med riktig API-nøkkel, og avviser en annen" in second.text


@pytest.mark.parametrize(
    ("changes", "mark", "words"),
    [
        ({"ends": timedelta(days=5)}, Mark.NOTE, ": 4 dager igjen."),
        ({"begins": timedelta(days=-9), "ends": timedelta(days=-1)}, Mark.WRONG, " er utløpt (utstedt av "),
        ({"name": "register.example.invalid"}, Mark.WRONG, " gjelder ikke denne adressen (utstedt av "),
        ({"ends": timedelta(days=5), "organisation": "\x1b[2J" + 60 * "A"}, Mark.NOTE, ": 4 dager igjen."),
    ],
)
def test_certificate(
    examine: Examine,
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, timedelta],
    mark: Mark,
    words: str,
) -> None:
    path = certificate(tmp_path, **changes)  # type: ignore[arg-type]
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    first, *_ = examine(served_with(path, serve)).of("Bestillersystem")
    assert (first.mark, words in first.text) == (mark, True), first


def test_no_tls(examine: Examine, serve: Serve) -> None:
    first, *_ = examine(f"https://127.0.0.1:{serve()}").of("Bestillersystem")
    assert first.mark is Mark.WRONG
    assert "svarer ikke med TLS" in first.text
    assert first.remedy == "Skal adressen begynne med http:// i stedet for https://?"
