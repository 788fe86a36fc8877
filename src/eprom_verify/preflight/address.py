"""Whether an address can be reached at all: its host, its port, and its certificate."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime

import httpx
from cryptography import x509

from eprom_verify.clock import system_clock
from eprom_verify.network_kinds import UNTRUSTED
from eprom_verify.preflight.calling import LIMIT_S, SHOWN, NoAnswer, why, within
from eprom_verify.preflight.finding import Finding, fine, note, wrong

SOON_DAYS = 30

_TRUST = (
    "Bruk et sertifikat som maskinen stoler på, eller pek SSL_CERT_FILE på utstederen. Mot simulatoren holder http://. "
    "Kontrollen kan ikke slås av: ePROM har den også."
)


def reached(url: str, key: str) -> list[Finding]:
    """What is to be said of an address; the last finding is a wrong one when it cannot be called. `key` is where it
    stands in the configuration."""
    try:
        parts = httpx.URL(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if parts.scheme == "https":
            return within(2 * LIMIT_S + 1, lambda: _certified(parts.host, port, f"{parts.host}:{port}"))
        within(LIMIT_S + 1, lambda: socket.create_connection((parts.host, port), timeout=LIMIT_S).close())
    except (NoAnswer, OSError, UnicodeError, httpx.InvalidURL) as exc:
        reason = str(exc) if isinstance(exc, NoAnswer) else why(exc)
        return [wrong(f"{url}: {reason}.", f"Start systemet, og sjekk {key} i oppsettet.")]
    return []


def _certified(host: str, port: int, where: str) -> list[Finding]:
    try:
        return [valid(_certificate(host, port, httpx.create_ssl_context()), f"Sertifikatet til {where}")]
    except ssl.SSLCertVerificationError as exc:
        reason = UNTRUSTED.get(exc.verify_code, "kan ikke godkjennes")
        return [wrong(f"Sertifikatet til {where} {reason}{described(host, port)}.", _TRUST)]
    except ssl.SSLError:
        return [wrong(f"{where} svarer ikke med TLS.", "Skal adressen begynne med http:// i stedet for https://?")]


def described(host: str, port: int) -> str:
    """Who issued a certificate that is not trusted, and until when it holds."""
    # Nothing is sent to whom this finds: it is only to be told what was wrong.
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname = False
    anything.verify_mode = ssl.CERT_NONE
    try:
        found = _certificate(host, port, anything)
    except (OSError, ValueError):
        return ""
    return f" (utstedt av {_issuer(found)}, gyldig til {_day(found.not_valid_after_utc)})"


def _certificate(host: str, port: int, context: ssl.SSLContext) -> x509.Certificate:
    with (
        socket.create_connection((host, port), timeout=LIMIT_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")


def valid(found: x509.Certificate, what: str, *, by: str = "") -> Finding:
    """Who issued a certificate and how long it holds; `by` is whom we trust for it."""
    expires = found.not_valid_after_utc
    text = f"{what} er utstedt av {_issuer(found)} og gyldig til {_day(expires)}"
    days = (expires - system_clock()).days
    if days < 0:
        return wrong(f"{text}: det er utløpt.", _RENEW)
    if days < SOON_DAYS:
        return note(f"{text}: {days} dager igjen.", _RENEW)
    return fine(f"{text}{by}.")


_RENEW = "Forny det før det går ut."


def _issuer(found: x509.Certificate) -> str:
    names = (
        each
        for oid in (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME)
        for each in found.issuer.get_attributes_for_oid(oid)
    )
    return ", ".join(dict.fromkeys(str(each.value) for each in names))[:SHOWN] or "ukjent utsteder"


def _day(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y}"
