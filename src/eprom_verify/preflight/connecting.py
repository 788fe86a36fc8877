"""What is said of the way to an environment: the proxy, our certificate, and theirs."""

from __future__ import annotations

from pathlib import Path

import httpx
from cryptography import x509

from eprom_verify.config import Config
from eprom_verify.journal.connection import Connection
from eprom_verify.network import trouble_of
from eprom_verify.network_kinds import Kind
from eprom_verify.preflight.address import described, valid
from eprom_verify.preflight.calling import Answer, NoAnswer
from eprom_verify.preflight.finding import Finding, fine, wrong


def own_side(connection: Connection, base: str) -> list[Finding]:
    """The proxy that calls go through, and the certificate that they are made with."""
    found = []
    proxy = connection.proxy_to(base)
    if proxy is not None:
        login = ", med innlogging" if proxy.login else ""
        found.append(fine(f"Kallene går gjennom proxyen {proxy.address} ({proxy.named_in}){login}."))
    if connection.client_certificate:
        own = x509.load_pem_x509_certificates(Path(connection.client_certificate).read_bytes())[0]
        found.append(valid(own, f"Klientsertifikatet {own.subject.rfc4514_string()}"))
    return found


def other_side(connection: Connection, base: str, answer: Answer) -> list[Finding]:
    """The environment's certificate, and by whom it was found good."""
    if not answer.certificate:
        return []
    theirs = x509.load_der_x509_certificate(answer.certificate)
    return [valid(theirs, f"Sertifikatet til {httpx.URL(base).host}", by=f", og godkjent av {connection.trusts}")]


def not_reached(config: Config, connection: Connection, exc: NoAnswer) -> Finding:
    """Why the environment did not answer, and what to do."""
    base = config.api_base
    proxy = connection.proxy_to(base)
    cause = exc.__cause__ or exc
    if not isinstance(cause, httpx.TransportError):
        return wrong(f"{base}: {exc}.", "Prøv igjen; er miljøet nede, må kjøringen vente.")
    trouble = trouble_of(cause, base, proxy=proxy.address if proxy else "")
    text, remedy = trouble.text, trouble.remedy
    if trouble.kind is Kind.CERTIFICATE:
        url = httpx.URL(base)
        issuer = "" if proxy else described(url.host, url.port or 443)
        text = f"{text.removesuffix('.')}{issuer}. Godkjennes av {connection.trusts}."
    known = config.known_environment
    reach = f" {known.name} nås fra {known.reach}." if known else ""
    return wrong(text, f"{remedy}{reach}")
