"""What can be done to a signed PDF after it was signed."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

BLACK = b"0 g 0 0 700 900 re f"


def changed(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
    """The PDF with one more revision, in which something is changed."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def page_of(writer: IncrementalPdfFileWriter) -> Any:
    return writer.find_page_for_modification(0)[0].get_object()


def shadowed(writer: IncrementalPdfFileWriter) -> None:
    """The page's text is replaced."""
    page = page_of(writer)
    page["/Contents"] = writer.add_object(StreamObject(stream_data=BLACK))
    writer.update_container(page)


def overwritten(writer: IncrementalPdfFileWriter) -> None:
    """The stream of the page's text is given another content, under its own number."""
    stream = page_of(writer).raw_get("/Contents").get_object()
    stream.pop("/Filter", None)
    stream.__dict__.update(
        StreamObject(dict_data=stream, stream_data=BLACK).__dict__, container_ref=stream.container_ref
    )
    writer.update_container(stream)


def turned(writer: IncrementalPdfFileWriter) -> None:
    page = page_of(writer)
    page["/Rotate"] = NumberObject(90)
    writer.update_container(page)


def annotated(writer: IncrementalPdfFileWriter) -> None:
    """A white rectangle is laid over the page."""
    look = StreamObject(
        dict_data={
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(map(NumberObject, (0, 0, 600, 800))),
        },
        stream_data=b"1 g 0 0 700 900 re f",
    )
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Stamp"),
            NameObject("/Rect"): ArrayObject(map(FloatObject, (0, 0, 600, 800))),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer.add_object(look)}),
        }
    )
    page = page_of(writer)
    page["/Annots"] = ArrayObject([*page.get("/Annots", ()), writer.add_object(note)])
    writer.update_container(page)


def script_added(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/OpenAction"] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    writer.update_root()


def attached(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Names"] = DictionaryObject({NameObject("/EmbeddedFiles"): DictionaryObject()})
    writer.update_root()


def page_added(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"].append(pages["/Kids"].raw_get(0))
    pages["/Count"] = NumberObject(int(pages["/Count"]) + 1)
    writer.update_container(pages)


def field_added(writer: IncrementalPdfFileWriter) -> None:
    """A text field, which is filled in."""
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("Konklusjon"),
            NameObject("/V"): TextStringObject("Godkjent"),
        }
    )
    form = writer.root.setdefault(NameObject("/AcroForm"), DictionaryObject({NameObject("/Fields"): ArrayObject()}))
    form = form.get_object()
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form)
    writer.update_root()


def form_of_another_kind(writer: IncrementalPdfFileWriter) -> None:
    """A form that some readers show instead of the page (XFA)."""
    form = writer.root.setdefault(NameObject("/AcroForm"), DictionaryObject({NameObject("/Fields"): ArrayObject()}))
    form = form.get_object()
    form[NameObject("/XFA")] = writer.add_object(StreamObject(stream_data=b"<xdp:xdp/>"))
    writer.update_container(form)
    writer.update_root()


def box_added(writer: IncrementalPdfFileWriter) -> None:
    """A signature field that nobody has signed, over the page."""
    append_signature_field(writer, SigFieldSpec("Over", box=(0, 0, 600, 800), empty_field_appearance=True))


def signature_removed(writer: IncrementalPdfFileWriter) -> None:
    for field in writer.root["/AcroForm"]["/Fields"]:
        field.get_object().pop("/V", None)
        writer.update_container(field.get_object())


CHANGES: list[Callable[[IncrementalPdfFileWriter], object]] = [
    shadowed,
    overwritten,
    turned,
    annotated,
    script_added,
    attached,
    page_added,
    field_added,
    form_of_another_kind,
    box_added,
]


def dangling(pdf: bytes, number: int) -> bytes:
    """The PDF with a page that refers to what does not exist, and may be made later."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = page_of(writer)
        page["/Contents"] = ArrayObject([page.raw_get("/Contents"), IndirectObject(number, 0, writer)])
        writer.update_container(page)

    return changed(pdf, change)


def by_hand(pdf: bytes, number: int, body: bytes, *, previous: int | None = None) -> bytes:
    """The PDF with one more object, written as the standard tells and no library would."""
    last = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1]) if previous is None else previous
    root = re.findall(rb"/Root (\d+ 0 R)", pdf)[-1]
    made = pdf + b"\n"
    at = len(made)
    made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size 2000/Root %b/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
    return made + table % (number, at, root, last, len(made))


def moved(pdf: bytes, length: int) -> bytes:
    """The PDF as it must be to stand after so many other bytes."""
    head, table, rest = pdf.rpartition(b"\nxref\n")
    lines = re.sub(
        rb"(\d{10})( \d{5} n)", lambda found: b"%010d%b" % (int(found.group(1)) + length, found.group(2)), rest
    )
    start = re.search(rb"startxref\s+(\d+)", lines)
    assert start is not None
    return head + table + lines.replace(start.group(0), b"startxref\n%d" % (int(start.group(1)) + length))
