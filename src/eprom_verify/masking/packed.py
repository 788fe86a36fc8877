"""Opens what is compressed, so that it can be looked through."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterator

WIDE_RUN = re.compile(rb"\x00?(?:[\x20-\x7e]\x00){6,}[\x20-\x7e]?")
"""Text with two bytes for each letter, among other bytes."""

_CHUNK = 65_536
_LONGEST_WORD = 256
_BETWEEN_WORDS = re.compile(rb"""[\s"',;<>]""")
_MOST = 16 * 1024 * 1024
_GZIP, _ZLIB, _BARE = 31, 15, -15


def opened(content: bytes) -> Iterator[bytes]:
    """What is compressed in these bytes, as far as it can be read; nothing when they are not gzip or zlib."""
    kind = _kind(content)
    if kind is not None and (inner := _inflated(content, kind)[0]):
        yield inner


def masked_within(content: bytes, mask: Callable[[bytes], bytes], *, bare: bool = False) -> bytes | None:
    """Compressed bytes with what is in them masked, as gzip; as they are when nothing in them is to be hidden.

    None when they are not compressed in a way that is known; `bare` is for deflate without a head.
    """
    kind = _kind(content) or (_BARE if bare else None)
    if kind is None:
        return None
    inner, rest, whole = _inflated(content, kind)
    if not inner:
        return None
    masked, masked_rest = mask(inner if whole else without_last_word(inner)), mask(rest) if rest else b""
    if whole and masked == inner and masked_rest == rest:
        return content
    # What could not be read to its end is kept as far as it was read.
    return gzip.compress(masked, mtime=0) + masked_rest


def without_last_word(content: bytes) -> bytes:
    """Bytes that were cut off, without what may be half of something: half a secret is not known for one."""
    tail = content[-_LONGEST_WORD:]
    ends = [each.end() for each in _BETWEEN_WORDS.finditer(tail)]
    return content[: len(content) - len(tail) + (ends[-1] if ends else 0)]


def _kind(content: bytes) -> int | None:
    if content[:3] == b"\x1f\x8b\x08":
        return _GZIP
    if len(content) > 2 and content[0] == 0x78 and int.from_bytes(content[:2], "big") % 31 == 0:
        return _ZLIB
    return None


def _inflated(content: bytes, kind: int) -> tuple[bytes, bytes, bool]:
    """What comes out, what follows it, and whether all of it came out."""
    unpacker, made = zlib.decompressobj(kind), bytearray()
    try:
        for start in range(0, len(content), _CHUNK):
            made += unpacker.decompress(content[start : start + _CHUNK], _MOST - len(made))
            if unpacker.eof:
                return bytes(made), unpacker.unused_data + content[start + _CHUNK :], True
            if len(made) >= _MOST:
                break
    except zlib.error:
        pass
    return bytes(made), b"", False
