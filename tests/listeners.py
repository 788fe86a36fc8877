"""A running `eprom-verify listen`, and what it says."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
"""
"""What, before the program itself, lets its disk be full."""
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="asks for POSIX signals and limits")


class Listening:
    """A running listener, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout is not None
        self._reading = threading.Thread(target=lambda: self.lines.extend(iter(process.stdout.readline, "")))  # type: ignore[union-attr]
        self._reading.start()

    def says(self, words: str) -> str:
        """Wait until it says something."""
        until = monotonic() + 20
        while not (found := [each for each in self.lines if words in each]):
            assert monotonic() < until, self.lines
            assert self._reading.is_alive() or any(words in each for each in self.lines), self.lines
            sleep(0.02)
        return found[0]

    def ends(self, kind: int) -> int:
        """Send a signal, and wait for the end."""
        self.process.send_signal(kind)
        code = self.process.wait(timeout=20)
        self._reading.join(10)
        return code


@contextmanager
def started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Listening]:
    """Start a listener, and end it at the end, whatever has become of it."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        running = Listening(process)
        try:
            running.says("Stopp med")
            yield running
        finally:
            process.kill()
