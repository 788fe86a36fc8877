"""What a hostile system sends does nothing wherever a run shows it, from the socket that it came by to every reader."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from pypdf import PdfReader

from eprom_verify.wiring import OPEN_KEY
from tests.handover.hostile_system import Call, HostileSystem, path_of
from tests.handover.seen import files_of
from tests.handover.test_redaction import CHOSEN, START, settings
from tests.ports import free_port
from tests.report.browsers import visited
from tests.report.hostile import HOSTILE
from tests.report.test_summary import HARMLESS, Page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OURS = re.compile(rb"\x1b\[(?:[0-9;]*[mK]|\?25[lh]|[0-9]*[AG]|[12]?K)")
"""What rich writes to a terminal itself: colours, and the movements of its bar."""

OBEYED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey, or turns text about."""


@dataclass
class Ran:
    """A run against the hostile system: its folder, what was shown in a terminal, and what its content fetched."""

    folder: Path
    shown: bytes
    fetched: list[str]
    system: HostileSystem

    @property
    def package(self) -> Path:
        return self.folder / "pakke.zip"


@pytest.fixture(scope="module")
def fetched() -> Iterator[list[str]]:
    """The paths that somebody asked for at the address that is the first item."""
    with visited() as seen:
        yield seen


def texts(address: str) -> list[str]:
    """Everything that is meant to do harm, in one text each, the longest cut: it must reach the page, not fill it."""
    active = f"<script>fetch('{address}/script')</script><img src='{address}/img'><iframe src='{address}/frame'>"
    markdown = f"![x]({address}/md) [her](javascript:alert(1)) <{address}/auto> `kode` | en | to |\n# Godkjent"
    typst = f'#import "@preview/evil:1.0.0": * #image("{address}/typst") #read("/etc/passwd") $ x^2 $ *fet*'
    xml = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}/xml">]>&e;]]><system-out/>\ufffe\x00\x0b'
    sheet = f'=HYPERLINK("{address}/csv")\n+1\n-1\n@SUM(1)\n\t=1'
    terminal = "\x1b]0;kapret\x07\x1b[2J\x1b[31mrød\x1b]8;;http://x\x1b\\lenke\x9b31m\r\x08\x7f"
    return [active, markdown, typst, xml, sheet, terminal, *(each[:3_000] for each in HOSTILE.values())]


def strays(hostile: list[str]) -> Iterator[Call]:
    for each in hostile:
        coded = each.encode("utf-8", "surrogatepass")
        header = re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b" ", coded)[:2_000]
        yield Call(body=coded, headers=[("Content-Type", b"application/json"), ("X-Told", header)])
        yield Call(method="GET", path=f"/promswebapi/api/v2/{path_of(each[:200])}")
        yield Call(body=json.dumps({"a": each, each[:99]: [each]}).encode())
    yield Call(body=bytes(range(256)) * 40)
    yield Call(body="æ".encode() * 1_500_000)
    yield Call(body=b"[" * 200_000)


