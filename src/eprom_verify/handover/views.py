"""Every way in which a file of a package can hold text: as it stands, coded, compressed, or in a table."""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from eprom_verify.handover.entries import foreign_parts
from eprom_verify.handover.pdf_texts import Unseen, pdf_texts
from eprom_verify.masking.packed import WIDE_RUN, opened

DATA = re.compile(rb'd\("([^"<]{1,200})","([A-Za-z0-9+/=]*)"\)')
"""How a report carries a file that its program asks for: its name, and its content in base64."""

_BEFORE_TIME = re.compile(rb"(?<=[0-9a-f])(?=[0-9]{4}-[0-9]{2}-[0-9]{2}T)")
_DIGESTS = re.compile(rb"(?=[0-9a-f]{0,63}[a-f])(?:[0-9a-f]{64}){1,2}")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{20,}")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PNG = b"\x89PNG\r\n\x1a\n"


def texts_of(name: str, content: bytes, *, pages: bool = True) -> Iterator[tuple[str, str]]:
    """The texts of a file, each with where it stands; without `pages` those on the pages of a PDF are left out.

    Raises:
        Unseen: not all of it can be looked through.
    """
    match PurePosixPath(name).suffix:
        case ".html":
            yield from _page(name, content)
        case ".pdf":
            yield from pdf_texts(name, content, pages=pages)
        case ".sqlite":
            yield from _table(name, content)
        case ".png" | ".jpg":
            yield from _pixels(name, content)
        case ".p7s":
            # Numbers, in which anything can be read; whether they are a signature is looked at elsewhere.
            return
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
    yield (
        name,
        re.sub(rb'(?:src|href)="data:(?:image|font)/[^"]*"', b"", DATA.sub(b"", content)).decode("utf-8", "replace"),
    )
    for inner, data in carried:
        yield from _unfolded(f"{name} ({inner})", data)


def _unfolded(place: str, content: bytes) -> Iterator[tuple[str, str]]:
    """The text of some bytes, also when they have two for each letter, or are compressed."""
    yield place, content.decode("utf-16" if content[:2] in _WIDE else "utf-8", "replace")
    if b"\x00" in content:
        yield from ((place, match[0].replace(b"\x00", b"").decode("ascii")) for match in WIDE_RUN.finditer(content))
    for inner in opened(content):
        yield place, inner.decode("utf-8", "replace")


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
            beside += content[at + 2 : end]
        at = end
    end = content.find(b"\xff\xd9", at)
    return beside + (content[end + 2 :] if end >= 0 else b"")


def _table(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    # The columns of a row stand together on the disk, where ids, times and digests, whole or cut off where a page ends,
    # would make numbers of another kind.
    plain = _HEXADECIMAL.sub(b" ", _DIGESTS.sub(b" ", _BEFORE_TIME.sub(b" ", content)))
    yield name, plain.decode("latin-1")
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
