"""A run with a system that lets secrets slip out in every place and every coding: its package holds none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.handover.hostile_system import HOOK, Call, HostileSystem, path_of
from tests.handover.seen import everything, files_of
from tests.planted import CODE, GUID, IDS, KEY, OTHER_KEY, PACKED, TOKEN, WRITTEN, real_id
from tests.ports import free_port

CHOSEN = "Obligatorisk verifikasjon av bestilling"
START = "from eprom_verify.cli import main; main()"
ID, ZERO, D_NUMBER = real_id(11), real_id(12, zero=True), real_id(13, d_number=True)
LOGIN = f"https://pasientrapportering.qa.nhn.no/proms/form/{GUID}"
SECRETS = {"key": KEY, "token": TOKEN, "id": ID, "zero": ZERO, "d-number": D_NUMBER, "login": LOGIN}
PLACED = [json.dumps({"apiKey": OTHER_KEY}), json.dumps({"singleUseCode": CODE}), json.dumps({"loginUrl": LOGIN})]
ALL = " ".join([*SECRETS.values(), *PLACED])
STACK = f"""<html><head><title>500</title></head><body><h1>Server Error in '/' Application.</h1><pre>
System.InvalidOperationException: {ALL}
   at Orders.Send(String apiKey = "{KEY}", String id = "{ID}")
