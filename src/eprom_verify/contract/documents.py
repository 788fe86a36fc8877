"""Bodies that are a document, not JSON: whether they are what their schema says."""

from __future__ import annotations

from collections.abc import Iterator

from eprom_verify.contract.findings import Finding, Severity

PDF = "application/pdf"
PDF_MARK = b"%PDF-"
# Readers look for the mark within the first 1024 bytes (ISO 32000-1, annex H, implementation note 13).
_MARK_WITHIN = 1024
_SIGNATURE_MARK = b"/ByteRange"


def is_pdf(body: bytes) -> bool:
    """Whether a body begins as a PDF does."""
    return PDF_MARK in body[:_MARK_WITHIN]


def check_pdf(media: str, body: bytes, source: str) -> Iterator[Finding]:
    """Judge a body that is to be a PDF: only that it is one is documented, so that all else gives a remark."""
    if not is_pdf(body):
        received = f"{len(body)} byte som ikke er en PDF" if body else "tom kropp"
        message = f"Dokumentet skal være en PDF-fil, men er {received}."
        yield Finding(Severity.VIOLATION, "not-pdf", "", "en PDF-fil", received, source, message)
        return
    if media != PDF:
        received = "en annen Content-Type" if media else "ingen Content-Type"
        message = f"Dokumentet er en PDF, men svaret har {received}; hvilken det skal ha, er ikke beskrevet."
        yield Finding(Severity.REMARK, "content-type", "", PDF, received, source, message)
    if _SIGNATURE_MARK not in body:
        message = (
            "PDF-filen har ingen innebygd signatur; hva slags elektronisk signatur den skal ha, er ikke beskrevet."
        )
        yield Finding(
            Severity.REMARK, "no-embedded-signature", "", "en elektronisk signatur", "ingen i filen", source, message
        )
