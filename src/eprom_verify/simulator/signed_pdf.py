"""Makes the signed document: a PDF of the filled-in form, and a PAdES signature on it.

ePROM's documentation says only that it is a PDF with an electronic signature (SkjemaSomKreverSignatur, Mottak). The
libraries are imported when the first document is made, for they take longer to load than all else in a run.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from eprom_verify.clock import Clock

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Signatur"
_SIGNER = "eprom-verify testsignatur"
_NORWAY = ZoneInfo("Europe/Oslo")
_VALID_BEFORE = timedelta(days=1)
_VALID_AFTER = timedelta(days=3650)
_SIGNATURE_ROOM = 8192
"""Hexadecimal digits that the signature may take; with a certificate as ours it takes about 2,400."""


@dataclass(frozen=True, kw_only=True)
class FilledForm:
    """A form as it was signed: its questions and answers, by whom, when, and with what words."""

    title: str
    order_id: str
    signer: str
    national_id: str
    signed_at: datetime
    signing_text: str
    answers: Mapping[str, Any]


def page_of(form: FilledForm) -> bytes:
    """The form as a PDF, unsigned."""
    import typst

    told = {
        "title": form.title or "Skjema",
        "order": form.order_id,
        "signer": form.signer,
        "nationalId": form.national_id,
        "signedAt": form.signed_at.astimezone(_NORWAY).strftime("%d.%m.%Y kl. %H.%M.%S"),
        "signingText": form.signing_text,
        "answers": [[name, _words(value)] for name, value in form.answers.items()],
    }
    template = files(__package__).joinpath("signed_form.typ").read_bytes()
    # Only the fonts that come with typst, so that the page is the same on every machine.
    compiler = typst.Compiler(template, ignore_system_fonts=True, sys_inputs={"form": json.dumps(told)})
    made = compiler.compile()
    assert isinstance(made, bytes)
    return made


class Seal:
    """Signs with a throw-away key and a certificate of its own making, both made when they are first needed.

    The certificate is valid from the day before that, by the clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()

    @property
    def certificate(self) -> bytes:
        """The certificate, in DER: who checks a signature has to be told to trust it."""
        with self._lock:
            certificate = self._signer.signing_cert
        assert certificate is not None
        made: bytes = certificate.dump()
        return made

    def sign(self, pdf: bytes, form: FilledForm) -> bytes:
        """The PDF with a signature that allows no change after it."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
        from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

        class SignerThen(PdfSigner):
            """Signs at the time that the simulator's clock shows."""

            def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
                session = super().init_signing_session(pdf_out, existing_fields_only)
                session.system_time = form.signed_at
                return session

        meta = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            name=form.signer,
            reason=form.signing_text,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        with self._lock:
            # Told how much room it needs, it need not sign twice to find out.
            signed = SignerThen(meta, self._signer).sign_pdf(
                IncrementalPdfFileWriter(BytesIO(pdf)), bytes_reserved=_SIGNATURE_ROOM
            )
        made: bytes = signed.getvalue()
        return made

    @cached_property
    def _signer(self) -> SimpleSigner:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import pkcs12
        from cryptography.x509.oid import NameOID
        from pyhanko.sign.signers import SimpleSigner

        now = self._clock()
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _SIGNER)])
        usage = dict.fromkeys(
            (
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _VALID_BEFORE)
            .not_valid_after(now + _VALID_AFTER)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
            .sign(key, hashes.SHA256())
        )
        bundle = pkcs12.serialize_key_and_certificates(None, key, certificate, None, serialization.NoEncryption())
        signer = SimpleSigner.load_pkcs12_data(bundle, other_certs=[])
        assert isinstance(signer, SimpleSigner)
        return signer


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "Ja" if value else "Nei"
    if value is None:
        return "(ikke besvart)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
