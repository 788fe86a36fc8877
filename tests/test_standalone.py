"""The simulator as a developer of a bestillersystem meets it: a process of its own, called by plain HTTP."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.simulator.endpoint import Answer, Endpoint, endpoint

COMMAND = shutil.which("eprom-verify", path=str(Path(sys.executable).parent)) or "eprom-verify"
KEY_VARIABLE = "EPROM_VERIFY_API_KEY"
OPEN_KEY = "simulator"
RAND_12 = "1bc5f9f0-2607-49eb-94f0-6af955bbd79a"
ORDER_PATH = "/promswebapi/api/v2/formorder"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send to another process")


class Process:
    """A running simulator; what it prints is read while it runs."""

    def __init__(self, started: subprocess.Popen[str]) -> None:
        self.started = started
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.until("Stopp med Ctrl-C")
        found = re.search(r"https?://127\.0\.0\.1:(\d+)/promswebapi", self.lines[0])
        assert found, self.lines
        self.port = int(found[1])

    def _read(self) -> None:
        assert self.started.stdout is not None
        for line in self.started.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def until(self, text: str, *, timeout_s: float = 30.0) -> str:
        """Wait for a line that holds this text."""
        seen = next((line for line in self.lines if text in line), None)
        deadline = monotonic() + timeout_s
        while seen is None:
            line = self._queue.get(timeout=max(0.01, deadline - monotonic()))
            assert line is not None, (self.lines, self.started.communicate()[1])
            self.lines.append(line)
            seen = line if text in line else None
        return seen

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request by the standard library alone; gives the status and the JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def order(self, *, key: str = OPEN_KEY, **changes: Any) -> tuple[int, Any]:
        """Order RAND-12 with the documentation's own JSON, for one of the simulator's persons."""
        body = {
            "formId": RAND_12,
            "nationalId": self.person("alle kanaler"),
            "expiryDate": "2099-01-01T12:00:00.000Z",
            "metadata": json.dumps({"age": 76}),
            "dontStoreCompletedFormInPha": False,
            "distributionRule": "Basic",
            "mustBeSigned": False,
            "signingText": None,
            "physicalAddress": None,
            "testMode": False,
            "onBehalfOfNationalId": None,
        }
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json;charset=utf-8"}
        return self.call("POST", ORDER_PATH, json.dumps(body | changes).encode(), headers)

    def person(self, name: str) -> str:
        _, persons = self.call("GET", "/_control/persons")
        return next(str(person["nationalId"]) for person in persons if person["name"] == name)

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; gives the exit code and what stood on stderr."""
        self.started.send_signal(signal.SIGINT)
        self._reader.join(20)
        assert self.started.stderr is not None
        errors = self.started.stderr.read()
        return self.started.wait(20), errors


def environment(key: str = "") -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "EPROM"))}
    return kept | {"PYTHONUTF8": "1"} | ({KEY_VARIABLE: key} if key else {})


@contextmanager
def simulator(cwd: Path, *arguments: str, key: str = "") -> Iterator[Process]:
    options = ["--port", "0", "--control", "--callback-delay", "0", *arguments]
    started = subprocess.Popen(
        [COMMAND, "simulator", *options],
        cwd=cwd,
        env=environment(key),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with started:
        try:
            yield Process(started)
        finally:
            started.kill()


def refused(cwd: Path, *arguments: str) -> str:
    """The one message of a simulator that does not start."""
    finished = subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )
    assert finished.returncode == 2, finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    [line] = finished.stderr.splitlines()
    return line.removeprefix("eprom-verify: ")


@posix_only
def test_order_and_callback(tmp_path: Path) -> None:
    with endpoint() as system, simulator(tmp_path, "--callback-url", f"{system.url}/") as process:
        status, answer = process.order()
        assert (status, answer["notificationChannel"], answer["metadata"]) == (200, "Helsenorge", '{"age": 76}')
        [body] = system.bodies(1)
        assert (body["formOrderId"], body["apiKey"], body["formOrderStatus"]) == (answer["id"], OPEN_KEY, "Ordered")
        assert (system.calls[0].method, system.calls[0].path) == ("PUT", "/api/PromsFormOrder")
        process.until(f"Bestilling inn: POST http://127.0.0.1:{process.port}{ORDER_PATH} → 200")
        process.until(f"Status ut: PUT {system.url}/api/PromsFormOrder → 200")
        assert not any(line.startswith("    ") for line in process.lines)
        assert process.stop() == (0, "")
    [journal] = tmp_path.glob("reports/*/journal.sqlite")
    with closing(sqlite3.connect(journal)) as opened:
        assert len(opened.execute("SELECT 1 FROM entries WHERE kind = 'request'").fetchall()) == 2
    assert [path.name for path in journal.parent.iterdir()] == ["journal.sqlite"]


