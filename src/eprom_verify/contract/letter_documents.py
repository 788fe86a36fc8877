"""The documents of a letter: the one place that knows what a documentCollection holds.

Its members are not documented; what is known is that a letter is refused without its "main document", and that PDF is
supported. So what we send has an assumed shape, and what we read may have any.

Source: SendeMeldingTilInnbyggerV2, sections Sende melding klient-side and Feilsituasjoner.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

MOST_BYTES = 30 * 1024 * 1024
"""The largest PDF that is supported, in the wider reading of the page's 30 MB."""

_PDF = b"%PDF-"
_MAIN = re.compile(r"main|hoved", re.IGNORECASE)
_ABRIDGED = re.compile(r"\[PDF: (?P<size>[0-9]{1,12}) byte, sha256 (?P<sha256>[0-9a-f]{64})\]")


@dataclass(frozen=True)
class Document:
    """A PDF, known by its size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str

    @classmethod
    def of(cls, pdf: bytes) -> Self:
        """What a PDF is known by."""
        return cls(len(pdf), hashlib.sha256(pdf).hexdigest())


def document_collection(pdf: bytes, *, file_name: str = "brev.pdf") -> dict[str, Any]:
    """The documents of a letter with this PDF as its main document, in the shape that we assume."""
    content = base64.b64encode(pdf).decode("ascii")
    return {"mainDocument": {"fileName": file_name, "contentType": "application/pdf", "content": content}}


def main_document(collection: Any) -> Document | None:
    """The main document of a letter: the first PDF in base64 where something is called main, else anywhere.

    None when there is no PDF there.
    """
    where = collection
    if isinstance(collection, dict):
        named = [value for name, value in collection.items() if _MAIN.search(name)]
        where = named if named else collection
    return next(_documents(where), None)


def _documents(value: Any) -> Iterator[Document]:
    if isinstance(value, str):
        found = _read(value)
        if found is not None:
            yield found
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _documents(inner)


def _read(text: str) -> Document | None:
    kept = _ABRIDGED.fullmatch(text)
    if kept is not None:
        return Document(int(kept["size"]), kept["sha256"])
    pdf = _pdf(text.encode("ascii", "replace"))
    return None if pdf is None else Document.of(pdf)


def _pdf(text: bytes) -> bytes | None:
    """The PDF that a text holds in base64, or None."""
    if not text.startswith(b"JVBERi0"):
        return None
    try:
        pdf = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return pdf if pdf.startswith(_PDF) else None
