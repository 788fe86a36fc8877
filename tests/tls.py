"""A throw-away certificate authority, servers that speak TLS by it or misbehave, and a small forward proxy."""

from __future__ import annotations

import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = timedelta(days=1)


class Authority:
    """Issues certificates to servers and clients; everything is written below a folder."""

    def __init__(self, folder: Path, name: str = "Prøveutsteder") -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._certificate(self._name, self._key, ends=3650 * DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.path = folder / f"{x509.random_serial_number():x}-ca.pem"
        self.path.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def server(self, name: str = "127.0.0.1", *, ends: timedelta = 365 * DAY) -> Path:
        """The certificate of a server of this name with its key, in one file."""
        alternative = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        return self._issue("server", ends=ends, alternative=alternative)

    def client(self, *, ends: timedelta = 365 * DAY, password: str = "") -> tuple[Path, Path]:
        """The certificate of a client, and its key."""
        whole = self._issue("client", ends=ends, password=password)
        key, _, certificate = whole.read_bytes().partition(b"-----BEGIN CERTIFICATE")
        paths = whole.with_suffix(".crt"), whole.with_suffix(".key")
        paths[0].write_bytes(b"-----BEGIN CERTIFICATE" + certificate)
        paths[1].write_bytes(key)
        return paths

    def _issue(
        self, name: str, *, ends: timedelta, alternative: x509.GeneralName | None = None, password: str = ""
    ) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._certificate(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), key, ends=ends)
        if alternative is not None:
            made = made.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        hidden: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password:
            hidden = serialization.BestAvailableEncryption(password.encode())
        path = self._folder / f"{x509.random_serial_number():x}-{name}.pem"
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
            + made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )
        return path

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, ends: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 1000 * DAY)
            .not_valid_after(now + ends)
        )


def speaking(certificate: Path, *, clients_of: Authority | None = None) -> ssl.SSLContext:
    """What a server speaks TLS with; with `clients_of` it wants a certificate of theirs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if clients_of is not None:
        context.load_verify_locations(clients_of.path)
        context.verify_mode = ssl.CERT_REQUIRED
        # In TLS 1.3 the refusal comes after the handshake, and may be overtaken by the end of the connection.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


Behaviour = Callable[[socket.socket], None]


@dataclass
class Wild:
    """A server whose every connection is treated as it is told; `heard` are the requests that came whole."""

    port: int
    behave: Behaviour = lambda connection: None
    heard: list[bytes] = field(default_factory=list)
    _own: threading.local = field(default_factory=threading.local)

    @property
    def request(self) -> bytes:
        """The request that is being behaved to."""
        found: bytes = self._own.request
        return found

    def treat(self, connection: socket.socket) -> None:
        """Hear a request, and behave to it."""
        if request := read_request(connection):
            self._own.request = request
            self.heard.append(request)
            self.behave(connection)


@contextmanager
def wild_server(tls: ssl.SSLContext | None = None, *, port: int = 0) -> Iterator[Wild]:
    """Reads one request from each connection, and then behaves as it is told."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        listening.settimeout(0.1)
        wild, closing = Wild(listening.getsockname()[1]), threading.Event()

        def serve(connection: socket.socket) -> None:
            with suppress(OSError), connection:
                connection.settimeout(10)
                spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
                with spoken:
                    wild.treat(spoken)

        def accept() -> None:
            while not closing.is_set():
                with suppress(TimeoutError):
                    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield wild
        finally:
            closing.set()
            thread.join()


def read_request(connection: socket.socket) -> bytes:
    """One HTTP request with its body; b"" when the caller hung up first."""
    found = b""
    while b"\r\n\r\n" not in found:
        piece = connection.recv(65536)
        if not piece:
            return b""
        found += piece
        if found.startswith(b"\x16"):
            # Somebody speaks TLS to a server that does not.
            return found
    head, _, body = found.partition(b"\r\n\r\n")
    length = next((int(v) for n, _, v in _headers(head) if n == b"content-length"), 0)
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


def _headers(head: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [(n.strip().lower(), s, v.strip()) for n, s, v in (each.partition(b":") for each in head.split(b"\r\n")[1:])]


def answering(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    """Answer this, and hang up."""

    def answer(connection: socket.socket) -> None:
        told = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in told.items())]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return answer


def page(status: int) -> Behaviour:
    """A web page, as gateways and proxies show."""
    return answering(status, b"<html><body>Bad Gateway</body></html>", Content_Type="text/html")


def resetting(connection: socket.socket) -> None:
    """Break the connection as if the machine had died."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def hanging(connection: socket.socket) -> None:
    """Never answer, until the caller has had enough."""
    with suppress(OSError):
        connection.recv(1)


@dataclass
class ForwardProxy:
    """A forward proxy that speaks CONNECT and forwards plain requests; `login` is what it wants in Basic, "" nothing.

    `asked` are the first lines of what it was asked, `heard` the headers too.
    """

    port: int = 0
    login: str = ""
    refuses: int = 0
    asked: list[str] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def forward_proxy(**told: str | int) -> Iterator[ForwardProxy]:
    """A proxy until the end of the block."""
    with wild_server() as wild:
        proxy = ForwardProxy(wild.port, **told)  # type: ignore[arg-type]

        def behave(connection: socket.socket) -> None:
            request = wild.request
            first = request.partition(b"\r\n")[0].decode()
            proxy.asked.append(first)
            proxy.heard.append(request)
            method, target, _ = first.split()
            if proxy.login and f"proxy-authorization: basic {proxy.login}".lower() not in request.decode().lower():
                page(407)(connection)
            elif proxy.refuses:
                page(proxy.refuses)(connection)
            elif method == "CONNECT":
                host, _, port = target.rpartition(":")
                _tunnel(connection, host, int(port))
            else:
                _forward(connection, request, target)

        wild.behave = behave
        yield proxy


def _tunnel(connection: socket.socket, host: str, port: int) -> None:
    with socket.create_connection((host, port), timeout=10) as far:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while True:
            ready, _, _ = select.select([connection, far], [], [], 10)
            for each in ready:
                piece = each.recv(65536)
                if not piece:
                    return
                (far if each is connection else connection).sendall(piece)
            if not ready:
                return


def _forward(connection: socket.socket, request: bytes, target: str) -> None:
    place, _, path = target.removeprefix("http://").partition("/")
    host, _, port = place.rpartition(":")
    head, _, rest = request.partition(b"\r\n")
    method = head.split()[0]
    with socket.create_connection((host, int(port)), timeout=10) as far:
        far.sendall(method + f" /{path} HTTP/1.1\r\nConnection: close\r\n".encode() + rest)
        while piece := far.recv(65536):
            connection.sendall(piece)