def test_login_url_leads_to_form(tmp_path: Path) -> None:
    """What the answer to an order links to is the form, as a person opens it in a browser."""
    with simulator(tmp_path) as process:
        _, answer = process.order()
        page = f"http://127.0.0.1:{process.port}/proms"
        assert answer["loginUrl"] == f"{page}/form/{answer['id']}"
        assert process.until("Skjemautfyller").split()[1] == page
        person = {"person": process.person("alle kanaler"), "skjema": answer["id"]}
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(answer["loginUrl"]) as asked:
            assert "Logg inn som testpersonen" in asked.read().decode()
        with browser.open(f"{page}/inn", urllib.parse.urlencode(person).encode()) as shown:
            assert "<h1>Spørsmål om helsen din</h1>" in shown.read().decode()


@posix_only
def test_violations_told(tmp_path: Path) -> None:
    with (
        endpoint(Answer(status=500, body=b"oops")) as system,
        simulator(tmp_path, "--callback-url", system.url) as process,
    ):
        status, _ = process.order(mustBeSigned="nei")
        assert status == 400
        process.until("→ 400")
        assert "/mustBeSigned" in process.until("    /")
        process.order(distributionRule="0")
        process.until("Status ut: PUT")
        assert process.until("Status ut").endswith("→ 500")
        process.until("(BestillingAvSkjemaV2, Mottak av status")
        process.call("POST", "/promswebapi/api/%1B%5B31m/x", b"{}", {"Content-Type": "application/json"})
        line = process.until("Ukjent kall: POST")
        assert "\x1b" not in line
        assert process.stop() == (0, "")


@posix_only
@posix_only
def test_unknown_person_told(tmp_path: Path) -> None:
    """The answer is 200 and the zero GUID, as ePROM's; the window says what to do, and never the number."""
    personal = "".join(["0103", "9494", "104"])
    with simulator(tmp_path, "--control") as running:
        assert running.order(nationalId=personal)[0] == 200
        line = running.until("er ikke syntetisk")
        assert "Bruk en person fra /_control/persons (--control)." in line
        assert running.order(nationalId="26670271527")[0] == 200
        running.until("er ikke blant personene her")
        assert not [each for each in running.lines if personal in each]


def test_junk_survived(tmp_path: Path) -> None:
    with simulator(tmp_path) as process:
        headers = {"Authorization": f"Basic {OPEN_KEY}", "Content-Type": "application/json"}
        for body in (b"", b"[" * 100_000, b'{"formId": "\xff"}', b'{"metadata": "\\ud800"}', b"null"):
            assert process.call("POST", ORDER_PATH, body, headers)[0] == 400
        status, answer = process.call("POST", ORDER_PATH, b'{"metadata": "' + b"x" * 50_000_000 + b'"}', headers)
        assert (status, "50000016" in answer["Message"]) == (413, True)
        assert process.order()[0] == 200
        assert process.stop() == (0, "")


@posix_only
def test_key_from_environment(tmp_path: Path) -> None:
    key = "en-nokkel-som-ikke-vises"
    with simulator(tmp_path, key=key) as process:
        assert process.order()[0] == 401
        assert process.order(key=key)[0] == 200
        process.until("→ 401")
        process.until("→ 200")
        assert process.stop() == (0, "")
        assert key not in "\n".join(process.lines)
    [journal] = tmp_path.glob("reports/*/journal.sqlite")
    assert key.encode() not in journal.read_bytes()


@posix_only
def test_stop_while_waiting(tmp_path: Path) -> None:
    """Ctrl-C while a status waits to be sent again, and while another is not answered."""
    with (
        endpoint(Answer(body=b'{"success": false}'), Answer(hangs=True)) as system,
        simulator(tmp_path, "--callback-url", system.url) as process,
    ):
        process.order()
        system.bodies(1)
        process.order()
        system.bodies(2)
        begun = monotonic()
        assert process.stop() == (0, "")
        assert monotonic() - begun < 10
    [journal] = tmp_path.glob("reports/*/journal.sqlite")
    assert [path.name for path in journal.parent.iterdir()] == ["journal.sqlite"]