Authorization: Basic {KEY}
PUT /api/PromsFormOrder?apiKey={KEY}&amp;id={ID} HTTP/1.1</pre></body></html>"""

HOOK_ANSWERS = [(500, f"{'. ' * 90}{ALL}".encode()), (200, b"{}"), (404, b""), (200, ALL.encode())]


def strays() -> Iterator[Call]:
    """Calls that ePROM does not know, with secrets everywhere in them."""
    base = "/promswebapi/api/v2/elsewhere"
    for write in WRITTEN.values():
        for secret in (*SECRETS.values(), *PLACED):
            text = write(secret)
            yield Call(body=text.encode(), headers=[("X-Told", " ".join(text.split()).encode())])
            yield Call(method="GET", path=f"{base}/{path_of(text)}?q={path_of(text)}")
    for name, pack in PACKED.items():
        encoding = [("Content-Encoding", name.encode())] if name in ("gzip", "deflate") else []
        for secret in (*SECRETS.values(), *PLACED):
            yield Call(body=pack(secret.encode()), headers=encoding)
    for number in (ID, ZERO, D_NUMBER):
        for write in IDS.values():
            yield Call(body=write(number).encode())
    yield Call(body=b"\x8b\x0f\x80" + KEY.encode(), headers=[("Content-Encoding", b"br")])
    yield Call(method=TOKEN.replace("~", "-"), headers=[(f"X-{ID}", b"1"), (TOKEN, b"1"), ("Cookie", KEY.encode())])
    yield Call(headers=[("Authorization", f"Digest {KEY}".encode()), ("X-Api-Key", OTHER_KEY.encode())])
    yield Call(body=f"kort {KEY} {ID}".encode(), chunk=7)
    for filler in range(1_048_576 - 40, 1_048_576 + 20, 11):
        yield Call(body=b"x " * (filler // 2) + f" {KEY} {ID} ".encode() + b"y " * 4_000)
    yield Call(body=f"{'. ' * 40}{KEY}{'. ' * 40}".encode(), break_off=True)
    yield Call(
        headers=[("Content-Type", b"multipart/form-data; boundary=b")],
        body=f'--b\r\nContent-Disposition: form-data; name="{KEY}"; filename="{ID}.pdf"\r\n\r\n{ALL}\r\n--b--'.encode(),
    )


def command(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    secrets = {"EPROM_VERIFY_API_KEY": KEY, "EPROM_VERIFY_HOOK_TOKEN": TOKEN}
    return subprocess.run(
        [sys.executable, "-c", START, *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        cwd=folder,
        env=os.environ | secrets | env,
    )


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def settings(system: HostileSystem, port: int, **texts: str) -> str:
    """The configuration of a run against this system, with these texts in it."""
    told = {"navn": "Lekk", "driver": "http", "api_base_url": system.address, "hook_url": system.address + HOOK}
    listed = "\n".join(f"{name} = {_toml(text)}" for name, text in (told | texts).items())
    times = "registrert_s = 0.3\nstatus_s = 2\n"
    return f"seed = 7\n[bestillersystem]\n{listed}\n[simulator]\nport = {port}\n[frister]\n{times}"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[subprocess.CompletedProcess[str]], HostileSystem]:
    """The folder of a run and of its package, all that was printed, and the system that it ran against."""
    folder, port = tmp_path_factory.mktemp("redaction"), free_port()
    system = HostileSystem(
        f"http://127.0.0.1:{port}/promswebapi",
        KEY,
        order={"metadata": json.dumps({"a": ALL, "b": [ALL]}), "signingText": ALL, KEY: ID, "apiKey": KEY},
        headers=[("X-Told", ALL.encode())],
        strays=list(strays()),
        answer=lambda count: [(200, b'{"success": true}'), (500, STACK.encode()), (200, ALL.encode())][count % 3],
        told=lambda count: HOOK_ANSWERS[count % len(HOOK_ANSWERS)],
        answers_headers=[("X-Told", ALL.encode()), ("Set-Cookie", KEY.encode())],
    )
    words = {"krav": "1.3", "grunn": f"{KEY} {LOGIN}", "ansvarlig": TOKEN}
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    waivers = "".join(f"{name} = {json.dumps(text)}\n" for name, text in words.items())
    with system.listening():
        (folder / "eprom-verify.toml").write_text(settings(system, port, eier=f"{KEY} {ID}", versjon=LOGIN))
        (folder / "dispensasjoner.toml").write_text(f"[[dispensasjon]]\n{waivers}utloper = {until}\n")
        done = [command(folder, "run", "-k", CHOSEN, "--junit", "j.xml", "--summary", "s.md")]
    runs = list((folder / "reports").glob("2*"))
    assert len(runs) == 1, done[0].stdout + done[0].stderr
    run = runs[0]
    run.rename(run.with_name(f"{run.name} {ID}"))
    done.append(command(folder, "package", str(run.with_name(f"{run.name} {ID}")), "--out", "pakke.zip"))
    return folder, done, system


def needles() -> Iterator[tuple[str, bytes]]:
    """What would give a secret away, however it is written."""
    for name, secret in SECRETS.items():
        told = GUID if name == "login" else secret
        yield name, told.encode()
        for written, write in WRITTEN.items():
            yield f"{name}, {written}", write(secret).encode()
    for secret in PLACED[:2]:
        for written, write in WRITTEN.items():
            yield f"{secret[:9]}, {written}", write(secret).encode()
    yield "unknown key", OTHER_KEY.encode()
    yield "single-use code", CODE.encode()
    for number in (ID, ZERO, D_NUMBER):
        yield from ((f"id, {name}", write(number).encode()) for name, write in IDS.items())


def leaks(views: Iterator[tuple[str, bytes]]) -> list[str]:
    known = list(needles())
    return [f"{name} in {place}" for place, content in views for name, needle in known if needle in content]


def test_all_was_sent(ran: tuple[Path, list[subprocess.CompletedProcess[str]], HostileSystem]) -> None:
    folder, done, system = ran
    assert system.made, done[0].stdout + done[0].stderr
    assert len(system.statuses) == len(list(strays()))
    assert (folder / "pakke.zip").is_file(), "".join(f"{each.stdout}{each.stderr}" for each in done)


def test_package_holds_no_secret(ran: tuple[Path, list[subprocess.CompletedProcess[str]], HostileSystem]) -> None:
    folder, *_ = ran
    assert leaks(everything(files_of(folder / "pakke.zip"))) == []


def test_nothing_else_holds_one(ran: tuple[Path, list[subprocess.CompletedProcess[str]], HostileSystem]) -> None:
    """Not what is left in the folder for CI, nor what was shown."""
    folder, done, _ = ran
    views = [(path.name, path.read_bytes()) for path in (folder / "j.xml", folder / "s.md")]
    views += [("shown", f"{each.stdout}{each.stderr}".encode()) for each in done]
    left = [path for path in (folder / "reports").rglob("*") if path.is_file() and "bestillersystem" not in path.name]
    views += [(path.name, path.read_bytes()) for path in left]
    assert leaks(iter(views)) == []


def test_scan_finds_nothing(ran: tuple[Path, list[subprocess.CompletedProcess[str]], HostileSystem]) -> None:
    """Masked text is no false alarm."""
    _, done, _ = ran
    assert "✓ Personvern og hemmeligheter" in done[1].stdout, done[1].stdout


DRIVER = """
import os

