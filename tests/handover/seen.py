"""All that can be read in a package, by means of its own: what the tests of it look for secrets in."""

from __future__ import annotations

import base64
import io
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pypdf import PdfReader

_DATA = re.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")
_GZIP = b"\x1f\x8b\x08"


def files_of(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def everything(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Every file as it stands, and all that a reader of it gets to see, each with where it is."""
    for name, content in files.items():
        yield name, name.encode()
        yield name, content
        if name.endswith(".sqlite"):
            yield from _rows(name, content)
        elif name.endswith(".pdf"):
            yield from _pages(name, content)
        elif name.endswith(".html"):
            for match in _DATA.finditer(content):
                yield f"{name} (data)", base64.b64decode(match[0] + b"=" * (-len(match[0]) % 4))


def _rows(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    with tempfile.NamedTemporaryFile(suffix=".sqlite") as file:
        Path(file.name).write_bytes(content)
        for seq, facts, body in sqlite3.connect(file.name).execute("SELECT seq, facts, body FROM entries"):
            yield f"{name} {seq}", facts.encode()
            yield f"{name} {seq}", body
            yield f"{name} {seq} (without NUL)", body.replace(b"\x00", b"")
            if body.startswith(_GZIP):
                yield f"{name} {seq} (packed)", zlib.decompressobj(31).decompress(body)


def _pages(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    reader = PdfReader(io.BytesIO(content))
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        yield f"{name} page {number}", text.encode("utf-8", "replace")
        yield f"{name} page {number}", "".join(text.split()).encode("utf-8", "replace")
    for each in (reader.metadata or {}).values():
        yield f"{name} metadata", str(each).encode("utf-8", "replace")
