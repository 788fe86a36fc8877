"""Every command in the documents is run, in an empty folder, and prints what the documents say."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from eprom_verify import cli
from eprom_verify.simulator.settings import BASE_PATH
from tests.docs.fenced import DOCUMENTS, INSTALL, PREFIX, ROOT, Block, arguments, blocks
from tests.examples.node_system import node_system
from tests.handover.authority import PASSPHRASE, Authority
from tests.handover.programs import need
from tests.ports import free_port

pytestmark = pytest.mark.slow

README = blocks(ROOT / "README.md")
TIMEOUT_S = 900


def test_readme_in_order(tmp_path: Path, environment: dict[str, str]) -> None:
    """As a reader does it: the run first, and then what stands further down, in the same folder."""
    run = next(line for block in README if block.role == "ci" for line in block.lines if "eprom-verify run" in line)
    printed = completed(run, 3, tmp_path, environment)
    for line in lines_of(README, "output"):
        assert without_numbers(line) in without_numbers(printed)
    latest = tmp_path / "reports" / "latest"
    for name in files_of_a_run():
        assert (latest / name).exists(), name
    printed = ""
    for block in README:
        for line in block.lines if block.role == "test" else ():
            printed += completed(line, block.exit_code, tmp_path, environment)
    for line in lines_of(README, "failure"):
        assert without_numbers(line) in without_numbers(printed)
    received(tmp_path, environment)


def received(folder: Path, environment: dict[str, str]) -> None:
    """The page for whoever receives a package is followed with the package that the README had made."""
    document = blocks(ROOT / "docs" / "hemit.md")
    printed = ""
    for block in document:
        for line in block.lines if block.role == "test" else ():
            printed += completed(line, block.exit_code, folder, environment)
    lines = lines_of(document, "output")
    assert len(lines) == 4
    for line in lines:
        assert without_numbers(line) in without_numbers(printed)
    signed(document, folder, environment)


def signed(document: list[Block], folder: Path, environment: dict[str, str]) -> None:
    """Whoever receives it signs it, and openssl alone agrees."""
    sign, check = (line for block in document if block.role == "signed" for line in block.lines)
    authority = Authority("Prøve-CA")
    (folder / "hemit.p12").write_bytes(authority.issue("Per Hansen", organization_name="Hemit HF").p12())
    (folder / "ca.pem").write_bytes(authority.identity.pem)
    known = environment | {"EPROM_VERIFY_SIGN_PASSPHRASE": PASSPHRASE}
    assert "Signert av Per Hansen" in completed(sign, 0, folder, known)
    with zipfile.ZipFile(folder / "pakke.zip") as archive:
        archive.extractall(folder)
    name, *words = check.split()
    done = subprocess.run([need(name), *words], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / "manifest.ut").read_bytes() == (folder / "manifest.json").read_bytes()


def test_simulator_examples(tmp_path: Path, environment: dict[str, str]) -> None:
    """Each example is followed by what it prints; all of them use the same simulator."""
    (server,) = lines_of(README, "server")
    clients = [block for block in README if block.role == "client"]
    pairs = list(zip(clients[::2], clients[1::2], strict=True))
    assert {(code.language, text.language) for code, text in pairs} == {("sh", "text")}
    port = free_port()
    with simulator(server.replace("8081", str(port)), tmp_path, environment) as address:
        for code, expected in pairs:
            printed = completed(f"{code.lines[0]} --eprom {address} --port {port}", 0, tmp_path, environment)
            assert printed.splitlines() == list(expected.lines)


def test_own_system_in_order(tmp_path: Path, environment: dict[str, str]) -> None:
    """As an integrator does it, with the example in Node, from nothing to an open gate."""
    document = blocks(ROOT / "docs" / "eget_bestillersystem.md")
    start, look, order, run, gate = (line for block in document if block.role == "test" for line in block.lines)
    base, port = f"http://127.0.0.1:{free_port()}{BASE_PATH}", free_port()
    printed = completed(start.replace("8081", str(port)), 0, tmp_path, environment)
    file = tmp_path / "eprom-verify.toml"
    text = file.read_text("utf-8")
    assert "port = 8080 " in text
    file.write_text(text.replace("port = 8080 ", f"port = {urlsplit(base).port} "), "utf-8")
    with node_system(base, "simulator", port=port):
        printed += completed(look, 0, tmp_path, environment) + completed(order, 0, tmp_path, environment)
        assert "godkjent" in completed(f"{run} --no-html -k 1.1", 3, tmp_path, environment)
        (tmp_path / "dispensasjoner.toml").write_bytes((ROOT / "docs/examples/dispensasjoner.toml").read_bytes())
        assert "GODKJENT (prøvekjøring)" in completed(f"{gate} --no-html", 0, tmp_path, environment)
    for line in lines_of(document, "output"):
        assert without_numbers(line) in without_numbers(printed)
    assert "Prøvebestilling: systemet bestilte RAND-12 med riktig nøkkel" in printed
    example = (ROOT / "docs" / "examples" / "node" / "eksempel.env").read_text("utf-8")
    assert "PORT=8081\nPROMS_API_BASE_URL=http://127.0.0.1:8080/promswebapi\nEPROM_API_KEY=simulator" in example
    assert lines_of(document, "server")[0].endswith(" docs/examples/node/bestillersystem.mjs")


def test_documented_defaults() -> None:
    """The simulator and the example find each other without any argument."""
    port = signature(cli.simulator).parameters["port"].default
    callback = re.search(r"--callback-url http://127.0.0.1:(\d+)", lines_of(README, "server")[0])
    assert callback
    for name in ("order_form", "answer_form"):
        example = (ROOT / "docs" / "examples" / f"{name}.py").read_text("utf-8")
        assert f'default="http://127.0.0.1:{port}{BASE_PATH}"' in example
        assert f"default={callback[1]}," in example


def test_example_configuration_runs(tmp_path: Path, environment: dict[str, str]) -> None:
    example = ROOT / "docs" / "examples" / "eprom-verify.toml"
    (tmp_path / "eprom-verify.toml").write_bytes(example.read_bytes())
    printed = completed(f"{PREFIX}eprom-verify run --no-html -k Basic", 3, tmp_path, environment)
    assert "frø 1 · utgave 2026-05" in printed


def test_wrong_configuration(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "eprom-verify.toml").write_text("sed = 1\n", "utf-8")
    assert "nøkkelen er ukjent" in completed(f"{PREFIX}eprom-verify run", 2, tmp_path, environment)


def test_production_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    address = "https://pasientrapportering.nhn.no/webapi"
    printed = completed(f"{PREFIX}eprom-verify run --eprom {address}", 2, tmp_path, environment)
    assert "produksjon" in printed


def test_ci_runs_the_rest() -> None:
    """The commands that install, or that would run these tests within themselves, are run by .ci/run as they stand."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    for line in lines_of(README, "ci"):
        assert line == INSTALL or line in script
    assert '"$interpreter" ' + INSTALL.removeprefix("python ") in script


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_command_unrun(document: Path) -> None:
    """A shell block without a role stands where no test can run it; there is one, for machines whose pip is managed."""
    loose = [line for block in blocks(document) if block.language == "sh" and not block.role for line in block.lines]
    known = ["python3 -m venv .venv", *(f".venv/bin/{line}" for line in (INSTALL, f"{PREFIX}eprom-verify run"))]
    assert loose in ([], known)


def completed(line: str, exit_code: int, folder: Path, environment: dict[str, str]) -> str:
    """What a command prints, on both streams; it has to end with this exit code."""
    done = subprocess.run(
        arguments(line),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == exit_code, f"{line}\n{done.stdout}"
    return done.stdout


@contextmanager
def simulator(line: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The simulator on a free port; gives its PromsApiBaseUrl."""
    started = subprocess.Popen(
        [*arguments(line), "--port", "0"], cwd=folder, env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert started.stdout is not None
        greeting = started.stdout.readline()
        found = re.search(r"http://\S+/promswebapi", greeting)
        assert found, greeting
        yield found[0]
    finally:
        started.terminate()
        started.communicate(timeout=30)


def lines_of(found: list[Block], role: str) -> list[str]:
    return [line for block in found if block.role == role for line in block.lines]


def files_of_a_run() -> list[str]:
    """The files that reports/README.md promises."""
    table = (ROOT / "reports" / "README.md").read_text("utf-8")
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "#", text))
