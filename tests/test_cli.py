"""What a person meets at the command line: one message in Norwegian for each mistake, and what to do about it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from eprom_verify import cli

PRODUCTION = "https://pasientrapportering.nhn.no/webapi"
COMMAND = shutil.which("eprom-verify", path=str(Path(sys.executable).parent)) or "eprom-verify"
KEY_VARIABLE = "EPROM_VERIFY_API_KEY"


def call(*arguments: str, cwd: Path, key: str = "") -> subprocess.CompletedProcess[str]:
    """Run the tool as a user would, without anything of this project's around it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "EPROM"))}
    environment |= {KEY_VARIABLE: key} if key else {}
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        check=False,
    )


def message(finished: subprocess.CompletedProcess[str]) -> str:
    """The one message of a call that was refused."""
    assert finished.returncode == 2, (finished.returncode, finished.stdout, finished.stderr)
    assert "Traceback" not in finished.stdout + finished.stderr
    [line] = finished.stderr.splitlines()
    assert line.startswith("eprom-verify: ")
    return line.removeprefix("eprom-verify: ")


def test_version(tmp_path: Path) -> None:
    finished = call("--version", cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (0, f"eprom-verify {version('eprom-verify')}\n")
    assert finished.stderr == ""


@pytest.mark.parametrize("command", [(), ("init",), ("check",), ("run",), ("simulator",)])
def test_help(tmp_path: Path, command: tuple[str, ...]) -> None:
    finished = call(*command, "--help", cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "Usage: eprom-verify" in finished.stdout
    if command:
        assert f"eprom-verify {command[0]}" in finished.stdout


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (OSError(28, "No space left on device"), "en fil kan ikke skrives eller leses (No space left on device)"),
        (sqlite3.OperationalError("database or disk is full"), "en fil kan ikke skrives eller leses (database or disk"),
        (RuntimeError("a bug"), "Feil i verktøyet selv; det sier ikke noe om integrasjonen."),
        (TimeoutError(), "Feil i verktøyet selv; det sier ikke noe om integrasjonen."),
    ],
)
def test_own_fault_is_no_verdict(
    problem: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stops the tool ends with 3: Python's own 1 would say that the integration was not approved."""

    def stopped(**_: object) -> None:
        raise problem

    monkeypatch.setattr(cli, "app", stopped)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert words in said.splitlines()[-1]
    assert ("Traceback" in said) is isinstance(problem, RuntimeError | TimeoutError)


def test_faults_listed(tmp_path: Path) -> None:
    finished = call("faults", cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "zero-guid-trusted  [" in finished.stdout


MISTAKES = {
    ("run", "--nope"): "Ukjent valg: --nope. Se eprom-verify run --help.",
    ("run", "--sed", "1"): "Ukjent valg: --sed. Mente du --seed? Se eprom-verify run --help.",
    ("nope",): "Ukjent kommando: nope. Se eprom-verify --help.",
    ("simulatr",): "Ukjent kommando: simulatr. Mente du simulator? Se eprom-verify --help.",
    (): "Mangler en kommando (init, check, attest, package, sign, verify-package, run, report, simulator, status, "
    "listen, journal, faults, requirements). Se",
    ("run", "noe"): "Uventet på kommandolinjen: noe. Se eprom-verify run --help.",
    ("run", "--seed"): "Det mangler en verdi etter --seed. Se eprom-verify",
    ("run", "--seed", "abc"): "Ugyldig verdi for --seed: det skal være et heltall. Se eprom-verify run --help.",
    ("run", "--seed", "-1"): "Feil i kommandolinjen: «seed» skal være minst 0. Se eprom-verify run --help.",
    ("run", "--edition", "x"): "Feil i kommandolinjen: «edition» skal være en av 2026-05, 2023-10. Se eprom-verify run",
    ("run", "--eprom", "x"): "Feil i kommandolinjen: «eprom» skal være «simulator», «test», «qa» eller en adresse",
    ("run", "--config", "nei.toml"): "Finner ikke oppsettet nei.toml. Sjekk stien, eller kjør uten --config.",
    ("run", "--config", "."): "Oppsettet . er en mappe, ikke en fil. Oppgi selve filen med --config.",
    (
        "run",
        "--fault",
        "zero-guid-trustd",
    ): "Det finnes ingen feil som heter «zero-guid-trustd». Mente du zero-guid-trusted",
    ("run", "--fault", "qqq"): "Det finnes ingen feil som heter «qqq». Se listen med eprom-verify faults.",
    ("run", "--random-order", "x"): "Ugyldig verdi for --random-order: det skal være et heltall.",
    ("simulator", "--port", "65536"): "Ugyldig verdi for --port: det skal være høyst 65535. Se eprom-verify simulator",
    ("simulator", "--port", "x"): "Ugyldig verdi for --port: det skal være et heltall. Se eprom-verify simulator",
    ("simulator", "--callback-delay", "nan"): "Ugyldig verdi for --callback-delay: det skal være",
    ("simulator", "--edition", "x"): "Feil i kommandolinjen: «edition» skal være en av 2026-05, 2023-10.",
    (
        "simulator",
        "--callback-url",
        "her",
    ): "--callback-url her er ikke en adresse som status kan sendes til. Skriv Api",
    ("simulator", "--callback-url", "ftp://a"): "--callback-url ftp://a er ikke en adresse som status kan sendes til.",
    ("simulator", "--callback-url", "http://a?b=c"): "--callback-url http://a?b=c er ikke en adresse som status kan",
    ("journal",): "reports/latest er ikke mappen til en kjøring.",
    (
        "journal",
        "nei",
    ): "nei er ikke mappen til en kjøring. "
    "Kjør eprom-verify run først, eller oppgi mappen til en kjøring, for eksempel reports/latest.",
}


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_mistake(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert message(call(*arguments, cwd=tmp_path)).startswith(MISTAKES[arguments])
    assert not (tmp_path / "reports").exists()


FILES = {
    "seed = ": "er ikke gyldig TOML, på slutten: verdien kan ikke leses",
    "sed = 1": ", linje 1: «sed» nøkkelen er ukjent. Mente du «seed»? Rett filen og kjør på nytt.",
    "[mottak]\nport = 'åtti'": ", linje 2: «mottak.port» skal være et heltall. Rett filen og kjør på nytt.",
    f"eprom = '{PRODUCTION}'": "Adressen er produksjonsmiljøet til ePROM. Verifisering kjøres aldri i produksjon.",
    "eprom = 'https://PASIENTRAPPORTERING.NHN.NO.:443/webapi'": "Adressen er produksjonsmiljøet til ePROM.",
    "eprom = 'https://pasientrapportering%2enhn.no/webapi'": "Adressen er produksjonsmiljøet til ePROM.",
    "eprom = 'http://a@pasientrapportering。nhn。no/'": "Adressen er produksjonsmiljøet til ePROM.",
}


@pytest.mark.parametrize(("number", "text"), list(enumerate(FILES)), ids=range(len(FILES)))
def test_wrong_file(tmp_path: Path, number: int, text: str) -> None:
    name = ("eprom-verify.toml", "mitt oppsett.toml")[number % 2]
    (tmp_path / name).write_text(text, encoding="utf-8")
    arguments = ("--config", name) if number % 2 else ()
    said = message(call("run", *arguments, cwd=tmp_path, key="en-nokkel"))
    assert FILES[text] in said
    assert "produksjonsmiljøet" in said or name in said
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--eprom"),
        ("simulator", "--port", "0", "--callback-url"),
        ("simulator", "--port", "0", "--callback-later", "--callback-url"),
    ],
)
def test_production(tmp_path: Path, command: tuple[str, ...]) -> None:
    said = message(call(*command, PRODUCTION, cwd=tmp_path, key="en-nokkel"))
    assert said == (
        "Adressen er produksjonsmiljøet til ePROM. Verifisering kjøres aldri i produksjon. "
        "Bruk simulatoren, testmiljøet eller QA."
    )
    assert not (tmp_path / "reports").exists()


def test_no_key(tmp_path: Path, closed_port: int) -> None:
    address = f"http://127.0.0.1:{closed_port}/promswebapi"
    said = message(call("run", "--eprom", address, "--no-html", cwd=tmp_path))
    assert said == f"Ingen API-nøkkel for {address}. Sett miljøvariabelen {KEY_VARIABLE} til nøkkelen fra Hemit."


@pytest.mark.parametrize(
    ("command", "reports"), [(("run", "--no-html"), "en fil"), (("simulator", "--port", "0"), "en fil/under")]
)
def test_reports_is_file(tmp_path: Path, command: tuple[str, ...], reports: str) -> None:
    (tmp_path / "en fil").write_text("x")
    said = message(call(*command, "--reports", reports, cwd=tmp_path))
    assert said.startswith(f"Kan ikke lage mappen {reports}")
    assert said.endswith("Velg en annen mappe med --reports.")


@pytest.mark.skipif(sys.platform == "win32", reason="the rights of a folder are another matter there")
def test_reports_not_writable(tmp_path: Path) -> None:
    closed = tmp_path / "lukket"
    closed.mkdir(mode=0o500)
    # Root may write everywhere but in what the kernel keeps to itself.
    closed = closed if os.geteuid() else Path("/sys/kernel")
    if not closed.is_dir():
        pytest.skip("root, and no folder that is closed to root")
    said = message(call("run", "--no-html", "--reports", str(closed), cwd=tmp_path))
    assert said.startswith(f"Kan ikke lage mappen {closed}")
    assert said.endswith("Velg en annen mappe med --reports.")


def test_receiver_port_taken(tmp_path: Path, taken_port: int) -> None:
    (tmp_path / "eprom-verify.toml").write_text(f"[mottak]\nport = {taken_port}\n")
    said = message(call("run", "--no-html", cwd=tmp_path))
    assert said.startswith(f"Kan ikke lytte på 127.0.0.1:{taken_port}: porten er opptatt")
    assert [*(tmp_path / "reports").glob("*")] == []


def test_simulator_port_taken(tmp_path: Path, taken_port: int) -> None:
    """Of a system of one's own: it is the port under [simulator] that is to be another."""
    system = 'driver = "http"\napi_base_url = "http://127.0.0.1:9"\nhook_url = "http://127.0.0.1:9/krok"'
    (tmp_path / "eprom-verify.toml").write_text(f"[simulator]\nport = {taken_port}\n[bestillersystem]\n{system}\n")
    said = message(call("run", "--no-html", cwd=tmp_path))
    assert said.startswith(f"Kan ikke lytte på 127.0.0.1:{taken_port}: porten er opptatt")
    assert "velg en annen port under [simulator]" in said
    assert "[mottak]" not in said


def test_receiver_host_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "eprom-verify.toml").write_text('[mottak]\nhost = "192.0.2.1"\n')
    said = message(call("run", "--no-html", cwd=tmp_path))
    assert said.startswith("Kan ikke lytte på 192.0.2.1:0: ")


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is sent to a process of its own")
@pytest.mark.parametrize("module", ["typer", "httpx", "pytest"])
def test_stopped_while_it_begins(module: str, tmp_path: Path) -> None:
    """Ctrl-C in the first second, when the tool itself is being read in: one line, as later."""
    started = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-c", "from eprom_verify.start import main; main()", "run"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert started.stderr is not None
    # Each module is told of when it has been read in, and the ones that it needs before it.
    for line in started.stderr:
        if line.rpartition("|")[2].strip() == module:
            break
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 130
    told = [line for line in err.splitlines() if line and not line.startswith("import time:")]
    assert told == ["eprom-verify: Avbrutt."]
    assert not (tmp_path / "reports").exists()


def test_command_begins_early() -> None:
    """What is read in before Ctrl-C is answered for is next to nothing."""
    done = subprocess.run(
        [sys.executable, "-c", "import eprom_verify.start, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"typer", "httpx", "pydantic", "eprom_verify.cli"}.isdisjoint(done.stdout.split())
