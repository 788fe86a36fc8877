"""The person at the terminal of a run, who does in a bestillersystem what no machine can make it do."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console

from eprom_verify.report.terminal import inert


class TerminalTester:
    """A `Tester` at a console, who writes lines on a stream.

    The stream is read by a thread of its own, from the first question on: a call that comes is not to wait for a line.
    """

    def __init__(self, console: Console, lines: TextIO) -> None:
        self._console = console
        self._lines = lines
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reading = False
        self._gone = False

    @property
    def present(self) -> bool:
        """Whether both the console and the stream are a person's."""
        try:
            return self._console.is_terminal and self._lines.isatty()
        except ValueError:
            return False

    def tell(self, lines: Iterable[str]) -> None:
        """See `Tester`."""
        self._read()
        self.show(lines)

    def show(self, lines: Iterable[str]) -> None:
        """Show these lines, and expect nothing."""
        for line in lines:
            self._console.print(inert(line), highlight=False, markup=False, soft_wrap=True)

    def said(self) -> str | None:
        """See `Tester`."""
        if self._gone:
            raise EOFError
        try:
            line = self._said.get_nowait()
        except queue.Empty:
            return None
        if line is None:
            self._gone = True
            raise EOFError
        return line

    def _read(self) -> None:
        if not self._reading:
            self._reading = True
            threading.Thread(target=self._follow, name="eprom-verify-tester", daemon=True).start()

    def _follow(self) -> None:
        try:
            for line in self._lines:
                self._said.put(line.rstrip("\r\n"))
        except (OSError, ValueError):
            pass
        self._said.put(None)