class Leaky:
    def order_form(self, intent):
        print("order", os.environ["EPROM_VERIFY_API_KEY"], WORDS)
        raise RuntimeError(f"{{WORDS}} {{os.environ['EPROM_VERIFY_HOOK_TOKEN']}}") from KeyError(WORDS)

    def registered(self, form_order_id):
        raise ValueError(WORDS)

    def close(self):
        raise OSError(WORDS)
{at_once}
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_driver_tells_nothing(tmp_path: Path, workers: str) -> None:
    """What a class of the integrator's prints and raises."""
    words = f"WORDS = {'. ' * 120 + ALL!r}"
    (tmp_path / "d.py").write_text(words + DRIVER.format(at_once=""))
    told = 'driver = "python"\nklasse = "d.py:Leaky"\napi_base_url = "http://127.0.0.1:9"\n'
    (tmp_path / "eprom-verify.toml").write_text(f"[bestillersystem]\n{told}[simulator]\nport = {free_port()}\n")
    done = command(tmp_path, "run", "-k", "1.2", "--no-html", "--summary", "s.md", "-n", workers)
    if workers == "0":
        assert "Driveren Leaky feilet i order_form: RuntimeError" in done.stdout, done.stderr
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix in (".json", ".xml", ".md", ".txt")]
    views = [(path.name, path.read_bytes()) for path in left]
    assert leaks(iter([*views, ("shown", f"{done.stdout}{done.stderr}".encode())])) == []


def test_driver_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "d.py").write_text(f"WORDS = {ALL!r}{DRIVER.format(at_once='raise RuntimeError(WORDS)')}")
    told = 'driver = "python"\nklasse = "d.py:Leaky"\napi_base_url = "http://127.0.0.1:9"\n'
    (tmp_path / "eprom-verify.toml").write_text(f"[bestillersystem]\n{told}[simulator]\nport = {free_port()}\n")
    done = command(tmp_path, "run", "-k", "1.2", "--no-html", "--summary", "s.md")
    assert (done.returncode, "RuntimeError" in done.stderr) == (2, True)
    shown = f"{done.stdout}{done.stderr}{(tmp_path / 's.md').read_text('utf-8')}"
    assert leaks(iter([("shown", shown.encode())])) == []


def test_tester_tells_nothing(tmp_path: Path) -> None:
    """What somebody copies out of a browser into their words, with the address that they logged in at."""
    command(tmp_path, "run", "-k", "1.2", "--no-html")
    command(tmp_path, "attest", "--template", "a.toml")
    document = (tmp_path / "a.toml").read_text("utf-8").replace('tester = ""', f'tester = "Kari {TOKEN}"')
    told = json.dumps(f"Åpnet {LOGIN} med {KEY}, og {PLACED[1]}")
    answer = f'\n[[attestasjon]]\nkrav = "2.1"\nsvar = "godkjent"\nord = {told}\n'
    (tmp_path / "a.toml").write_text(document + answer, encoding="utf-8")
    done = [command(tmp_path, "attest", "--file", "a.toml"), command(tmp_path, "package", "--out", "pakke.zip")]
    assert (tmp_path / "pakke.zip").is_file(), "".join(each.stderr for each in done)
    files = files_of(tmp_path / "pakke.zip")
    assert "Åpnet" in files["attestations.json"].decode()
    views = [*everything(files), *(("shown", f"{each.stdout}{each.stderr}".encode()) for each in done)]
    assert leaks(iter(views)) == []
    assert "✓ Personvern og hemmeligheter" in done[1].stdout, done[1].stdout
