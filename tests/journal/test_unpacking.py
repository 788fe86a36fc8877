"""Compressed bodies are read as they come, however they are cut, and never grow beyond what is asked for."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest

from eprom_verify.journal.spool import Spool
from eprom_verify.journal.unpacking import NotPackedSo, unpacker

TEXT = random.Random(1).randbytes(30_000) + b"a" * 200_000


def bare(data: bytes) -> bytes:
    """Deflate without its envelope, as some servers send it."""
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(data) + packing.flush()


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:])),
        ("gzip", lambda data: gzip.compress(data) + b"\0\0\0"),
        ("deflate", zlib.compress),
        ("deflate", bare),
        ("br", brotli.compress),
        ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
        ("identity", bytes),
        ("", bytes),
    ],
)
@pytest.mark.parametrize("step", [1, 1000, 10**9])
def test_read_as_it_comes(coding: str, pack: Callable[[bytes], bytes], step: int) -> None:
    packed, reading = pack(TEXT), unpacker(coding)
    assert reading is not None
    found = b"".join(each for at in range(0, len(packed), step) for each in reading.pieces(packed[at : at + step]))
    reading.end()
    assert found == TEXT


@pytest.mark.parametrize("coding", ["zstd", "compress", "gzip, zstd", "tull"])
def test_unknown_coding(coding: str) -> None:
    assert unpacker(coding) is None


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize(
    "spoil", [lambda packed: packed[:-3], lambda packed: b"\xff\xfe" + packed], ids=["cut", "other"]
)
def test_wrong_coding(coding: str, spoil: Callable[[bytes], bytes]) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding]
    reading = unpacker(coding)
    assert reading is not None
    with pytest.raises(NotPackedSo):  # noqa: PT012 - at the wrong part, or at the missing one
        list(reading.pieces(spoil(pack(TEXT))))
        reading.end()


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_bomb(coding: str, pack: Callable[[bytes], bytes]) -> None:
    """A gigabyte in a few kilobytes comes in pieces, and whoever reads may stop."""
    packed, reading, most, total = pack(bytes(100_000_000)), unpacker(coding), 0, 0
    assert reading is not None
    for piece in reading.pieces(packed):
        most, total = max(most, len(piece)), total + len(piece)
        if total > 2_000_000:
            break
    assert most <= 1_000_000
    assert total > 2_000_000


def test_spool_keeps_the_beginning() -> None:
    with Spool(1_500_000) as kept:
        for part in (b"a" * 700_000, b"b" * 700_000, b"c" * 700_000):
            kept.write(part)
        assert (kept.size, kept.whole, kept.large) == (2_100_000, False, True)
        assert kept.read() == b"a" * 700_000 + b"b" * 700_000 + b"c" * 100_000
        assert kept.read(3) == b"aaa"
        assert b"".join(kept.pieces()) == kept.read()
        kept.write(b"d")
        assert len(kept.read()) == 1_500_000
