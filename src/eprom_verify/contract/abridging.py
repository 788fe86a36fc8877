"""Bodies without the long PDFs in them: what is to be known of such a one is its size and its hash.

A body is read a piece at a time, and a PDF in it is decoded and hashed so too: of a letter with a document of 30 MB no
more than a few pieces are in memory at once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from eprom_verify.contract.letter_documents import Document

Pieces = Callable[[], Iterable[bytes]]
"""Gives a body from its beginning, a piece at a time, each time that it is called."""

_PIECE_BYTES = 65_536
_BEGINNING = b'"JVBERi0'
_LONG = 16_384 + len(_BEGINNING) - 1
_LETTERS = re.compile(rb"[A-Za-z0-9+/=\\]*+")
_CODED = re.compile(rb"[A-Za-z0-9+/]*+")
_ESCAPE = re.compile(rb"\\(?:/|u002[bBfF]|u003[dD])")
_ESCAPED = {b"\\/": b"/", b"\\u002b": b"+", b"\\u002f": b"/", b"\\u003d": b"="}
_LONGEST_ESCAPE = 6


def abridged(body: bytes) -> bytes:
    """A body in JSON with each long PDF in it replaced by its size and SHA-256, so that the rest can be kept whole."""
    return _shortened(lambda: _pieces(body), _known_by) or body


def abridged_pieces(pieces: Pieces) -> bytes | None:
    """As `abridged`, of a body that is not in memory; None when it has no long PDF in it."""
    return _shortened(pieces, _known_by)


def without_documents(body: bytes) -> bytes:
    """A body in JSON without the long PDFs in it, which are not text, and take long to read as such."""
    return _shortened(lambda: _pieces(body), lambda document: b'"PDF"') or body


def without_documents_pieces(pieces: Pieces) -> bytes | None:
    """As `without_documents`, of a body that is not in memory; None when it has no long PDF in it."""
    return _shortened(pieces, lambda document: b'"PDF"')


@dataclass(frozen=True)
class _Long:
    """Where a long string that begins as a PDF does stands in a body, with its quotation marks. `document` is None when
    it is not a PDF in base64 after all."""

    start: int
    end: int
    document: Document | None


def _known_by(document: Document | None) -> bytes | None:
    if document is None:
        return None
    return f'"[PDF: {document.size} byte, sha256 {document.sha256}]"'.encode()


def _shortened(pieces: Pieces, told: Callable[[Document | None], bytes | None]) -> bytes | None:
    """A body with what `told` gives in place of each long one for which it gives something."""
    found = ((each, instead) for each in _long_ones(pieces()) if (instead := told(each.document)) is not None)
    replaced = iter(list(found))
    first = next(replaced, None)
    return None if first is None else b"".join(_put_together(pieces(), first, replaced))


def _put_together(
    pieces: Iterable[bytes], first: tuple[_Long, bytes], others: Iterator[tuple[_Long, bytes]]
) -> Iterator[bytes]:
    coming: tuple[_Long, bytes] | None = first
    begin = 0
    for piece in pieces:
        at, begin, end = begin, begin, begin + len(piece)
        while coming is not None and coming[0].start < end:
            long, instead = coming
            yield piece[begin - at : max(begin, long.start) - at]
            begin = min(long.end, end)
            if long.end > end:
                break
            yield instead
            coming = next(others, None)
        yield piece[begin - at :]
        begin = end


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[at : at + _PIECE_BYTES] for at in range(0, len(body), _PIECE_BYTES))


def _long_ones(pieces: Iterable[bytes]) -> Iterator[_Long]:
    """The long strings in a body that begin as a PDF does."""
    held, offset, run = b"", 0, None
    for piece in pieces:
        text, at = held + piece, 0
        while at < len(text):
            if run is None:
                begins = text.find(_BEGINNING, at)
                if begins < 0:
                    # It may begin here, and go on in the next piece.
                    at = max(at, len(text) - len(_BEGINNING) + 1)
                    break
                run, at = _Run(offset + begins), begins + 1
            letters = _LETTERS.match(text, at)
            assert letters is not None  # it may be empty
            run.take(letters[0])
            at = letters.end()
            if at == len(text):
                break
            if run.length >= _LONG and text[at : at + 1] == b'"':
                at += 1
                yield _Long(run.start, offset + at, run.document())
            run = None
        held, offset = text[at:], offset + at


class _Run:
    """Letters that may be a PDF in base64, escaped as in JSON, taken in a part at a time."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.length = 0
        self._escaped = b""
        self._coded = b""
        self._digest = hashlib.sha256()
        self._size = 0
        self._is_coded = True

    def take(self, letters: bytes) -> None:
        """Take in one part more."""
        self.length += len(letters)
        if not self._is_coded:
            return
        text = self._escaped + letters
        # An escape may go on in the next part.
        cut = text.find(b"\\", max(0, len(text) - _LONGEST_ESCAPE + 1))
        cut = len(text) if cut < 0 else cut
        self._escaped = text[cut:]
        coded = self._coded + _plain(text[:cut])
        # What ends in padding is left for the end.
        whole = max(0, (len(coded) - 5) // 4 * 4)
        self._coded = coded[whole:]
        self._decode(coded[:whole])

    def document(self) -> Document | None:
        """The PDF that this was, or None; there is no more."""
        if self._is_coded:
            try:
                self._count(base64.b64decode(self._coded + _plain(self._escaped), validate=True))
            except (binascii.Error, ValueError):
                self._is_coded = False
        return Document(self._size, self._digest.hexdigest()) if self._is_coded else None

    def _decode(self, coded: bytes) -> None:
        if _CODED.fullmatch(coded) is None:
            self._is_coded, self._coded, self._escaped = False, b"", b""
            return
        self._count(binascii.a2b_base64(coded))

    def _count(self, pdf: bytes) -> None:
        self._size += len(pdf)
        self._digest.update(pdf)


def _plain(text: bytes) -> bytes:
    """Base64 as it was before it was written as JSON."""
    return _ESCAPE.sub(lambda match: _ESCAPED[match[0].lower()], text) if b"\\" in text else text
