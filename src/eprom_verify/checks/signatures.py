"""Judges the electronic signature of a document. pyHanko is loaded when the first one is judged."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO


def signature_problem(pdf: bytes, *, trusted: bytes, moment: datetime) -> str | None:
    """What is wrong with the signature of a PDF, in Norwegian; None when there is one, and it holds for all of it.

    `trusted` is the certificate, in DER, that is taken for the signer's; `moment` when the document is looked at.
    """
    from pyhanko.keys import load_certs_from_pemder_data
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(
        trust_roots=list(load_certs_from_pemder_data(trusted)), moment=moment, allow_fetching=False
    )
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if not signatures:
            return "dokumentet har ingen innebygd signatur"
        status = validate_pdf_signature(signatures[-1], context)
    except (PdfError, ValueError, LookupError, TypeError, AttributeError) as exc:
        return f"dokumentet eller signaturen kan ikke leses ({type(exc).__name__})"
    # Intact alone is not enough: it stays true when something is added after the signature.
    if not (status.bottom_line and status.docmdp_ok):
        return f"signaturen holder ikke ({status.summary()})"
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return "signaturen dekker ikke hele dokumentet"
    return None
