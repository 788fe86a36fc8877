"""Every way in which a file of a package can hold text: as it stands, coded, compressed, or in a table."""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
import logging
import re
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from eprom_verify.handover.entries import foreign_parts

_CODED = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
DATA = re.compile(rb'd\("([^"<]{1,200})","([A-Za-z0-9+/=]*)"\)')
"""How a report carries a file that its program asks for: its name, and its content in base64."""

_BEFORE_TIME = re.compile(rb"(?<=[0-9a-f])(?=[0-9]{4}-[0-9]{2}-[0-9]{2}T)")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{20,}")
_STREAM = re.compile(rb"(?<=>)\s{0,4}stream\r?\n")
_NO_TEXT = re.compile(rb"/(?:FontFile|Length1|Subtype\s*/Image|FunctionType|CIDFontType|Type1C|ICCBased|/N\s+\d)")
_LONGEST_HEAD = 2000
_LARGEST_STREAM = 8 * 1024 * 1024
_LARGEST_UNPACKED = 256 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_DEEPEST = 3
_LARGEST_CODED = 4 * 1024 * 1024


class Unseen(Exception):
    """A file, not all of which can be looked through; the text says why, in Norwegian, of the file."""


def texts_of(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a file, each with where it stands.

    Raises:
        Unseen: not all of it can be looked through.
    """
    match PurePosixPath(name).suffix:
        case ".html":
            yield from _page(name, content)
        case ".pdf":
            # A signature in it is thousands of digits and letters, in which some eleven digits are somebody's number.
            yield name, _HEXADECIMAL.sub(b" ", content).decode("latin-1")
            yield from _pdf(name, content)
        case ".sqlite":
            yield from _table(name, content)
        case ".png" | ".jpg":
            yield from _pixels(name, content)
        case ".p7s":
            # Numbers, in which anything can be read; whether they are a signature is looked at elsewhere.
            return
        case ".json":
            yield from _unfolded(name, content)
            yield from _members(name, content)
        case _:
            yield from _unfolded(name, content)


def embedded_data(page: bytes) -> Iterator[tuple[str, bytes]]:
    """The data that a report carries within itself, by the name that its program knows it by."""
    for match in DATA.finditer(page):
        with contextlib.suppress(binascii.Error):
            yield match[1].decode("latin-1"), base64.b64decode(match[2])


def _page(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    carried = list(embedded_data(content))
    # What is left is the program and its own words; the data is looked at decoded.
    yield name, re.sub(rb'src="data:[^"]*"|href="data:[^"]*"', b"", DATA.sub(b"", content)).decode("utf-8", "replace")
    for inner, data in carried:
        yield from _unfolded(f"{name} ({inner})", data)


def _unfolded(place: str, content: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The text of some bytes, and of what is written in base64 or percent-encoded within it."""
    text = content.decode("utf-8", "replace")
    yield place, text
    if "%" in text:
        yield place, unquote(text)
    if b"\x00" in content[:64]:
        for encoding in ("utf-16-le", "utf-16-be"):
            with contextlib.suppress(UnicodeDecodeError):
                yield place, content.decode(encoding)
    if depth == _DEEPEST:
        return
    for match in _CODED.finditer(content):
        if len(match[0]) > _LARGEST_CODED:
            continue
        inner = _decoded(match[0])
        if inner is not None:
            yield from _unfolded(place, inner, depth + 1)


def _decoded(coded: bytes) -> bytes | None:
    """What stands in base64, when it is text at all."""
    plain = coded.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        inner = base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
        inner.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return inner


def _members(place: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a JSON document, freed of its escapes."""
    try:
        document = json.loads(content)
    except ValueError:
        return
    yield place, json.dumps(document, ensure_ascii=False)


def _pdf(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(content))
        for number, page in enumerate(reader.pages, 1):
            yield f"{name} side {number}", page.extract_text()
        if reader.metadata:
            yield f"{name} (metadata)", " ".join(str(value) for value in reader.metadata.values())
    except Exception as exc:  # whatever a reader of broken files may raise
        raise Unseen("kan ikke leses som PDF") from exc
    for stream in _streams(content):
        yield f"{name} (strøm)", _HEXADECIMAL.sub(b" ", stream).decode("latin-1")


def _streams(content: bytes) -> Iterator[bytes]:
    """The streams of a PDF, unpacked, also those that nothing points to; those of fonts and pictures are left out."""
    left = _LARGEST_UNPACKED
    starts = list(_STREAM.finditer(content))
    for number, match in enumerate(starts, 1):
        end = starts[number].start() if number < len(starts) else len(content)
        head = content[max(0, match.start() - _LONGEST_HEAD) : match.start()].rpartition(b"obj")[2]
        if _NO_TEXT.search(head):
            continue
        try:
            stream = zlib.decompressobj().decompress(content[match.end() : end], _LARGEST_STREAM)
        except zlib.error:
            continue
        left -= len(stream)
        if left <= 0:
            raise Unseen("er pakket slik at det ikke går an å se gjennom alt")
        if b"<x:xmpmeta" in stream or b"(" in stream[:20000]:
            yield stream


def _pixels(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """What a picture holds besides its pixels, which are numbers in which anything could be read."""
    if content.startswith(_PNG):
        beside = _beside_png(content)
    elif content.startswith(b"\xff\xd8"):
        beside = _beside_jpeg(content)
    else:
        beside = content
    yield from _unfolded(name, beside)
    if beside:
        raise Unseen("har mer i seg enn det som sees på bildet")


def _beside_png(content: bytes) -> bytes:
    at, beside = len(_PNG), b""
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        if kind not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            beside += content[at:end]
        at = end
        if kind == b"IEND":
            break
    return beside + content[at:]


def _beside_jpeg(content: bytes) -> bytes:
    at, beside = 2, b""
    while content[at : at + 1] == b"\xff" and len(content) > at + 1 and content[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        # APP0 is JFIF's own; the others tell of place, time and camera, or are somebody's words.
        if 0xE1 <= content[at + 1] <= 0xEF or content[at + 1] == 0xFE:
            beside += content[at:end]
        at = end
    end = content.find(b"\xff\xd9", at)
    return beside + (content[end + 2 :] if end >= 0 else b"")


def _table(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    # The columns of a row stand together on the disk, where ids, times and digests, whole or cut off where a page ends,
    # would make numbers of another kind.
    yield name, _HEXADECIMAL.sub(b" ", _BEFORE_TIME.sub(b" ", content)).decode("latin-1")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        path.write_bytes(content)
        if foreign_parts(path):
            return
        try:
            with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
                rows = db.execute("SELECT seq, kind, exchange, facts, body FROM entries ORDER BY seq").fetchall()
        except sqlite3.Error:
            return
    for seq, kind, exchange, facts, body in rows:
        place = f"{name}, innslag {seq}"
        yield from _unfolded(place, f"{kind} {exchange} {facts}".encode())
        yield from _unfolded(place, body if isinstance(body, bytes) else str(body).encode())
        yield from _members(place, body if isinstance(body, bytes) else b"")
