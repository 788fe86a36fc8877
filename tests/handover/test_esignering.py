"""The documented limits of eSignering, and none besides."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pytest
import typst

from eprom_verify.handover.esignering import advice, problems
from tests.handover.authority import protocol
from tests.handover.tampering import annotated, changed, field_added, script_added


def page(size: str) -> bytes:
    source = f'#set document(title: "x")\n#set page({size})\nTekst'
    made = typst.Compiler(source.encode(), ignore_system_fonts=True).compile(pdf_standards=["a-3b"])
    assert isinstance(made, bytes)
    return made


def encrypted(pdf: bytes, *, reading: bool) -> bytes:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(pdf)))
    writer.encrypt("eier", "bruker" if reading else "")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("standards", [("a-3a", "ua-1"), ("a-2b",), ("1.4",), ("1.7",)])
def test_protocols_are_taken(standards: Sequence[str]) -> None:
    assert problems(protocol(standards=standards)) == []


@pytest.mark.parametrize(
    ("version", "taken"),
    [("1.0", False), ("1.1", True), ("1.5", True), ("1.7", True), ("1.8", False), ("2.0", False)],
)
def test_versions(version: str, taken: bool) -> None:
    pdf = protocol().replace(b"%PDF-1.7", b"%PDF-" + version.encode(), 1)
    assert problems(pdf) == ([] if taken else [f"PDF-en er versjon {version}; eSignering støtter 1.1 til 1.7."])


def test_version_that_was_raised_later() -> None:
    from pyhanko.pdf_utils.generic import NameObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    def raised(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/Version"] = NameObject("/2.0")
        writer.update_root()

    assert "versjon 2.0" in problems(changed(protocol(), raised))[0]


def test_newest_kind_of_pdf_a_is_refused() -> None:
    assert "versjon 2.0" in problems(protocol(standards=["a-4"]))[0]


@pytest.mark.parametrize(("size", "taken"), [(10_485_760, True), (10_485_761, False)])
def test_size(size: int, taken: bool) -> None:
    pdf = protocol()
    # Within the file, so that it is still read: the table of contents stays at the end.
    padded = filled(pdf, size)
    assert len(padded) == size
    told = [f"PDF-en er på {size} byte; eSignering tar imot høyst 10485760 (10 MB)."]
    assert problems(padded) == ([] if taken else told)


def filled(pdf: bytes, size: int) -> bytes:
    """A PDF of just that size, with an attachment's worth of nothing in it."""
    from pyhanko.pdf_utils.generic import StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    def with_nothing(count: int) -> bytes:
        def change(writer: IncrementalPdfFileWriter) -> None:
            writer.add_object(StreamObject(stream_data=b"\0" * count))

        return changed(pdf, change)

    rough = size - len(pdf) - 10_000
    return with_nothing(rough + size - len(with_nothing(rough)))


@pytest.mark.parametrize("reading", [True, False], ids=["for reading", "for writing"])
def test_password(reading: bool) -> None:
    locked = encrypted(protocol(), reading=reading)
    assert [each for each in problems(locked) if "passord" in each] == [
        "PDF-en er beskyttet med passord, og det støtter ikke eSignering."
    ]
    assert advice(locked) == []


@pytest.mark.parametrize("junk", [b"", b"hei", b"%PDF-1.7\n", protocol()[:3000], b"{\\rtf1}"])
def test_junk(junk: bytes) -> None:
    assert problems(junk) == ["Filen kan ikke leses som PDF, og eSignering tar bare imot PDF."]
    assert advice(junk) == []


@pytest.mark.parametrize("change", [annotated, script_added, field_added])
def test_what_is_not_documented_is_not_judged(change: object) -> None:
    assert problems(changed(protocol(), change)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "well"),
    [
        ('paper: "a4"', True),
        ('paper: "a4", flipped: true', False),
        ('paper: "us-letter"', False),
        ("width: 210mm, height: auto", False),
    ],
)
def test_advice_on_pages(size: str, well: bool) -> None:
    told = ["eSignering viser alltid dokumentet som stående A4, og her er det sider i et annet format."]
    assert advice(page(size)) == ([] if well else told)
    assert problems(page(size)) == []


def test_advice_on_pdf_a() -> None:
    assert advice(protocol(standards=["1.7"])) == [
        "PDF-en sier ikke at den er PDF/A, som eSignering anbefaler og Arkivverket krever."
    ]
    assert advice(protocol()) == []
