"""A folder to run in, and an ePROM that the network can take away."""

from __future__ import annotations

import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

import httpx

from eprom_verify.clock import system_clock
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.persons import Population
from eprom_verify.simulator.forms import SIMULATED_FORMS
from tests.ports import free_port
from tests.runner.test_resume import COMMAND, ENVIRONMENT, QUICK
from tests.tls import wild_server

PATIENCE_S = 60
VARIABLES = ENVIRONMENT | {"EPROM_VERIFY_API_KEY": "simulator", "PYTHONUNBUFFERED": "1"}


class Place:
    """A folder to run in, an ePROM on a port of its own, which can be killed, and a receiver."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.front, self.receiver = free_port(), free_port(), free_port()
        self._eprom: subprocess.Popen[str] | None = None
        self._runs: list[subprocess.Popen[str]] = []
        # How many orders have come on the way.
        self.through = 0

    def configure(self, *, port: int | None = None, status_s: float = 3.0, **connection: float) -> None:
        """Write the configuration, with the simulator's persons and forms as those of the environment."""
        told = {"kall_i_sekundet": 1000.0, "forsok": 1, "vent_s": 60.0, "tidsgrense_s": 5.0} | connection
        population = Population.generate(1, today=system_clock().date())
        lines = [
            f'eprom = "http://127.0.0.1:{port or self.port}/promswebapi"',
            "[frister]",
            f"status_s = {status_s}",
            "quiet_s = 0.3",
            f"[mottak]\nport = {self.receiver}",
            "[forbindelse]",
            *(f"{key} = {value}" for key, value in told.items()),
            "[personas]",
            *(f'"{each.name}" = "{each.national_id}"' for each in population),
            "[skjema]",
            *(f'"{name}" = "{form}"' for name, form in SIMULATED_FORMS.items()),
        ]
        (self.folder / "eprom-verify.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def up(self, *, callback_delay_s: float = 0.01) -> None:
        """Start the ePROM, and wait until it answers."""
        words = ["simulator", "--port", str(self.port), "--callback-delay", str(callback_delay_s), "--callback-later"]
        words += ["--callback-url", f"http://127.0.0.1:{self.receiver}", "--reports", "eprom"]
        self._eprom = subprocess.Popen(
            [*COMMAND, *words], cwd=self.folder, env=VARIABLES, stdout=subprocess.DEVNULL, text=True
        )
        deadline = monotonic() + PATIENCE_S
        while monotonic() < deadline:
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{self.port}/")
                return
            Event().wait(0.05)
        raise AssertionError("the simulator never answered")

    def down(self) -> None:
        """Kill the ePROM, if it is up."""
        if self._eprom is not None:
            self._eprom.kill()
            self._eprom.wait(PATIENCE_S)
            self._eprom = None

    def begun(
        self, *words: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """A run that has begun."""
        running = subprocess.Popen(
            [*COMMAND, *QUICK, *words],
            cwd=self.folder,
            env=VARIABLES | {"TERM": "xterm", "COLUMNS": "200"},
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._runs.append(running)
        return running

    def close(self) -> None:
        """End whatever runs."""
        self.down()
        for each in self._runs:
            each.kill()
            with each:
                pass

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code of a run, and what it showed."""
        running = self.begun(*words)
        shown, _ = running.communicate(timeout=2 * PATIENCE_S)
        return running.returncode, shown

    @property
    def journal(self) -> Path:
        [found] = self.folder.glob("reports/2*/journal.sqlite")
        return found

    @property
    def orders(self) -> Counter[str]:
        """How many orders the bestillersystem has sent for each person."""
        return Counter(
            str(each.request.member("nationalId"))
            for each in read_exchanges(self.journal)
            if each.operation == "A" and each.sender == "bestillersystem"
        )

    @property
    def refused(self) -> list[Exchange]:
        """The attempts at which nobody listened."""
        return [each for each in read_exchanges(self.journal) if each.failure == "Ingen svarer på adressen."]

    @property
    def sent(self) -> int:
        """How many orders the journal says were sent to somebody who listened."""
        refused = {each.id for each in self.refused}
        return sum(each.operation == "A" and each.id not in refused for each in read_exchanges(self.journal))

    @contextmanager
    def way(self) -> Iterator[None]:
        """The way to the ePROM, for as long as this is open: it lets through whatever comes."""

        def passing_on(connection: socket.socket) -> None:
            self.through += front.request.startswith(b"POST /promswebapi/api/v2/formorder")
            connection.sendall(passed_on(front.request, self.port))

        with wild_server(port=self.front) as front:
            front.behave = passing_on
            yield


def passed_on(request: bytes, port: int) -> bytes:
    head, _, rest = request.partition(b"\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as far:
        far.sendall(head + b"\r\nConnection: close\r\n" + rest)
        answer = b""
        while piece := far.recv(65536):
            answer += piece
        return answer
