"""A test environment that is not Hemit's: the project's own simulator, in a process of its own, at an address that
nothing knows; and a bestillersystem that is not ours, in another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.keys import HOOK_VARIABLE, KEY_VARIABLE
from eprom_verify.persons import Population
from eprom_verify.rig import NORWAY
from eprom_verify.simulator.forms import SIMULATED_FORMS
from tests.examples.node_system import HOOK_PATH, node_system
from tests.ports import free_port

START = "from eprom_verify.cli import main; main()"
KEY = "en-felles-nokkel-0123"
TOKEN = "provetoken"
SEED = 1


@dataclass(frozen=True)
class StandIn:
    """Where everything is; `folder` holds the configuration, and gets the reports."""

    folder: Path
    eprom: int
    tap: int
    receiver: int
    system: str

    @property
    def base_url(self) -> str:
        """The PromsApiBaseUrl of the environment itself."""
        return f"http://127.0.0.1:{self.eprom}/promswebapi"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that a command needs."""
        return {**os.environ, KEY_VARIABLE: KEY, HOOK_VARIABLE: TOKEN}

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "eprom-verify.toml"

    def command(self, *words: str) -> list[str]:
        """How a command is started."""
        return [sys.executable, "-c", START, *words]

    def do(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    def seen_there(self) -> list[Exchange]:
        """What the environment has noted itself."""
        [journal] = (self.folder / "there").glob("2*/journal.sqlite")
        return read_exchanges(journal)

    def configure(self, **system: str) -> None:
        """Write the configuration, with another driver than the hook when it is told."""
        told = system or {"driver": "http", "hook_url": self.system + HOOK_PATH}
        told = {"navn": "Eksempelregisteret", "api_base_url": self.system, **told}
        people = Population.generate(SEED, today=datetime.now(NORWAY).date())
        sections = {
            "bestillersystem": told,
            "mottak": {"port": self.receiver},
            "kran": {"port": self.tap},
            "frister": {"status_s": 3.0, "quiet_s": 0.3, "registrert_s": 2.0},
            "forbindelse": {"kall_i_sekundet": 1000.0, "vent_s": 0.5},
            "miljo": {"skjemautfyller": f"http://127.0.0.1:{self.eprom}/proms"},
            "personas": {each.name: each.national_id for each in people},
            "skjema": {name: str(form_id) for name, form_id in SIMULATED_FORMS.items()},
        }
        lines = [f'eprom = "{self.base_url}"']
        for section, entries in sections.items():
            lines += ["", f"[{section}]"]
            lines += [f"{json.dumps(key, ensure_ascii=False)} = {json.dumps(value)}" for key, value in entries.items()]
        self.config.write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def stand_in(folder: Path, **system: str) -> Iterator[StandIn]:
    """Both ends, running, and the configuration of what is to stand between them."""
    eprom, tap, receiver = free_port(), free_port(), free_port()
    with node_system(f"http://127.0.0.1:{tap}/promswebapi", KEY, hook_token=TOKEN) as address:
        made = StandIn(folder, eprom, tap, receiver, address)
        made.configure(**system)
        words = ["simulator", "--port", str(eprom), "--seed", str(SEED), "--reports", str(folder / "there")]
        words += ["--callback-url", f"http://127.0.0.1:{receiver}", "--callback-later", "--callback-delay", "0.01"]
        with subprocess.Popen(
            made.command(*words), cwd=folder, env=made.environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as there:
            try:
                assert there.stdout is not None
                while "Stopp med" not in there.stdout.readline():
                    assert there.poll() is None
                # Else the pipe would fill up, and the environment stand still.
                threading.Thread(target=there.stdout.read, daemon=True).start()
                yield made
            finally:
                there.terminate()
