"""Reads a body that was compressed on its way, a part at a time, so that what passed can be judged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import brotli

_PIECE_BYTES = 65_536
_READ = frozenset({"gzip", "x-gzip", "deflate", "br"})


class NotPackedSo(Exception):
    """The body is not compressed as its header says."""


class Unpacker(Protocol):
    """Takes parts as they came, and gives what they stand for in pieces of a bounded size."""

    def pieces(self, part: bytes) -> Iterator[bytes]:
        """Raises: NotPackedSo."""

    def end(self) -> None:
        """There is no more. Raises: NotPackedSo."""


def unpacker(codings: str) -> Unpacker | None:
    """What reads a body with this Content-Encoding; None when there is a coding that we cannot read."""
    named = [each.strip().casefold() for each in codings.split(",")]
    wanted = [each for each in named if each not in ("", "identity")]
    if not all(each in _READ for each in wanted):
        return None
    # The last coding was put on last, and comes off first.
    return _Chain([_Brotli() if each == "br" else _Zlib(each) for each in reversed(wanted)])


class _Chain:
    def __init__(self, layers: Sequence[Unpacker]) -> None:
        self._layers = layers

    def pieces(self, part: bytes, layer: int = 0) -> Iterator[bytes]:
        if layer == len(self._layers):
            yield part
            return
        for piece in self._layers[layer].pieces(part):
            yield from self.pieces(piece, layer + 1)

    def end(self) -> None:
        for each in self._layers:
            each.end()


class _Zlib:
    def __init__(self, coding: str) -> None:
        self._bits = zlib.MAX_WBITS if coding == "deflate" else zlib.MAX_WBITS | 16
        self._inner = zlib.decompressobj(self._bits)
        self._first = b""
        self._begun = False

    def pieces(self, part: bytes) -> Iterator[bytes]:
        if not self._begun:
            # Two bytes tell whether there is an envelope.
            part = self._first = self._first + part
            if len(part) < 2:
                return
            self._begun = True
            if self._bits == zlib.MAX_WBITS and not (part[0] & 15 == 8 and (part[0] * 256 + part[1]) % 31 == 0):
                # Some servers send «deflate» without the envelope that the standard asks for.
                self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
        full = False
        while part or full:
            if self._inner.eof:
                # A body may be several members, one after the other; what else follows is not of it.
                if not (self._bits & 16 and part.startswith(b"\x1f")):
                    return
                self._inner = zlib.decompressobj(self._bits)
            try:
                piece = self._inner.decompress(part, _PIECE_BYTES)
            except zlib.error as exc:
                raise NotPackedSo(str(exc)) from exc
            part = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            # All may have been read and more still be to come out.
            full = len(piece) == _PIECE_BYTES and not self._inner.eof
            if piece:
                yield piece

    def end(self) -> None:
        if self._first and not self._inner.eof:
            raise NotPackedSo("it breaks off")


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._begun = False

    def pieces(self, part: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(part)
        try:
            piece = self._inner.process(part, output_buffer_limit=_PIECE_BYTES)
            while piece:
                yield piece
                piece = b"" if self._inner.is_finished() else self._inner.process(b"", output_buffer_limit=_PIECE_BYTES)
        except brotli.error as exc:
            raise NotPackedSo(str(exc)) from exc

    def end(self) -> None:
        if self._begun and not self._inner.is_finished():
            raise NotPackedSo("it breaks off")
