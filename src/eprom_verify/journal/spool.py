"""Keeps a body that passes, without all of it in memory."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from typing import IO

IN_MEMORY_BYTES = 1_048_576
PIECE_BYTES = 65_536


class Spool:
    """What has been written so far, in memory when that is little, else in a temporary file.

    No more than `limit` bytes are kept; `size` and `sha256` are of all that was written. When the disk takes no more,
    the rest is kept in memory: what passes is not to suffer for it. Used as a context manager.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: IO[bytes] = io.BytesIO()
        self._on_disk = False
        self._refused = False
        self._digest = hashlib.sha256()
        self._length = 0
        self.size = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *exc: object) -> None:
        self._kept.close()

    @property
    def whole(self) -> bool:
        """Whether all that was written has been kept."""
        return self._length == self.size

    @property
    def large(self) -> bool:
        """Whether it takes a while to read and to judge."""
        return self._length > IN_MEMORY_BYTES

    @property
    def sha256(self) -> str:
        """The hash, in hex, of all that was written."""
        return self._digest.hexdigest()

    def write(self, part: bytes) -> None:
        """Take in one part more."""
        self.size += len(part)
        self._digest.update(part)
        part = part[: max(0, self._limit - self._length)]
        if not part:
            return
        if not self._on_disk and not self._refused and self._length + len(part) > IN_MEMORY_BYTES:
            self._move_to_disk()
        try:
            self._append(part)
        except OSError:
            full, self._kept = self._kept, io.BytesIO(self._read(self._length))
            full.close()
            self._on_disk, self._refused = False, True
            self._append(part)
        self._length += len(part)

    def read(self, length: int = -1) -> bytes:
        """What has been kept, or the beginning of it."""
        return self._read(self._length if length < 0 else min(length, self._length))

    def pieces(self) -> Iterator[bytes]:
        """What has been kept, a piece at a time."""
        at = 0
        while at < self._length:
            self._kept.seek(at)
            piece = self._kept.read(min(PIECE_BYTES, self._length - at))
            at += len(piece)
            yield piece

    def _move_to_disk(self) -> None:
        begun = self._kept
        try:
            # Unbuffered, so that what was written is known when the disk takes no more.
            self._kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by whoever closes the spool
        except OSError:
            self._refused = True
            return
        try:
            self._write(begun.getvalue() if isinstance(begun, io.BytesIO) else b"")
        except OSError:
            self._kept.close()
            self._kept, self._refused = begun, True
            return
        self._on_disk = True

    def _append(self, part: bytes) -> None:
        self._kept.seek(self._length)
        self._write(part)

    def _write(self, part: bytes) -> None:
        left = memoryview(part)
        while left:
            left = left[self._kept.write(left) :]

    def _read(self, length: int) -> bytes:
        self._kept.seek(0)
        found = self._kept.read(length)
        while len(found) < length:
            found += self._kept.read(length - len(found))
        return found
