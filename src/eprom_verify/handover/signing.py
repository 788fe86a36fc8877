"""Signs: a PDF within itself (PAdES), and other files with a signature beside them (CMS).

Nothing that was there is touched: a signature of a PDF is written after its last byte, and the metadata stay as they
are, since pyHanko's way of writing them does not suit PDF/A. The first signature of a PDF certifies it for nothing but
further signatures, and makes the fields that these go into, so that other programs may sign too.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.revisions import Box
from eprom_verify.handover.signatory import Signatory, silence_pyhanko
from eprom_verify.handover.signatures import cms_signature, pdf_signatures

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigFieldSpec
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko.stamp import BaseStampStyle

FIELDS = ("Integrator", "Hemit")
"""The signature fields that are made ready for those who sign, in this order."""

_DIGEST = "sha256"
_NORWAY = ZoneInfo("Europe/Oslo")


def sign_pdf(
    pdf: bytes,
    signatory: Signatory,
    *,
    reason: str,
    location: str,
    tsa_url: str | None = None,
    field: str | None = None,
    boxes: Mapping[str, Box] | None = None,
    moment: datetime | None = None,
) -> bytes:
    """The PDF with one more signature: PAdES B-B, or B-T with a time-stamping authority (RFC 3161).

    `field` is what to sign in, the first of `FIELDS` that is free unless it is given. `boxes` says where fields are
    seen, by name, and counts when they are made: at the first signature. A field without a box is invisible. `moment`
    is when it is signed, now unless it is given.

    Raises:
        UsageProblem: it is no PDF that can be signed, a signature that is there does not hold, the field is taken,
            the time-stamping authority does not answer, or the key does not belong to the certificate.
    """
    silence_pyhanko()
    earlier = pdf_signatures(pdf, trust=None)
    broken = [each for each in earlier if not (each.intact and each.covers)]
    if broken:
        raise UsageProblem(f"PDF-en kan ikke signeres. {broken[0].problem}", "Hent den på nytt fra den som laget den.")
    when = moment or datetime.now(UTC)
    with _refusals_told(), TemporaryDirectory() as folder:
        writer = _writer(pdf)
        name = _field(writer, field)
        rectangle = _prepared(writer, name, boxes or {}, first=not earlier)
        style = _stamp(Path(folder), signatory, rectangle, reason=reason, moment=when) if any(rectangle) else None
        facts = {"field_name": name, "reason": reason, "location": location, "certify": not earlier}
        with _key_failures_told():
            signed = _signed(writer, signatory, style, moment=when, tsa=_authority(tsa_url), facts=facts)
    _must_hold(pdf_signatures(signed, trust=None, moment=when)[-1].intact)
    return signed


def sign_bytes(
    data: bytes, signatory: Signatory, *, tsa_url: str | None = None, moment: datetime | None = None
) -> bytes:
    """A detached signature (CMS, DER) on some data, as `openssl cms -verify -binary` checks it too.

    Raises:
        UsageProblem: the time-stamping authority does not answer, or the key does not belong to the certificate.
    """
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    silence_pyhanko()
    when = moment or datetime.now(UTC)
    with _key_failures_told():
        content = asyncio.run(
            signatory.signer.async_sign_general_data(
                data,
                _DIGEST,
                timestamper=_authority(tsa_url),
                signed_attr_settings=PdfCMSSignedAttributes(signing_time=when),
            )
        )
    made: bytes = content.dump()
    _must_hold(cms_signature(made, data, trust=None, moment=when).intact)
    return made


def _must_hold(intact: bool) -> None:
    if not intact:
        raise UsageProblem("Signaturen som ble laget, holder ikke.", "Se etter om nøkkelen hører til sertifikatet.")


@contextmanager
def _refusals_told() -> Iterator[None]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import SigningError

    try:
        yield
    except (PdfError, SigningError) as exc:
        raise UsageProblem(f"PDF-en kan ikke signeres ({exc}).", "Signer den slik eprom-verify laget den.") from exc


@contextmanager
def _key_failures_told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as exc:  # what a PKCS#11 library raises
        raise UsageProblem(f"Nøkkelen kunne ikke signere ({exc or type(exc).__name__}).", "Er kortet satt i?") from exc


def _writer(pdf: bytes) -> IncrementalPdfFileWriter:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Adding(IncrementalPdfFileWriter):
        """Adds to a PDF without a change of its metadata."""

        def _update_meta(self) -> None:
            pass

    writer = Adding(BytesIO(pdf))
    if writer.prev.encrypted:
        raise UsageProblem("PDF-en er kryptert, og kan ikke signeres.", "Signer den slik eprom-verify laget den.")
    return writer


def _field(writer: IncrementalPdfFileWriter, wanted: str | None) -> str:
    from pyhanko.sign.fields import enumerate_sig_fields

    taken = {name for name, value, _ in enumerate_sig_fields(writer.prev) if value is not None}
    if wanted in taken:
        raise UsageProblem(f"Feltet «{wanted}» er alt signert.", "Signer i et annet felt.")
    more = (f"Signatur {number}" for number in range(len(FIELDS) + 1, len(FIELDS) + len(taken) + 2))
    return wanted or next(name for name in (*FIELDS, *more) if name not in taken)


def _prepared(
    writer: IncrementalPdfFileWriter, name: str, boxes: Mapping[str, Box], *, first: bool
) -> tuple[float, float]:
    """Make the fields that are wanted; the width and height of the one to sign in."""
    from pyhanko.sign.fields import append_signature_field, enumerate_sig_fields

    there = {each for each, _, _ in enumerate_sig_fields(writer.prev)}
    for each in dict.fromkeys((*FIELDS, name)) if first else (name,):
        if each not in there:
            # After a certifying signature, a new field may not be seen.
            append_signature_field(writer, _field_of(each, boxes.get(each) if first else None))
    for each, _, field in enumerate_sig_fields(writer):
        if each == name:
            left, bottom, right, top = (float(number) for number in field.get_object()["/Rect"])
            return abs(right - left), abs(top - bottom)
    raise AssertionError(name)


def _field_of(name: str, box: Box | None) -> SigFieldSpec:
    from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec

    told = f"Signatur: {name}"
    if box is None:
        # Off the page and without size: all that both PDF/A and PDF/UA allow of a field that is not seen.
        return SigFieldSpec(name, readable_field_name=told, invis_sig_settings=InvisSigSettings(box_out_of_bounds=True))
    corners = (round(box.left), round(box.bottom), round(box.right), round(box.top))
    return SigFieldSpec(name, readable_field_name=told, on_page=box.page - 1, box=corners)


def _stamp(
    folder: Path, signatory: Signatory, size: tuple[float, float], *, reason: str, moment: datetime
) -> BaseStampStyle:
    """What is seen of a signature, made as a page of its own, so that its fonts are embedded as PDF/A demands."""
    import typst
    from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
    from pyhanko.stamp import StaticStampStyle

    told = {
        "width": size[0],
        "height": size[1],
        "name": signatory.name,
        "reason": reason,
        "moment": moment.astimezone(_NORWAY).strftime("%d.%m.%Y kl. %H.%M.%S"),
    }
    compiler = typst.Compiler(
        files(__package__).joinpath("stamp.typ").read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"stamp": json.dumps(told)},
    )
    page = folder / "stamp.pdf"
    compiler.compile(output=page, format="pdf", pdf_standards=["a-2b"], pdf_tags=False)
    whole = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MIN, y_align=AxisAlignment.ALIGN_MIN, margins=Margins.uniform(0)
    )
    return StaticStampStyle.from_pdf_file(str(page), border_width=0, background_layout=whole)


def _signed(
    writer: IncrementalPdfFileWriter,
    signatory: Signatory,
    style: BaseStampStyle | None,
    *,
    moment: datetime,
    tsa: TimeStamper | None,
    facts: Mapping[str, Any],
) -> bytes:
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.signers.pdf_signer import PdfSigningSession

    class SignerThen(PdfSigner):
        """Signs as of a given moment, and leaves the version of the PDF alone: PDF/A and eSignering want 1.7."""

        def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
            session = super().init_signing_session(pdf_out, existing_fields_only)
            session.system_time = moment
            return session

        def register_extensions(self, *_: Any, **__: Any) -> None:
            pass

    meta = PdfSignatureMetadata(
        md_algorithm=_DIGEST, subfilter=SigSeedSubFilter.PADES, docmdp_permissions=MDPPerm.FILL_FORMS, **facts
    )
    signer = SignerThen(meta, signatory.signer, timestamper=tsa, stamp_style=style)
    made: bytes = signer.sign_pdf(writer, existing_fields_only=True).getvalue()
    return made


def _authority(url: str | None) -> TimeStamper | None:
    """Who stamps the time; None when no address is given."""
    if not url:
        return None
    from pyhanko.sign.timestamps import HTTPTimeStamper

    where = urlsplit(url)
    if where.scheme not in ("http", "https") or not where.hostname:
        raise UsageProblem("Adressen til tidsstempeltjenesten er ikke en nettadresse.", "Oppgi den med http(s)://.")

    class Authority(HTTPTimeStamper):
        """Answers with a time stamp, or tells in Norwegian why not."""

        async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
            try:
                return await super().async_timestamp(message_digest, md_algorithm)
            except Exception as exc:  # an answer that is not to be read may raise anything
                raise UsageProblem(
                    f"Fikk ikke tidsstempel fra {where.hostname} ({exc.__cause__ or exc}).",
                    "Prøv igjen, eller signer uten tidsstempel.",
                ) from exc

    return Authority(url, timeout=15)
