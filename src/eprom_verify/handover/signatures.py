"""Checks signatures: those inside a PDF, and one that stands in a file beside what it signs.

A report tells what each signature is worth, and never raises for what it was given: a broken signature is a finding.
pyHanko is loaded when the first one is checked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from eprom_verify.handover.judgement import Judge, SignatureReport, usage_of
from eprom_verify.handover.signatory import silence_pyhanko

__all__ = ["SignatureReport", "cms_signature", "pdf_signatures"]

if TYPE_CHECKING:
    from asn1crypto import x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import EmbeddedPdfSignature
    from pyhanko.sign.validation.status import PdfSignatureStatus, StandardCMSSignatureStatus


def pdf_signatures(
    pdf: bytes,
    *,
    trust: Sequence[x509.Certificate] | None,
    moment: datetime | None = None,
    online: bool = False,
) -> list[SignatureReport]:
    """A report on each signature in a PDF, the first one first; none when it is not signed.

    `trust` is whom to trust: signatories, their authorities and time-stamping authorities; None judges no trust.
    `moment` is when this is asked, now unless it is given. With `online`, authorities are asked whether certificates
    have been revoked; else nothing is called. A time stamp on the whole document is not a signature, and not told of.
    """
    silence_pyhanko()
    try:
        reader, found = _fields_of(pdf)
    except Exception as exc:  # whatever a reader of broken files may raise
        return [SignatureReport(problem=f"PDF-en kan ikke leses ({type(exc).__name__}).")]
    judge = Judge(trust=trust, moment=moment or datetime.now(UTC), online=online)
    *_, last = found or [""]
    return [_pdf_report(reader, name, found[name], judge, last=name == last) for name in found]


def cms_signature(
    p7s: bytes,
    data: bytes,
    *,
    trust: Sequence[x509.Certificate] | None,
    moment: datetime | None = None,
    online: bool = False,
) -> SignatureReport:
    """A report on a detached signature (CMS, DER) on some data; `trust`, `moment` and `online` as for a PDF."""
    silence_pyhanko()
    judge = Judge(trust=trust, moment=moment or datetime.now(UTC), online=online)
    try:
        signed_data = _signed_data(p7s)
    except Exception:  # whatever a reader of broken files may raise
        return SignatureReport(problem="Filen er ikke en signatur i formatet CMS (DER).")
    try:
        return _cms_report(signed_data, data, judge)
    except Exception as exc:  # likewise
        return SignatureReport(problem=f"Signaturen kan ikke leses ({type(exc).__name__}).")


def _signed_data(p7s: bytes) -> Any:
    from asn1crypto import cms

    message = cms.ContentInfo.load(p7s, strict=True)
    if message["content_type"].native != "signed_data" or len(message["content"]["signer_infos"]) != 1:
        raise ValueError("not one signature")
    return message["content"]


def _cms_report(signed_data: Any, data: bytes, judge: Judge) -> SignatureReport:
    status = asyncio.run(_cms_status(signed_data, data, judge))
    broken = "" if status.intact else "Signaturen gjelder andre data enn disse."
    return judge.report(status, SignatureReport(covers=status.intact), [broken])


async def _cms_status(signed_data: Any, data: bytes, judge: Judge) -> StandardCMSSignatureStatus:
    from pyhanko.sign.general import extract_certificate_info
    from pyhanko.sign.validation import async_validate_detached_cms

    claimed, stamped = _times(signed_data["signer_infos"][0])
    async with aclosing(judge.context(claimed or stamped)) as signer, aclosing(judge.context(stamped)) as authority:
        return await async_validate_detached_cms(
            data,
            signed_data,
            signer_validation_context=signer,
            ts_validation_context=authority,
            key_usage_settings=usage_of(extract_certificate_info(signed_data).signer_cert),
        )


def _fields_of(pdf: bytes) -> tuple[PdfFileReader, dict[str, Any]]:
    """The fields that are signed, by name, in the order of signing."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields

    reader = PdfFileReader(BytesIO(pdf))
    found = {
        name: (value.get_object(), field) for name, value, field in enumerate_sig_fields(reader, filled_status=True)
    }
    signatures = {
        name: field for name, (value, field) in found.items() if value.get("/Type", "/Sig") != "/DocTimeStamp"
    }
    age = {name: _revision_of(reader, field) for name, field in signatures.items()}
    return reader, {name: signatures[name] for name in sorted(signatures, key=age.__getitem__)}


def _revision_of(reader: PdfFileReader, field: Any) -> int:
    revision: int = reader.xrefs.get_last_change(field.get_object().raw_get("/V").reference)
    return revision


def _pdf_report(reader: PdfFileReader, name: str, field: Any, judge: Judge, *, last: bool) -> SignatureReport:
    from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature

    try:
        signature = EmbeddedPdfSignature(reader, field, name)
        claimed, stamped = _times(signature.signer_info)
        claimed = claimed or signature.self_reported_timestamp
        status = validate_pdf_signature(
            signature,
            signer_validation_context=judge.context(claimed or stamped),
            ts_validation_context=judge.context(stamped),
            key_usage_settings=usage_of(signature.signer_cert),
        )
        uncovered = _uncovered(signature, status, last=last)
    except Exception as exc:  # whatever a reader of broken files may raise
        return SignatureReport(field=name, problem=f"Signaturen kan ikke leses ({type(exc).__name__}).")
    broken = "" if status.intact else "Dokumentet er endret etter at det ble signert."
    return judge.report(status, SignatureReport(field=name, covers=not uncovered), [broken, uncovered])


def _uncovered(signature: EmbeddedPdfSignature, status: PdfSignatureStatus, *, last: bool) -> str:
    """What a signature does not answer for, and that no later one may add; "" when there is no such thing."""
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    start, length, after, _ = signature.byte_range
    if start != 0 or after != length + 2 * len(signature.pkcs7_content) + 2:
        return "Signaturen dekker ikke hele dokumentet."
    if status.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return ""
    if status.coverage is not SignatureCoverageLevel.ENTIRE_REVISION:
        return "Signaturen dekker ikke hele dokumentet."
    if signature.signed_revision == signature.reader.xrefs.total_revisions - 1:
        return "Etter signaturen står noe som ingen har signert."
    # After the last one there may be proof that it was valid (a DSS), but nothing that can be seen.
    allowed = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    level = status.modification_level
    if not status.docmdp_ok or level is None or level > allowed:
        return "Etter signaturen er dokumentet endret med annet enn nye signaturer."
    return ""


def _times(signer_info: Any) -> tuple[datetime | None, datetime | None]:
    """The moment that the signatory claims, and the one in the time stamp, neither of them judged."""
    from pyhanko.sign.validation.generic_cms import extract_self_reported_ts, extract_tst_data_iter

    stamps = [
        token["encap_content_info"]["content"].parsed["gen_time"].native
        for token in extract_tst_data_iter(signer_info, signed=False)
    ]
    return extract_self_reported_ts(signer_info), stamps[0] if stamps else None
