"""What eSignering, the public sector's signing service (Digdir; run by Posten), demands of a PDF that is sent to it.

Source: https://signering-docs.readthedocs.io/en/latest/opprette-oppdrag.html, "Document format", last changed in
February 2025 and seen in June 2026: PDF alone, versions 1.1 to 1.7, PDF/A too; 10 485 760 bytes in all for the
documents of one request (it was 3 145 728 until November 2022, and descriptions elsewhere still say so); no password,
be it for reading or for writing. Always shown as A4 portrait, so pages of that kind are advised; so is PDF/A, which the
National Archives demand. What comes back is PDF/A-3b when all documents are PDF/A, else PDF 1.7.

Not documented, and so not judged: form fields, scripts, attachments, signatures that are there already, page counts.
Of no concern to a single PDF: 1-20 documents and at most ten signers a request, and one document alone when a public
body asks for an advanced signature.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from eprom_verify.handover.signatory import silence_pyhanko

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

LARGEST_BYTES = 10_485_760
"""What the documents of one request may come to together."""

_VERSIONS = ((1, 1), (1, 7))
_A4_PT = (595.276, 841.89)
_SLACK_PT = 3.0


def problems(pdf: bytes) -> list[str]:
    """Why eSignering would refuse a PDF, in Norwegian; empty when no documented limit is broken."""
    found = []
    if len(pdf) > LARGEST_BYTES:
        found.append(f"PDF-en er på {len(pdf)} byte; eSignering tar imot høyst {LARGEST_BYTES} (10 MB).")
    reader = _reader(pdf)
    if reader is None:
        return [*found, "Filen kan ikke leses som PDF, og eSignering tar bare imot PDF."]
    if reader.encrypted:
        return [*found, "PDF-en er beskyttet med passord, og det støtter ikke eSignering."]
    oldest, newest = _VERSIONS
    version = reader.input_version
    if not oldest <= version <= newest:
        found.append(f"PDF-en er versjon {version[0]}.{version[1]}; eSignering støtter 1.1 til 1.7.")
    return found


def advice(pdf: bytes) -> list[str]:
    """What eSignering advises against in a PDF that it takes, in Norwegian."""
    reader = _reader(pdf)
    if reader is None or reader.encrypted:
        return []
    found = []
    if any(not _is_a4_portrait(page) for page in _pages(reader)):
        found.append("eSignering viser alltid dokumentet som stående A4, og her er det sider i et annet format.")
    if not re.search(rb"pdfaid:part", _metadata(reader)):
        found.append("PDF-en sier ikke at den er PDF/A, som eSignering anbefaler og Arkivverket krever.")
    return found


def _reader(pdf: bytes) -> PdfFileReader | None:
    from pyhanko.pdf_utils.reader import PdfFileReader

    silence_pyhanko()
    try:
        reader = PdfFileReader(BytesIO(pdf))
        assert reader.encrypted or list(_pages(reader))
    except Exception:  # whatever a reader of broken files may raise
        return None
    return reader


def _pages(reader: PdfFileReader) -> list[Any]:
    count = int(reader.root["/Pages"]["/Count"])
    return [reader.find_page_for_modification(number)[0].get_object() for number in range(count)]


def _is_a4_portrait(page: Any) -> bool:
    from pyhanko.pdf_utils.rw_common import find_inherited_value_in_tree

    box = find_inherited_value_in_tree(page, "/MediaBox", "/Parent")
    turned = int(find_inherited_value_in_tree(page, "/Rotate", "/Parent") or 0) % 180 != 0
    left, bottom, right, top = (float(each) for each in box)
    width, height = (top - bottom, right - left) if turned else (right - left, top - bottom)
    return all(abs(is_now - should) <= _SLACK_PT for is_now, should in zip((width, height), _A4_PT, strict=True))


def _metadata(reader: PdfFileReader) -> bytes:
    if "/Metadata" not in reader.root:
        return b""
    data: bytes = reader.root["/Metadata"].data
    return data
