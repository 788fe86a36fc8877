"""Notes an exchange that passes through a tap, so that what cannot be noted holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx

from eprom_verify.contract import Operation
from eprom_verify.contract.abridging import abridged_pieces
from eprom_verify.journal.forwarding import Came, as_text
from eprom_verify.journal.recorder import Failures, Recorder
from eprom_verify.journal.spool import IN_MEMORY_BYTES, Spool
from eprom_verify.journal.unpacking import NotPackedSo, Unpacker, unpacker

T = TypeVar("T")


class Turn:
    """Lets large bodies be read and judged one at a time, beside the event loop. Whoever makes it closes it."""

    def __init__(self) -> None:
        # One thread for all, not one for each: what a thread has freed, another does not get.
        self._beside = ThreadPoolExecutor(1, "eprom-verify-judging")

    async def do(self, work: Callable[[], T], *, large: bool) -> T:
        """Do it, and give what it gives."""
        if not large:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._beside, work)

    def close(self) -> None:
        """Let the thread end when it is done."""
        self._beside.shutdown(wait=False)


class Note:
    """One exchange in the journal. When a part of it cannot be noted, it counts once, and the rest is not tried."""

    def __init__(self, recorder: Recorder, failures: Failures, turn: Turn, sender: str) -> None:
        self._recorder = recorder
        self._failures = failures
        self._turn = turn
        self._sender = sender
        self._begun: tuple[str, Operation | None] | None = None

    async def request(self, came: Came, url: str, path: str, body: Spool) -> None:
        """Note a request that came whole; one that was too large for that is not judged."""

        def note() -> tuple[str, Operation | None]:
            short = abridged_pieces(body.pieces) if body.large and body.whole else None
            if short is None:
                short = body.read() if body.whole else body.read(2 * IN_MEMORY_BYTES)
            return self._recorder.request(
                sender=self._sender,
                method=came.method,
                url=url,
                path=path,
                headers=as_text(came.headers),
                body=short,
                size=body.size,
                abridged_whole=body.whole,
            )

        self._begun = await self._noted(note, large=body.large)

    async def broken_off(self, came: Came, url: str, body: Spool, reason: str) -> None:
        """Note a request that never came to its end."""

        def note() -> None:
            self._recorder.broken_off(
                sender=self._sender,
                method=came.method,
                url=url,
                headers=as_text(came.headers),
                body=body.read(2 * IN_MEMORY_BYTES),
                size=body.size,
                reason=reason,
            )

        await self._noted(note, large=body.large)

    async def response(self, answer: httpx.Response, seen: Seen) -> None:
        """Note the answer; one that cannot be read is no answer to judge."""
        if seen.problem:
            await self.failure(seen.problem)
            return
        begun, kept = self._begun, seen.kept
        if begun is None:
            return

        def note() -> None:
            self._recorder.response(
                begun[0],
                begun[1],
                status=answer.status_code,
                headers=as_text(answer.headers.raw),
                body=kept.read() if kept.whole else kept.read(2 * IN_MEMORY_BYTES),
                size=kept.size,
            )

        await self._noted(note, large=kept.large)

    async def failure(self, reason: str) -> None:
        """Note that there was no answer."""
        begun = self._begun
        if begun is not None:
            await self._noted(lambda: self._recorder.failure(begun[0], reason), large=False)

    async def _noted(self, work: Callable[[], T], *, large: bool) -> T | None:
        try:
            return await self._turn.do(work, large=large)
        except Exception as exc:
            self._begun = None
            self._failures.add(exc)
            return None


class Seen:
    """An answer as it is read: unpacked, when it was compressed on its way. `problem` is why it cannot be, or ""."""

    def __init__(self, kept: Spool, codings: str) -> None:
        self.kept = kept
        self._unpacker = unpacker(codings)
        self.problem = "" if self._unpacker else f"Svaret er pakket på en måte som ikke kan leses her ({codings[:40]})."

    def take(self, part: bytes) -> None:
        """Take in one part more."""

        def unpack(unpacker: Unpacker) -> None:
            for piece in unpacker.pieces(part):
                self.kept.write(piece)
                if not self.kept.whole:
                    break

        self._try(unpack)

    def end(self) -> None:
        """There is no more."""
        self._try(lambda unpacker: unpacker.end())

    def _try(self, work: Callable[[Unpacker], None]) -> None:
        if self._unpacker is None or self.problem or not self.kept.whole:
            return
        try:
            work(self._unpacker)
        except NotPackedSo:
            self.problem = "Svaret er ikke pakket slik headeren Content-Encoding sier."
