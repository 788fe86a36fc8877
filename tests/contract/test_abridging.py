"""Long PDFs in a body are told of by their size and hash, whatever pieces the body is read in."""

from __future__ import annotations

import base64
import json
import random
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from eprom_verify.contract.abridging import (
    abridged,
    abridged_pieces,
    without_documents,
    without_documents_pieces,
)
from eprom_verify.contract.letter_documents import Document, document_collection, main_document

LARGE = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n" + bytes(range(256)) * 100
CODED = base64.b64encode(LARGE).decode()
TOLD = f"[PDF: {len(LARGE)} byte, sha256 {Document.of(LARGE).sha256}]"


def letter(content: str) -> bytes:
    return f'{{"nationalId": "x", "mainDocument": "{content}", "last": true}}'.encode()


def in_pieces(body: bytes, size: int) -> Callable[[], Iterator[bytes]]:
    return lambda: (body[at : at + size] for at in range(0, len(body), size))


@pytest.mark.parametrize("slash", ["/", "\\/", "\\u002F"])
@pytest.mark.parametrize("plus", ["+", "\\u002B", "\\u002b"])
def test_abridged_still_known(slash: str, plus: str) -> None:
    text = json.dumps({"nationalId": "x", "documentCollection": document_collection(LARGE), "last": True})
    body = text.replace("/", slash).replace("+", plus).encode()
    short = abridged(body)
    assert len(short) < 400
    read = json.loads(short)
    assert (read["nationalId"], read["last"]) == ("x", True)
    assert main_document(read["documentCollection"]) == Document.of(LARGE)


@pytest.mark.parametrize("length", [25_600, 25_601, 25_602])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 4096, 65_536])
def test_whatever_pieces_it_comes_in(size: int, length: int) -> None:
    """Nor is it told otherwise when escapes, padding and quotation marks stand across where two pieces meet."""
    pdf = b"%PDF-1.7\n" + random.Random(length).randbytes(length)
    coded = base64.b64encode(pdf).decode().replace("/", "\\/").replace("+", "\\u002B").replace("=", "\\u003d")
    body = letter(coded) + b', "JVBERi0", "JVBERi0' + letter(coded)
    told = letter(f"[PDF: {len(pdf)} byte, sha256 {Document.of(pdf).sha256}]")
    assert abridged_pieces(in_pieces(body, size)) == told + b', "JVBERi0", "JVBERi0' + told
    assert without_documents_pieces(in_pieces(body, size)) == letter("PDF") + b', "JVBERi0", "JVBERi0' + letter("PDF")


@pytest.mark.parametrize("size", [1, 1000, 65_536])
def test_several_in_one_body(size: int) -> None:
    body = json.dumps([CODED, "between", CODED, CODED]).encode()
    assert json.loads(abridged_pieces(in_pieces(body, size)) or b"") == [TOLD, "between", TOLD, TOLD]


@pytest.mark.parametrize(
    "content",
    [
        CODED[:-1],
        CODED + "=",
        CODED[:20_000] + "=" + CODED[20_001:],
        CODED[:20_000] + "\\" + CODED[20_001:],
        CODED[:20_000] + "\\\\/" + CODED[20_003:],
        CODED[:20_000] + "\\u0041" + CODED[20_001:],
        CODED[:20_000] + "-" + CODED[20_001:],
        CODED[:20_000] + "\n" + CODED[20_000:],
        CODED[:16_000],
        "JVBERi0" + "A" * 20_002,
    ],
)
@pytest.mark.parametrize("size", [3, 65_536])
def test_what_is_no_long_pdf_stays(content: str, size: int) -> None:
    body = letter(content)
    assert abridged(body) == body
    assert abridged_pieces(in_pieces(body, size)) is None


@pytest.mark.parametrize("body", [b"", b"x" * 100_000, letter(CODED)[:-20]])
def test_other_bodies_untouched(body: bytes) -> None:
    assert abridged(body) == body
    assert without_documents(body) == body


def test_left_out_though_it_cannot_be_decoded() -> None:
    assert without_documents(letter(CODED)) == letter("PDF")
    assert without_documents(letter(CODED[:-1])) == letter("PDF")


def test_little_memory_for_a_letter() -> None:
    """A PDF is not in memory as a whole, neither coded nor decoded."""
    piece = base64.b64encode(random.Random(5).randbytes(48 * 1024))

    def pieces() -> Iterator[bytes]:
        yield b'{"content": "JVBERi0x'
        yield from (piece for _ in range(100))
        yield b'"}'

    tracemalloc.start()
    try:
        assert len(abridged_pieces(pieces) or b"") < 150
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10 * len(piece)
