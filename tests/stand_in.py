"""A test environment that is not Hemit's: the project's own simulator, in a process of its own, at an address that
nothing knows; and a bestillersystem that is not ours, in another."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
from tests.runner.suites import own_environment
from tests.tls import Authority

START = "from eprom_verify.cli import main; main()"
KEY = "en-felles-nokkel-0123"
TOKEN = "provetoken"
SEED = 1
ELSEWHERE = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
"""An address of this machine that is not the harness's own, where there is one."""
PRIVACY = {"Reservasjon": "b3cda307-154c-4af4-87d3-30567c931924", "Samtykke": "7d0f2a44-95d3-4c0e-8a57-1b6e0c9f3d21"}


@dataclass(frozen=True)
class StandIn:
    """Where everything is; `folder` holds the configuration, and gets the reports.

    `system` is "" when the bestillersystem is the built-in one. With an `authority` all speak TLS, by certificates of
    its own. `front` is the port that ePROM is reached on, when somebody stands before it.
    """

    folder: Path
    eprom: int
    tap: int
    receiver: int
    system: str
    host: str = "127.0.0.1"
    edition: str = "2026-05"
    authority: Authority | None = None
    front: int = 0

    @property
    def scheme(self) -> str:
        """What is spoken between the parties."""
        return "https" if self.authority else "http"

    @property
    def base_url(self) -> str:
        """The PromsApiBaseUrl of the environment itself."""
        place = f"127.0.0.1:{self.front}" if self.front else f"{self.host}:{self.eprom}"
        return f"{self.scheme}://{place}/promswebapi"

    @property
    def trusting(self) -> ssl.SSLContext | None:
        """What trusts the certificates here; None without TLS."""
        return ssl.create_default_context(cafile=str(self.authority.path)) if self.authority else None

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that a command needs."""
        return {**own_environment(), KEY_VARIABLE: KEY, HOOK_VARIABLE: TOKEN}

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "eprom-verify.toml"

    def command(self, *words: str) -> list[str]:
        """How a command is started."""
        return [sys.executable, "-c", START, *words]

    def do(self, *words: str, timeout_s: float = 120, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout_s,
        )

    def seen_there(self) -> list[Exchange]:
        """What the environment has noted itself."""
        [journal] = (self.folder / "there").glob("2*/journal.sqlite")
        return read_exchanges(journal)

    def orders(self) -> list[dict[str, object]]:
        """Every order that the environment has taken."""
        address = f"{self.scheme}://{self.host}:{self.eprom}/_control/orders"
        with urllib.request.urlopen(address, context=self.trusting, timeout=30) as answer:
            found: list[dict[str, object]] = json.load(answer)
            return found

    def configure(self, *, deadlines: Mapping[str, float] = {}, wait_s: float = 0.5, **system: str) -> None:
        """Write the configuration, with another driver than the hook when it is told."""
        people = Population.generate(SEED, today=datetime.now(NORWAY).date())
        connection: dict[str, object] = {"kall_i_sekundet": 1000.0, "vent_s": wait_s}
        receiver: dict[str, object] = {"port": self.receiver}
        tap: dict[str, object] = {"port": self.tap}
        if self.authority:
            connection["ca"] = str(self.authority.path)
            certificate = str(self.authority.server())
            receiver |= {"sertifikat": certificate, "nokkel": certificate}
            tap |= {"sertifikat": certificate, "nokkel": certificate}
        sections: dict[str, Mapping[str, object]] = {
            "mottak": receiver,
            "frister": {"status_s": 3.0, "quiet_s": 0.3, "registrert_s": 2.0} | dict(deadlines),
            "forbindelse": connection,
            "miljo": {"skjemautfyller": f"{self.scheme}://{self.host}:{self.eprom}/proms"},
            "personvern": PRIVACY,
            "personas": {each.name: each.national_id for each in people},
            "skjema": {name: str(form_id) for name, form_id in SIMULATED_FORMS.items()},
        }
        if self.system:
            told = system or {"driver": "http", "hook_url": self.system + HOOK_PATH}
            sections["bestillersystem"] = {"navn": "Eksempelregisteret", "api_base_url": self.system, **told}
            sections["kran"] = tap
        lines = [f'eprom = "{self.base_url}"', f'edition = "{self.edition}"']
        for section, entries in sections.items():
            lines += ["", f"[{section}]"]
            lines += [f"{json.dumps(key, ensure_ascii=False)} = {json.dumps(value)}" for key, value in entries.items()]
        self.config.write_text("\n".join(lines), encoding="utf-8")


@contextmanager
def stand_in(
    folder: Path,
    *,
    builtin: bool = False,
    tls: bool = False,
    edition: str = "2026-05",
    speaks: str = "",
    fault: str = "",
    callback_delay_s: float = 0.01,
    front: int = 0,
    node: Mapping[str, str] = {},
    **system: str,
) -> Iterator[StandIn]:
    """Both ends, running, and the configuration of what is to stand between them.

    The environment `speaks` an edition, that of the run when it is not told, and may have a `fault`. `node` are more
    variables of the bestillersystem.
    """
    authority = Authority(folder) if tls else None
    host = ELSEWHERE if tls else "127.0.0.1"
    eprom, tap, receiver = free_port(host), free_port(), free_port()
    with ExitStack() as stack:
        address, scheme = "", "https" if tls else "http"
        if not builtin:
            trusted = {"NODE_EXTRA_CA_CERTS": str(authority.path)} if authority else {}
            address = stack.enter_context(
                node_system(f"{scheme}://127.0.0.1:{tap}/promswebapi", KEY, hook_token=TOKEN, **trusted, **node)
            )
        made = StandIn(folder, eprom, tap, receiver, address, host, edition, authority, front)
        made.configure(**system)
        words = ["--port", str(eprom), "--host", host, "--seed", str(SEED), "--reports", str(folder / "there")]
        words += ["--callback-url", f"{scheme}://127.0.0.1:{receiver}", "--callback-later", "--control"]
        words += ["--callback-delay", str(callback_delay_s), "--edition", speaks or edition, "--fault", fault]
        variables = dict(made.environment)
        if authority:
            certificate = str(authority.server(host))
            words += ["--certificate", certificate, "--key", certificate]
            variables["SSL_CERT_FILE"] = str(authority.path)
        stack.enter_context(_simulator(made, words, variables))
        yield made


@contextmanager
def _simulator(made: StandIn, words: list[str], variables: Mapping[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        made.command("simulator", *words),
        cwd=made.folder,
        env=dict(variables),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as there:
        try:
            assert there.stdout is not None
            while "Stopp med" not in there.stdout.readline():
                assert there.poll() is None
            # Else the pipe would fill up, and the environment stand still.
            threading.Thread(target=there.stdout.read, daemon=True).start()
            yield
        finally:
            there.terminate()
