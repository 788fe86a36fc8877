"""Every way in which a PDF can hold text: on its pages, and in whatever else stands in the file."""

from __future__ import annotations

import io
import logging
import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"(?<=>)\s{0,4}stream\r?\n")
_NO_TEXT = re.compile(rb"/(?:FontFile|Length1|Subtype\s*/Image|FunctionType|CIDFontType|Type1C|ICCBased)")
_PROFILE = re.compile(rb"/N\s+\d")
_LONGEST_HEAD = 2000
_LARGEST_STREAM = 8 * 1024 * 1024
_LARGEST_UNPACKED = 256 * 1024 * 1024

# The hexadecimal digits of a signature are numbers, in which anything can be read.
_HEXADECIMAL = re.compile(rb"<([0-9A-Fa-f\s]{8,}+)>")
_LONGEST_TEXT = 8_192
_OCTAL = re.compile(rb"\\([0-7]{3})")
_CONTINUED = re.compile(rb"\\\r?\n")
# What the words of a page are set with, so that they can be broken over lines.
_SET_WITH = dict.fromkeys(map(ord, "\u200b\u00ad"))
_PRINTABLE = bytes(range(32, 127)) + b"\r\n\t" + bytes(range(160, 256))


class Unseen(Exception):
    """A file, not all of which can be looked through; the text says why, in Norwegian, of the file."""


def pdf_texts(name: str, content: bytes, *, pages: bool = True) -> Iterator[tuple[str, str]]:
    """The texts of a PDF, each with where it stands; those of its `pages` take the longest to read.

    Raises:
        Unseen: not all of it can be looked through.
    """
    yield from _strings(name, content)
    if pages:
        yield from _shown(name, content)
    for stream in _streams(content):
        yield from _strings(f"{name} (strøm)", stream)


def _shown(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(content))
        for number, page in enumerate(reader.pages, 1):
            yield f"{name} side {number}", page.extract_text().translate(_SET_WITH)
        if reader.metadata:
            yield f"{name} (metadata)", " ".join(str(value) for value in reader.metadata.values())
    except Exception as exc:  # whatever a reader of broken files may raise
        raise Unseen("kan ikke leses som PDF") from exc


def _strings(place: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Bytes of a PDF as text, with the strings that are written as numbers, or with two bytes for each letter."""
    plain = _HEXADECIMAL.sub(b" ", content)
    if b"\\" in plain:
        plain = (
            _OCTAL.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), plain)
            .replace(b"\\\r\n", b"")
            .replace(b"\\\n", b"")
        )
    yield place, plain.decode("latin-1")
    if b"\x00" in plain:
        yield place, plain.replace(b"\x00", b"").decode("latin-1")
    for match in _HEXADECIMAL.finditer(content):
        digits = b"".join(match[1].split())
        if len(digits) <= _LONGEST_TEXT:
            text = bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
            yield place, text.replace(b"\x00", b"").decode("latin-1")


def _streams(content: bytes) -> Iterator[bytes]:
    """The streams of a PDF, unpacked, also those that nothing points to; those of fonts and pictures are left out."""
    left = _LARGEST_UNPACKED
    starts = list(_STREAM.finditer(content))
    for number, match in enumerate(starts, 1):
        end = starts[number].start() if number < len(starts) else len(content)
        head = content[max(0, match.start() - _LONGEST_HEAD) : match.start()].rpartition(b"obj")[2]
        if _NO_TEXT.search(head) or (_PROFILE.search(head) and b"/ObjStm" not in head):
            continue
        try:
            stream = zlib.decompressobj().decompress(content[match.end() : end], _LARGEST_STREAM)
        except zlib.error:
            continue
        left -= len(stream)
        if left <= 0:
            raise Unseen("er pakket slik at det ikke går an å se gjennom alt")
        if _is_text(stream[:20_000]):
            yield stream


def _is_text(content: bytes) -> bool:
    """Whether most of it can be read: fonts and pictures that do not say so are numbers."""
    return len(content.translate(None, _PRINTABLE)) * 4 < len(content)