@posix_only
def test_bestillersystem_later(tmp_path: Path, free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}"
    with simulator(tmp_path, "--callback-url", url, "--callback-later") as process:
        process.order()
        assert process.until("Status ut").endswith("Ingen svarer på adressen.")
        process.until("    Sjekk at bestillersystemet kjører; statusen blir sendt inntil 6 ganger.")
        system = Endpoint(port=free_port)
        try:
            process.order()
            system.bodies(1)
        finally:
            system.close()
        assert process.stop() == (0, "")


def test_given_port(tmp_path: Path, free_port: int) -> None:
    with simulator(tmp_path, "--port", str(free_port)) as process:
        assert process.port == free_port
        assert process.call("GET", "/promswebapi/openapi.json")[1]["openapi"].startswith("3.1")
        assert process.order()[0] == 200
        said = refused(tmp_path, "simulator", "--port", str(free_port))
    assert said == (
        f"Kan ikke lytte på 127.0.0.1:{free_port}: porten er opptatt eller adressen finnes ikke. "
        "Velg en annen (--port, eller port under [mottak] i oppsettet), eller stopp det som bruker den."
    )


def test_nobody_answers(tmp_path: Path, free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}"
    assert refused(tmp_path, "simulator", "--port", "0", "--callback-url", url) == (
        f"Ingen svarer på {url} (--callback-url). "
        "Start bestillersystemet først, eller bruk --callback-later om det skal startes etterpå."
    )


@posix_only
def test_no_control_unless_asked(tmp_path: Path) -> None:
    started = subprocess.Popen(
        [COMMAND, "simulator", "--port", "0"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with started:
        process = Process(started)
        assert process.call("GET", "/_control/orders")[0] == 404
        assert process.call("GET", "/_control")[0] == 404
        assert process.stop() == (0, "")


BARE_SIMULATOR = "bare-simulator"
FORMS = {
    "RAND-12": "RAND-12",
    "skjema uten papirversjon": "Skjema uten papirversjon",
    "skjema i kladd": "Skjema i kladd",
    "skjema trukket tilbake": "Skjema trukket tilbake",
}


@posix_only
def test_walls_hold(tmp_path: Path, free_port: int) -> None:
    """A run against a simulator in another process, as against any environment: only what HTTP carries gets across."""
    key = "nokkelen-mellom-to-prosesser"
    callback = ("--callback-url", f"http://127.0.0.1:{free_port}", "--callback-later", "--reports", "simulator")
    with simulator(tmp_path, *callback, key=key) as process:
        _, persons = process.call("GET", "/_control/persons")
        _, forms = process.call("GET", "/_control/forms")
        by_title = {form["title"]: form["id"] for form in forms}
        lines = ["[mottak]", f"port = {free_port}", "[frister]", "status_s = 20", "quiet_s = 0.5", "[personas]"]
        lines += [f'"{person["name"]}" = "{person["nationalId"]}"' for person in persons]
        lines += ["[skjema]", *(f'"{name}" = "{by_title[title]}"' for name, title in FORMS.items())]
        lines += ['"skjema som ikke finnes" = "11111111-2222-3333-4444-555555555555"']
        (tmp_path / "eprom-verify.toml").write_text("\n".join(lines), encoding="utf-8")
        finished = subprocess.run(
            [COMMAND, "run", "--no-html", "--eprom", f"http://127.0.0.1:{process.port}/promswebapi"],
            cwd=tmp_path,
            env=environment(key),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=900,
            check=False,
        )
        assert process.stop() == (0, "")
    assert "Traceback" not in finished.stdout + finished.stderr
    result = json.loads((tmp_path / "reports" / "latest" / "result.json").read_text(encoding="utf-8"))
    assert result["run"]["rig"]["eprom"].startswith("http://127.0.0.1:")
    assert result["run"]["formal"] is False
    scenarios = result["scenarios"]
    assert len(scenarios) > 100
    by_outcome: dict[str, list[str]] = {}
    for scenario in scenarios:
        by_outcome.setdefault(scenario["outcome"], []).append(f"{scenario['name']}: {scenario['reason']}")
    wrong = {outcome: names for outcome, names in by_outcome.items() if outcome in ("failed", "error", "waiting")}
    assert wrong == {}
    assert len(by_outcome["passed"]) > 250
    only_here = [scenario for scenario in scenarios if BARE_SIMULATOR in scenario["tags"]]
    assert {scenario["outcome"] for scenario in only_here} <= {"unverified", "not_applicable"}
    assert all(scenario["reason"] for scenario in scenarios if scenario["outcome"] != "passed")
    for written in (*tmp_path.rglob("*.sqlite"), *tmp_path.rglob("*.json")):
        assert key.encode() not in written.read_bytes(), written


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
