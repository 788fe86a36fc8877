"""Whoever signs: a key and its certificate, from a PKCS#12 file or behind PKCS#11 (a card, a token or an HSM).

pyHanko is loaded when the first key is opened, for that takes longer than all else here.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eprom_verify.errors import UsageProblem

if TYPE_CHECKING:
    from asn1crypto import x509
    from pyhanko.sign.signers import Signer

PASSPHRASE_VARIABLE = "EPROM_VERIFY_SIGN_PASSPHRASE"  # noqa: S105 (where it is, not what it is)
PIN_VARIABLE = "EPROM_VERIFY_SIGN_PIN"
SMALLEST_RSA_BITS = 2048
"""What is smaller is refused when a signature is checked, so it is refused here too."""

_NAMED = ("common_name", "organization_name")
_ORGANISATION_NUMBER_LENGTH = 9


@dataclass(frozen=True, kw_only=True)
class Pkcs12:
    """A PKCS#12 file (.p12, .pfx) and where its passphrase is found.

    The first that is there counts: the file, the environment variable, the question. With none of them, the file is
    taken to have no passphrase. `ask` gives the passphrase, and is given what to ask.
    """

    path: Path
    passphrase_file: Path | None = None
    passphrase_variable: str = PASSPHRASE_VARIABLE
    ask: Callable[[str], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Pkcs11:
    """A key behind a PKCS#11 library: the library's file, the token's label, and the labels of certificate and key.

    `key` is the certificate's label unless it is given. The PIN comes from the environment variable, else from `ask`.
    """

    module: Path
    token: str
    certificate: str
    key: str = ""
    pin_variable: str = PIN_VARIABLE
    ask: Callable[[str], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """A key that can sign, for as long as it is open."""

    certificate: x509.Certificate
    signer: Signer = field(repr=False)

    @property
    def name(self) -> str:
        """Whom the certificate is for, fit for reading."""
        return readable_name(self.certificate.subject)


@contextmanager
def open_signatory(source: Pkcs12 | Pkcs11, *, moment: datetime | None = None) -> Iterator[Signatory]:
    """Open a key for signing; `moment` is when the certificate must be valid, now unless it is given.

    Raises:
        UsageProblem: there is no such file, library, token or key, the passphrase or PIN is wrong, or the certificate
            cannot be used for signing at that moment.
    """
    silence_pyhanko()
    with _from_pkcs12(source) if isinstance(source, Pkcs12) else _from_pkcs11(source) as signer:
        certificate = signer.signing_cert
        assert certificate is not None
        _must_be_fit(certificate, moment=moment or datetime.now(UTC))
        yield Signatory(certificate=certificate, signer=signer)


def readable_name(name: x509.Name) -> str:
    """A subject or issuer as people know it: name, organisation, and organisation number.

    Serial numbers of persons are left out: in a person's certificate they may be the national id.
    """
    values: dict[str, str] = {}
    for relative in name.chosen:
        for each in relative:
            values.setdefault(each["type"].native, str(each["value"].native))
    shown = [values[key] for key in _NAMED if key in values]
    number = values.get("organization_identifier", values.get("serial_number", ""))
    digits = number.removeprefix("NTRNO-")
    if digits.isdigit() and len(digits) == _ORGANISATION_NUMBER_LENGTH:
        shown.append(digits)
    return ", ".join(dict.fromkeys(shown)) or "(uten navn)"


def silence_pyhanko() -> None:
    """Keep pyHanko's log, stack traces and all, off the terminal of a program that has set up no logging."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


@contextmanager
def _from_pkcs12(source: Pkcs12) -> Iterator[Signer]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs12

    data = _bytes_of(source.path, "Sertifikatfilen")
    passphrase = _passphrase(source)
    try:
        bundle = pkcs12.load_pkcs12(data, passphrase.encode() if passphrase else None)
    except UnsupportedAlgorithm as exc:
        raise UsageProblem(
            f"Sertifikatfilen {source.path} er kryptert på en måte som ikke støttes.",
            "Eksporter den på nytt med en nyere kryptering (AES-256).",
        ) from exc
    except ValueError as exc:
        raise _unopened(source, data, passphrase) from exc
    if bundle.key is None:
        raise UsageProblem(
            f"Sertifikatfilen {source.path} har ingen privat nøkkel.", "Eksporter sertifikatet sammen med nøkkelen."
        )
    if bundle.cert is None:
        raise UsageProblem(
            f"Sertifikatfilen {source.path} har ikke noe sertifikat som hører til nøkkelen.",
            "Eksporter nøkkelen sammen med sertifikatet sitt.",
        )
    yield _signer_of(bundle)


def _signer_of(bundle: Any) -> Signer:
    from pyhanko.keys.internal import (
        translate_pyca_cryptography_cert_to_asn1,
        translate_pyca_cryptography_key_to_asn1,
    )
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    chain = SimpleCertificateStore()
    chain.register_multiple(
        [translate_pyca_cryptography_cert_to_asn1(each.certificate) for each in bundle.additional_certs]
    )
    return SimpleSigner(
        signing_cert=translate_pyca_cryptography_cert_to_asn1(bundle.cert.certificate),
        signing_key=translate_pyca_cryptography_key_to_asn1(bundle.key),
        cert_registry=chain,
    )


