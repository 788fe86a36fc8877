"""Sorts what goes wrong with a call into theirs, ours and the network's."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from enum import Enum

import httpx


class Whose(Enum):
    """Whose fault it is that a call did not come to an answer that can be judged."""

    THEIRS = "theirs"
    OURS = "ours"
    NETWORK = "network"


class Kind(Enum):
    """What happened to a call."""

    NO_NAME = "the host's name is not known"
    REFUSED = "nobody listens"
    UNREACHABLE = "no way there"
    NOT_CONNECTED = "no connection, for another reason"
    CONNECT_TIMEOUT = "no connection in time"
    READ_TIMEOUT = "no answer in time"
    WRITE_TIMEOUT = "the request was not taken in time"
    BROKEN_OFF = "the connection broke"
    CERTIFICATE = "the server's certificate is not trusted"
    CLIENT_CERTIFICATE = "the server refuses our certificate, or the lack of one"
    TLS = "no TLS that can be used"
    PROXY_LOGIN = "the proxy wants to know who we are"
    PROXY = "the proxy does not let the call through"
    GATEWAY = "a gateway answers, since ePROM does not"
    PORTAL = "a web page answers in ePROM's place"
    BUSY = "too many calls"
    GARBLED = "the answer is not packed as it says"
    NOT_SENT = "the call was never made"


_ALERTS = ("ALERT", "HANDSHAKE_FAILURE")
"""In OpenSSL's word for what the other side said; our own complaints have none of these."""


def whose(kind: Kind) -> Whose:
    """Whose fault it is when this happens."""
    if kind is Kind.GARBLED:
        return Whose.THEIRS
    return Whose.OURS if kind is Kind.NOT_SENT else Whose.NETWORK


def kind_of(exc: BaseException) -> Kind:
    """What an exception from a call says that has happened."""
    causes = list(_causes(exc))
    for cause, kind in ((socket.gaierror, Kind.NO_NAME), (ssl.SSLCertVerificationError, Kind.CERTIFICATE)):
        if any(isinstance(each, cause) for each in causes):
            return kind
    tls = next((each for each in causes if isinstance(each, ssl.SSLError)), None)
    if tls is not None and any(word in (tls.reason or "") for word in _ALERTS):
        return Kind.CLIENT_CERTIFICATE if _certificate_alert(tls.reason or "") else Kind.TLS
    if tls is not None and not isinstance(exc, httpx.ReadError | httpx.WriteError | httpx.TimeoutException):
        return Kind.TLS
    if isinstance(exc, httpx.ProxyError):
        return Kind.PROXY_LOGIN if str(exc).startswith("407") else Kind.PROXY
    return _connection_kind(exc, causes)


def _certificate_alert(reason: str) -> bool:
    return any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE", "ACCESS_DENIED"))


def _connection_kind(exc: BaseException, causes: list[BaseException]) -> Kind:
    connecting = not isinstance(exc, httpx.TransportError) or isinstance(exc, httpx.ConnectError)
    if connecting and any(isinstance(each, ConnectionRefusedError) for each in causes):
        return Kind.REFUSED
    numbers = {each.errno for each in causes if isinstance(each, OSError)}
    if connecting and numbers & {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN}:
        return Kind.UNREACHABLE
    match exc:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return Kind.CONNECT_TIMEOUT
        case httpx.WriteTimeout():
            return Kind.WRITE_TIMEOUT
        case httpx.TimeoutException() | TimeoutError():
            return Kind.READ_TIMEOUT
        case httpx.DecodingError():
            return Kind.GARBLED
        case httpx.ConnectError():
            return Kind.NOT_CONNECTED
        case httpx.LocalProtocolError() | httpx.UnsupportedProtocol():
            return Kind.NOT_SENT
        case httpx.TransportError() | ConnectionError():
            return Kind.BROKEN_OFF
    return Kind.NOT_SENT


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while exc is not None and seen < 10:
        yield exc
        seen += 1
        exc = exc.__cause__ or exc.__context__


UNTRUSTED = {
    9: "gjelder ikke ennå",
    10: "er utløpt",
    18: "er utstedt av seg selv (selvsignert)",
    19: "er utstedt av en utsteder som maskinen ikke stoler på",
    20: "er utstedt av en utsteder som maskinen ikke stoler på",
    21: "er utstedt av en utsteder som maskinen ikke stoler på",
    62: "gjelder ikke dette vertsnavnet",
    64: "gjelder ikke denne adressen",
}
"""What is wrong with a certificate, by the numbers that OpenSSL gives (X509_V_ERR_…)."""


def verify_code(exc: BaseException) -> int:
    """What OpenSSL says is wrong with a certificate; 0 when it does not say."""
    found = next((each for each in _causes(exc) if isinstance(each, ssl.SSLCertVerificationError)), None)
    return int(getattr(found, "verify_code", 0) or 0)
