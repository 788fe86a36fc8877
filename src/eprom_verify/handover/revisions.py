"""What a signed PDF was before it was signed, and whether nothing but signatures has been added since.

A signature is an incremental update: it is written after the last byte of the document, which stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from eprom_verify.handover.signatory import silence_pyhanko

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

_TOLERANCE_PT = 1.0
_ROOM = re.compile(r"underskrift (\w+) ([1-9]\d{0,3}) (\d{1,4}) (\d{1,4}) (\d{1,4}) (\d{1,4})")


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle on a page, the first being 1, in points from the page's lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    def holds(self, other: Box) -> bool:
        """Whether another box lies within this one, give or take a point."""
        return (
            self.page == other.page
            and self.left - _TOLERANCE_PT <= other.left
            and self.bottom - _TOLERANCE_PT <= other.bottom
            and other.right <= self.right + _TOLERANCE_PT
            and other.top <= self.top + _TOLERANCE_PT
        )


def boxes_of(pdf: bytes) -> dict[str, Box]:
    """Where a protocol that nobody has signed yet has room for signatures, by the field; none when it does not say."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    silence_pyhanko()
    try:
        told = str(PdfFileReader(BytesIO(pdf)).trailer["/Info"]["/Keywords"])
    except Exception:  # whatever a reader of broken files may raise
        return {}
    found = (_ROOM.fullmatch(each) for each in told.split(", "))
    return {room[1]: _box(*map(int, room.groups()[1:])) for room in found if room}


def _box(page: int, left: int, bottom: int, right: int, top: int) -> Box:
    return Box(page=page, left=left, bottom=bottom, right=right, top=top)


def base_revision(pdf: bytes, length: int) -> bytes:
    """The first `length` bytes of a PDF: the document as it was before anybody signed it, if it is untouched."""
    return pdf[:length]


def addition_problem(pdf: bytes, length: int, *, boxes: Sequence[Box] | None = None) -> str:
    """What, besides signatures, has been added to a PDF after its first `length` bytes; "" when nothing has.

    Nothing added at all is no problem either. It says nothing of whether the signatures hold. With `boxes`, signatures
    may be visible in them alone: a picture laid over the text would change what the reader sees.
    """
    if len(pdf) < length:
        return "PDF-en er kortere enn den var da den ble laget."
    if len(pdf) == length:
        return ""
    silence_pyhanko()
    try:
        return _addition_problem(pdf, length) or _place_problem(pdf, boxes)
    except Exception as exc:  # whatever a reader of broken files may raise
        return f"Det som er lagt til i PDF-en, kan ikke leses ({type(exc).__name__})."


def _addition_problem(pdf: bytes, length: int) -> str:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.diff_analysis import ModificationLevel

    base, now = PdfFileReader(BytesIO(base_revision(pdf, length))), PdfFileReader(BytesIO(pdf))
    before = base.xrefs.total_revisions
    if _starts(now)[:before] != _starts(base) or now.xrefs.total_revisions == before:
        return "Det er lagt til noe annet enn signaturer i PDF-en."
    if _level(now, since=before - 1) > ModificationLevel.FORM_FILLING:
        return "Innholdet i PDF-en er endret etter at den ble laget."
    signed = [each for each in now.embedded_signatures if each.signed_revision >= before]
    if not signed:
        return "Det er lagt til noe annet enn signaturer i PDF-en."
    *_, after, rest = signed[-1].byte_range
    if after + rest == len(pdf):
        return ""
    last = signed[-1].signed_revision
    # After the last signature there may be proof that it was valid (a DSS), but nothing that can be seen.
    proof = last < now.xrefs.total_revisions - 1 and pdf.rstrip(b"\r\n").endswith(b"%%EOF")
    if not proof or _level(now, since=last) > ModificationLevel.LTA_UPDATES:
        return "Etter den siste signaturen i PDF-en står noe som ingen har signert."
    return ""


def _starts(reader: PdfFileReader) -> list[int]:
    return [reader.xrefs.get_startxref_for_revision(each) for each in range(reader.xrefs.total_revisions)]


def _level(reader: PdfFileReader, *, since: int) -> Any:
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

    from eprom_verify.handover.signature_rules import signatures_alone

    result = signatures_alone().review_file(reader, since)
    return result.modification_level if isinstance(result, DiffResult) else ModificationLevel.OTHER


def _place_problem(pdf: bytes, boxes: Sequence[Box] | None) -> str:
    if boxes is None:
        return ""
    for seen in _visible(pdf):
        if not any(box.holds(seen) for box in boxes):
            return f"En signatur på side {seen.page} i PDF-en er synlig utenfor rutene som er satt av til signaturer."
    return ""


def _visible(pdf: bytes) -> Iterator[Box]:
    """Where the widgets of form fields are seen. A protocol has no other fields than signatures."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    reader = PdfFileReader(BytesIO(pdf))
    for number in range(int(reader.root["/Pages"]["/Count"])):
        page = reader.find_page_for_modification(number)[0].get_object()
        for reference in page.get("/Annots", ()):
            annotation = reference.get_object()
            x1, y1, x2, y2 = (float(each) for each in annotation["/Rect"])
            if annotation["/Subtype"] == "/Widget" and x1 != x2 and y1 != y2:
                yield Box(page=number + 1, left=min(x1, x2), bottom=min(y1, y2), right=max(x1, x2), top=max(y1, y2))