def _unopened(source: Pkcs12, data: bytes, passphrase: str) -> UsageProblem:
    """Why a file could not be opened: it is something else, or the passphrase is."""
    from asn1crypto.pkcs12 import Pfx

    try:
        assert Pfx.load(data, strict=True)["version"].native == "v3"
        assert Pfx.load(data)["auth_safe"]["content_type"].native
    except (ValueError, TypeError, AssertionError):
        return UsageProblem(
            f"{source.path} er ikke en sertifikatfil i formatet PKCS#12 (.p12 eller .pfx).",
            "Be utstederen av sertifikatet om en slik fil.",
        )
    if passphrase:
        return UsageProblem(f"Feil passfrase til sertifikatfilen {source.path}.", "Se over den, og prøv igjen.")
    return UsageProblem(
        f"Sertifikatfilen {source.path} er låst med en passfrase.",
        f"Sett miljøvariabelen {source.passphrase_variable}, eller legg passfrasen i en fil utenfor prosjektet.",
    )


def _passphrase(source: Pkcs12) -> str:
    if source.passphrase_file is not None:
        return _text_of(source.passphrase_file).rstrip("\r\n")
    return os.environ.get(source.passphrase_variable) or _answer(source.ask, f"Passfrase til {source.path.name}: ")


def _answer(ask: Callable[[str], str] | None, question: str) -> str:
    return ask(question) if ask else ""


def _bytes_of(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise UsageProblem(f"{what} {path} finnes ikke.", "Se over stien.") from exc
    except OSError as exc:
        raise UsageProblem(f"{what} {path} kan ikke leses ({exc.strerror}).", "Se over stien og rettighetene.") from exc


def _text_of(path: Path) -> str:
    try:
        return _bytes_of(path, "Passfrasefilen").decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UsageProblem(f"Passfrasefilen {path} er ikke tekst i UTF-8.", "Lagre den på nytt.") from exc


@contextmanager
def _from_pkcs11(source: Pkcs11) -> Iterator[Signer]:
    try:
        import pkcs11
        from pyhanko.sign.pkcs11 import PKCS11Signer
    except ImportError as exc:
        raise UsageProblem(
            "Støtte for PKCS#11 er ikke installert.", 'Installer den med: pip install "eprom-verify[pkcs11]"'
        ) from exc

    with _session(source) as session:
        signer = PKCS11Signer(
            session,
            cert_label=source.certificate,
            key_label=source.key or source.certificate,
            ca_chain=_authorities(session),
        )
        try:
            # Hashing on the machine: many tokens cannot hash for elliptic curves.
            signer.use_raw_mechanism = signer.signing_cert.public_key.algorithm == "ec"
        except pkcs11.PKCS11Error as exc:
            wanted = f"sertifikatet «{source.certificate}» med nøkkelen «{source.key or source.certificate}»"
            raise UsageProblem(
                f"Fant ikke {wanted} på «{source.token}» ({_kind(exc)}).",
                f"Se over merkelappene (labels), og at PIN-en er satt i {source.pin_variable}.",
            ) from exc
        yield signer


@contextmanager
def _session(source: Pkcs11) -> Iterator[Any]:
    import pkcs11
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import open_pkcs11_session

    if not source.module.is_file():
        raise UsageProblem(f"PKCS#11-biblioteket {source.module} finnes ikke.", "Se over stien.")
    pin = os.environ.get(source.pin_variable) or _answer(source.ask, f"PIN til {source.token}: ")
    try:
        session = open_pkcs11_session(
            str(source.module), token_criteria=TokenCriteria(label=source.token), user_pin=pin or None
        )
    except (pkcs11.exceptions.PinIncorrect, pkcs11.exceptions.PinLenRange, pkcs11.exceptions.PinInvalid) as exc:
        raise UsageProblem(f"Feil PIN til «{source.token}».", "For mange feil sperrer den: se over PIN-en.") from exc
    except pkcs11.exceptions.PinLocked as exc:
        raise UsageProblem(
            f"PIN-en til «{source.token}» er sperret.", "Lås den opp med leverandørens verktøy."
        ) from exc
    except (pkcs11.PKCS11Error, RuntimeError) as exc:
        raise UsageProblem(
            f"Kom ikke inn på «{source.token}» gjennom {source.module} ({_kind(exc)}).",
            f"Er kortet satt i, og er PIN-en satt i {source.pin_variable}?",
        ) from exc
    with session:
        yield session


def _authorities(session: Any) -> list[x509.Certificate]:
    """The authorities' certificates on a token; what else lies there is nobody's business."""
    from asn1crypto import x509
    from pkcs11 import Attribute, ObjectClass

    there = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
    return [each for each in (x509.Certificate.load(one[Attribute.VALUE]) for one in there) if each.ca]


def _kind(exc: Exception) -> str:
    return str(exc) or type(exc).__name__


def _must_be_fit(certificate: x509.Certificate, *, moment: datetime) -> None:
    who = f"Sertifikatet til {readable_name(certificate.subject)}"
    if moment > certificate.not_valid_after:
        raise UsageProblem(
            f"{who} gikk ut {certificate.not_valid_after:%d.%m.%Y}.", "Signer med et sertifikat som er gyldig."
        )
    if moment < certificate.not_valid_before:
        raise UsageProblem(
            f"{who} gjelder først fra {certificate.not_valid_before:%d.%m.%Y}.",
            "Se over klokken på maskinen, eller bruk et annet sertifikat.",
        )
    usage = certificate.key_usage_value
    if usage is not None and not set(usage.native) & {"digital_signature", "non_repudiation"}:
        raise UsageProblem(
            f"{who} er ikke utstedt for signering.", "Virksomhetssertifikater kommer ofte i par: bruk det andre."
        )
    key = certificate.public_key
    if key.algorithm == "rsa" and key.bit_size < SMALLEST_RSA_BITS:
        raise UsageProblem(
            f"{who} har en RSA-nøkkel på {key.bit_size} biter, som er for svak.",
            f"Bruk et sertifikat med minst {SMALLEST_RSA_BITS} biter.",
        )
