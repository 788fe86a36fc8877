"""Throw-away certificates: an issuer that nobody else knows, and what it has issued."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Issued:
    """Files in PEM: a server's certificate and its key, and the certificate of who issued it."""

    certificate: Path
    key: Path
    issuer: Path


def issue(folder: Path, *, password: str = "", address: str = "127.0.0.1") -> Issued:
    """Make an issuer, and let it issue a certificate for an address."""
    folder.mkdir(parents=True, exist_ok=True)
    issuer_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Prøveutsteder")])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "prøven")])
    now = datetime.now(UTC)

    def begun(name: x509.Name, of: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    root = begun(issuer, issuer_key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")])
    leaf = begun(subject, key).add_extension(names, critical=False)
    pem, locked = serialization.Encoding.PEM, serialization.NoEncryption()
    coding = serialization.BestAvailableEncryption(password.encode()) if password else locked
    made = Issued(folder / "sertifikat.pem", folder / "nokkel.pem", folder / "utsteder.pem")
    made.issuer.write_bytes(root.sign(issuer_key, hashes.SHA256()).public_bytes(pem))
    made.certificate.write_bytes(leaf.sign(issuer_key, hashes.SHA256()).public_bytes(pem))
    made.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, coding))
    return made
