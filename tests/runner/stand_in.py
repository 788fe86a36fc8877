"""A stand-in for a test environment: the simulator in a process of its own, which knows nothing of the run."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from tests.runner.suites import own_environment

COMMAND = [sys.executable, "-c", "from eprom_verify.cli import main; main()"]
RAND_12 = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"


@dataclass(frozen=True)
class StandIn:
    """Where the environment is, and where it sends its callbacks."""

    folder: Path
    port: int
    callbacks: int
    delay_s: float
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """PromsApiBaseUrl."""
        return f"http://127.0.0.1:{self.port}/promswebapi"

    def persons(self) -> dict[str, str]:
        """The test persons by name."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_control/persons") as answer:
            return {each["name"]: each["nationalId"] for each in json.load(answer)}

    def orders(self) -> list[dict[str, object]]:
        """Every order that it has taken."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_control/orders") as answer:
            found: list[dict[str, object]] = json.load(answer)
            return found

    def silence(self) -> None:
        """Let it answer nothing and send nothing any more."""
        self.process.kill()

    def configure(self, folder: Path, *, status_s: float = 120.0, calls_per_s: float = 1000.0, more: str = "") -> None:
        """Write the settings of a run against it."""
        persons = "".join(f'"{name}" = "{number}"\n' for name, number in self.persons().items())
        (folder / "eprom-verify.toml").write_text(
            f'eprom = "{self.address}"\n[mottak]\nport = {self.callbacks}\n'
            f"[frister]\nstatus_s = {status_s}\nquiet_s = 0.5\n{more}\n[forbindelse]\nkall_i_sekundet = {calls_per_s}\n"
            f'[personas]\n{persons}[skjema]\n"RAND-12" = "{RAND_12}"\n',
            encoding="utf-8",
        )


@contextmanager
def stand_in(folder: Path, *, port: int, callbacks: int, delay_s: float, edition: str = "2026-05") -> Iterator[StandIn]:
    """Start one, and stop it again."""
    words = ["simulator", "--port", str(port), "--control", "--callback-later", "--edition", edition]
    words += ["--callback-url", f"http://127.0.0.1:{callbacks}", "--callback-delay", str(delay_s), "--reports", "sim"]
    process = subprocess.Popen([*COMMAND, *words], cwd=folder, env=own_environment(), stdout=subprocess.DEVNULL)
    try:
        made = StandIn(folder, port, callbacks, delay_s, process)
        _wait_until_up(made)
        yield made
    finally:
        process.kill()
        process.wait(10)


def _wait_until_up(environment: StandIn) -> None:
    deadline = monotonic() + 60
    while True:
        try:
            environment.persons()
            return
        except OSError:
            assert monotonic() < deadline, "the stand-in never answered"
            Event().wait(0.05)