def in_terminal(folder: Path, *words: str) -> bytes:
    """What a command writes to a terminal."""
    import pty

    leader, follower = pty.openpty()
    command = [sys.executable, "-c", START, *words]
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, cwd=folder)
    os.close(follower)
    shown = b""
    try:
        while piece := os.read(leader, 65_536):
            shown += piece
    except OSError:  # the other end is closed
        pass
    os.close(leader)
    process.wait(60)
    return shown


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, fetched: list[str]) -> Ran:
    folder, port = tmp_path_factory.mktemp("hostile"), free_port()
    hostile = texts(fetched[0])
    everything = "\n".join(hostile)
    answers = [each.encode("utf-8", "surrogatepass") for each in hostile]
    system = HostileSystem(
        f"http://127.0.0.1:{port}/promswebapi",
        OPEN_KEY,
        order={"signingText": everything, "metadata": everything, "distributionRule": hostile[0], hostile[0]: hostile},
        strays=list(strays(hostile)),
        answer=lambda count: (500 if count % 2 else 200, answers[count % len(answers)]),
        told=lambda count: (500, answers[count % len(answers)]) if count % 3 else (200, b"{}"),
    )
    with system.listening():
        told = {name: everything.encode("utf-8", "replace").decode() for name in ("eier", "versjon", "kontakt")}
        (folder / "eprom-verify.toml").write_text(settings(system, port, **told), encoding="utf-8")
        words = ["run", "-k", CHOSEN, "--junit", "j.xml", "--summary", "s.md"]
        shown = in_terminal(folder, *words)
    shown += in_terminal(folder, "package", "--out", "pakke.zip")
    shown += in_terminal(folder, "verify-package", "pakke.zip")
    return Ran(folder, shown, fetched, system)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = os.environ.get("EPROM_VERIFY_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found and os.environ.get("CI") == "true":
        pytest.fail("CI must have a Chromium: what a page does is not known without one")
    if not found:
        pytest.skip("no Chromium on PATH, and EPROM_VERIFY_CHROMIUM is not set")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def test_run_came_to_its_end(ran: Ran) -> None:
    assert ran.package.is_file(), ran.shown.decode("utf-8", "replace")
    assert len(ran.system.statuses) == len(list(strays(texts(ran.fetched[0]))))
    assert "Pakken er hel" in ran.shown.decode("utf-8", "replace"), ran.shown.decode("utf-8", "replace")[-3_000:]


@pytest.mark.parametrize("name", ["report.html", "protocol.html"])
def test_page_does_nothing(ran: Ran, browser: Browser, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(files_of(ran.package)[name])
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_load_state("networkidle")
    if name == "report.html":
        leaves, headers = page.get_by_test_id("tree-leaf"), page.get_by_test_id("test-result-attachment-header")
        for scenario in (
            "Bestillingen blir sendt til ePROM",
            "Status på bestillingen",
            "bare papir",
            "e-post og papir",
        ):
            page.goto(path.as_uri())
            leaves.filter(has_text=scenario).first.click()
            # Each of them has the message that was asked for, or seen.
            headers.first.wait_for()
            for closed in headers.all()[:10]:
                closed.click()
                page.wait_for_timeout(50)
    assert "kapret" not in page.title()
    assert dialogs == []
    assert [each for each in asked if not each.startswith(("file://", "data:", "blob:"))] == []
    assert ran.fetched[1:] == []
    assert page.locator("iframe").count() == 0 or name == "report.html"
    context.close()


def test_pdf_shows_it(ran: Ran) -> None:
    reader = PdfReader(io.BytesIO(files_of(ran.package)["protocol.pdf"]))
    text = "".join("".join(page.extract_text() for page in reader.pages).split()).replace("\u200b", "")
    assert "<script>fetch(" in text
    assert '#import"@preview/evil' in text
    assert not OBEYED.search(text)
    named = reader.trailer["/Root"].get("/Names", {})  # type: ignore[attr-defined]
    assert "/JavaScript" not in named
    noted = [each.get_object() for page in reader.pages for each in page.get("/Annots", ())]
    links = [each.get("/A", {}).get("/URI", "") for each in noted]
    assert [each for each in links if each and not each.startswith("https://eprom.hemit.org/")] == []


def test_xml_parses(ran: Ran) -> None:
    for content in (files_of(ran.package)["junit.xml"], (ran.folder / "j.xml").read_bytes()):
        suite = ET.fromstring(content.decode("utf-8"))
        assert len(suite.findall(".//testcase")) == int(str(suite.get("tests")))
        assert {each.tag for each in suite.iter()} <= {
            "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "properties", "property", "system-out"
        }  # fmt: skip
        assert b"<!DOCTYPE" not in content
        assert b"<!ENTITY" not in content


def test_sheet_calculates_nothing(ran: Ran) -> None:
    content = files_of(ran.package)["orders.csv"].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    assert len({len(row) for row in rows}) == 1
    assert [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
    assert not OBEYED.search(content.replace("\r\n", ""))


def test_summary_is_inert(ran: Ran) -> None:
    content = (ran.folder / "s.md").read_text("utf-8")
    shown = Page(content)
    assert shown.tags <= HARMLESS
    assert {name for name, _ in shown.attributes} <= {"style", "align"}
    assert not OBEYED.search(content.replace("\n", ""))
    assert not re.search(r"https?://127|javascript:", shown.loose)


def test_json_is_read_by_anybody(ran: Ran) -> None:
    for name, content in files_of(ran.package).items():
        if name.endswith(".json"):
            assert json.loads(content.decode("utf-8")) is not None
            assert b'\\ud83d"' not in content


def test_terminal_obeys_us_alone(ran: Ran) -> None:
    left = OURS.sub(b"", ran.shown)
    assert b"\x1b" not in left, left[max(0, left.find(b"\x1b") - 200) :][:400]
    text = left.decode("utf-8").replace("\r", "")
    assert not OBEYED.search(text)
    assert "kapret" not in re.sub(r"document\.title='kapret'|panic\(.kapret.\)|\]0;kapret", "", text)
