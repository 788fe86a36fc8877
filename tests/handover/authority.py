"""Throw-away authorities, signatories and a time-stamping service, and the documents that they sign."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import typst
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eprom_verify.handover.signatory import Pkcs12, Signatory, open_signatory

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
PASSPHRASE = "".join(("åpne", " deg"))
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """One key of a size for each number: they take long to make."""
    return rsa.generate_private_key(65537, bits)


def name_of(common: str, **more: str) -> x509.Name:
    told = {"common_name": common, **more}
    return x509.Name([x509.NameAttribute(getattr(NameOID, each.upper()), value) for each, value in told.items()])


@dataclass
class Identity:
    """A key and its certificate, and whoever vouches for it."""

    key: Key
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def pkcs8(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def pem_key(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def p12(self, passphrase: str = PASSPHRASE) -> bytes:
        locked: Any = serialization.NoEncryption()
        if passphrase:
            locked = serialization.BestAvailableEncryption(passphrase.encode())
        return pkcs12.serialize_key_and_certificates(b"signatory", self.key, self.certificate, self.chain, locked)


@dataclass
class Authority:
    """Issues certificates; they are valid from ten days ago, and for a year."""

    name: str = "Prøve-CA"
    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.own = self._made(
            name_of(self.name), self.key, days=(-3000, 3000), usage=("key_cert_sign", "crl_sign"), ca=True
        )
        self.identity = Identity(self.key, self.own)

    @property
    def trusted(self) -> list[Any]:
        return [asn1(self.own)]

    def issue(
        self,
        common: str = "Integrator AS",
        *,
        key: Key | None = None,
        days: tuple[float, float] = (-10, 365),
        usage: Sequence[str] | None = ("digital_signature", "content_commitment"),
        extended: Sequence[x509.ObjectIdentifier] = (),
        more: Sequence[x509.ExtensionType] = (),
        **names: str,
    ) -> Identity:
        key = key or ec.generate_private_key(ec.SECP256R1())
        made = self._made(name_of(common, **names), key, days=days, usage=usage, extended=extended, more=more)
        return Identity(key, made, (self.own,))

    def _made(
        self,
        name: x509.Name,
        key: Key,
        *,
        days: tuple[float, float],
        usage: Sequence[str] | None,
        ca: bool = False,
        extended: Sequence[x509.ObjectIdentifier] = (),
        more: Sequence[x509.ExtensionType] = (),
    ) -> x509.Certificate:
        building = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name_of(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + days[0] * DAY)
            .not_valid_after(NOW + days[1] * DAY)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if usage is not None:
            building = building.add_extension(x509.KeyUsage(**{each: each in usage for each in USAGES}), critical=True)
        if extended:
            building = building.add_extension(x509.ExtendedKeyUsage(extended), critical=True)
        for each in more:
            building = building.add_extension(each, critical=False)
        return building.sign(self.key, hashes.SHA256())


def asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto import x509 as parsed

    return parsed.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def opened(identity: Identity, folder: Path, stack: ExitStack, *, moment: datetime | None = None) -> Signatory:
    """A signatory as it is opened from a file, until the stack is closed."""
    path = folder / f"{identity.certificate.serial_number}.p12"
    path.write_bytes(identity.p12(""))
    return stack.enter_context(open_signatory(Pkcs12(path=path), moment=moment))


def protocol(text: str = "Godkjent", *, standards: Sequence[str] = ("a-3a", "ua-1"), pages: int = 1) -> bytes:
    """A document as runs leave them."""
    body = (
        f'#set document(title: "Protokoll")\n#set text(lang: "nb")\n= Protokoll\n{text}\n'
        + "#pagebreak()\nMer\n" * (pages - 1)
    )
    made = typst.Compiler(body.encode(), ignore_system_fonts=True).compile(pdf_standards=list(standards))
    assert isinstance(made, bytes)
    return made


@dataclass
class TimeStamping:
    """A time-stamping service (RFC 3161), and whatever else it may be told to answer."""

    identity: Identity
    at: datetime | None = None
    answer: Response | None = None
    refuse: bool = False
    asked: list[bytes] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/tsa", self._stamp, methods=["POST"])])

    async def _stamp(self, request: Request) -> Response:
        from asn1crypto import keys, tsp
        from pyhanko.sign.timestamps import DummyTimeStamper

        assert request.headers["content-type"] == "application/timestamp-query"
        self.asked.append(await request.body())
        if self.answer is not None:
            return self.answer
        stamper = DummyTimeStamper(
            asn1(self.identity.certificate), keys.PrivateKeyInfo.load(self.identity.pkcs8), fixed_dt=self.at
        )
        given = stamper.request_tsa_response(tsp.TimeStampReq.load(self.asked[-1]))
        if self.refuse:
            given = tsp.TimeStampResp({"status": {"status": "rejection", "status_string": ["stengt"]}})
        return Response(given.dump(), media_type="application/timestamp-reply")


def time_stamping(authority: Authority, **told: Any) -> TimeStamping:
    issued = authority.issue(
        "Tidsstempling AS",
        key=rsa_key(number=1),
        usage=("digital_signature",),
        extended=[ExtendedKeyUsageOID.TIME_STAMPING],
    )
    return TimeStamping(issued, **told)
