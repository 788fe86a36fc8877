"""How the documents of a letter are found, whatever shape they stand in."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from eprom_verify.contract.letter_documents import (
    MOST_BYTES,
    Document,
    document_collection,
    main_document,
)

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n"
OTHER = b"%PDF-1.7\nanother\n"


def coded(pdf: bytes) -> str:
    return base64.b64encode(pdf).decode()


@pytest.mark.parametrize(
    "collection",
    [
        document_collection(PDF),
        {"mainDocument": coded(PDF)},
        {"MAINDOCUMENT": {"Data": coded(PDF)}},
        {"hoveddokument": {"innhold": {"bytes": coded(PDF)}}},
        {"attachments": [coded(OTHER)], "mainDocument": {"content": coded(PDF)}},
        {"documents": [{"fileName": "brev.pdf", "content": coded(PDF)}, {"content": coded(OTHER)}]},
        [{"content": coded(PDF)}],
    ],
)
def test_main_document_found(collection: Any) -> None:
    assert main_document(collection) == Document.of(PDF)


@pytest.mark.parametrize(
    "collection",
    [
        None,
        {},
        [],
        "",
        7,
        {"mainDocument": None},
        {"mainDocument": {"content": ""}},
        {"mainDocument": {"content": coded(PDF)[:-1]}},
        {"mainDocument": {"content": coded(b"PK\x03\x04")}},
        {"mainDocument": {"content": coded(coded(PDF).encode())}},
        {"mainDocument": {"content": "JVBERi0 \u00e5"}},
        {"mainDocument": None, "attachments": [{"content": coded(PDF)}]},
    ],
)
def test_no_main_document(collection: Any) -> None:
    assert main_document(collection) is None


def test_limit_is_the_wider_reading() -> None:
    assert MOST_BYTES == 31_457_280
