"""report.html and protocol.html of a real run, as somebody reads them: in Norwegian, and without having to search."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from eprom_verify.handover.report_page import examine_report
from eprom_verify.journal.journal import read_exchanges
from eprom_verify.report.allure_page import UnknownPage, in_norwegian
from eprom_verify.report.protocol_files import write_protocol
from eprom_verify.verdict import RunResult, ScenarioResult, read_result
from tests.report.browsers import chromium

START = "from eprom_verify.cli import main; main()"
DESK, TELEPHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PROGRAM = re.compile(r'src="data:text/javascript;base64,([A-Za-z0-9+/=]+)"')
REQUIREMENTS = ("1.3", "B-05", "P-06")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of a chapter, one requirement broken by a fault, with the report and the protocol."""
    work = tmp_path_factory.mktemp("run")
    options = ("--reports", "reports", "--fault", "order-sent-twice", "-k", "bestilling/")
    command = [sys.executable, "-c", START, "run", *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=900, cwd=work)
    assert done.returncode == 1, done.stdout + done.stderr
    [found] = (work / "reports").glob("2*")
    write_protocol(read_result(found / "result.json"), read_exchanges(found / "journal.sqlite"), found, {})
    return found


@pytest.fixture(scope="module")
def result(folder: Path) -> RunResult:
    return read_result(folder / "result.json")


def proving(result: RunResult, requirement: str) -> list[ScenarioResult]:
    return [each for each in result.scenarios if requirement in each.requirements]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(params=[DESK, TELEPHONE], ids=["desk", "telephone"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=request.param, offline=True)
    yield context
    context.close()


class Reader:
    """Reads a file, and counts the clicks."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        self.page: Page = context.new_page()
        self.page.goto(path.as_uri())
        self.clicks = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def search(self, words: str) -> None:
        self.page.get_by_test_id("search-input").fill(words)

    def sees(self, names: set[str]) -> None:
        """Wait until these scenarios, and no others, are seen."""
        deadline = time.monotonic() + 10
        while set(self.found.all_inner_texts()) != names and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        assert set(self.found.all_inner_texts()) == names

    @property
    def found(self) -> Locator:
        return self.page.get_by_test_id("tree-leaf-title")


@pytest.fixture
def report(context: BrowserContext, folder: Path) -> Reader:
    return Reader(context, folder / "report.html")


def test_conclusion_is_seen_at_once(report: Reader) -> None:
    title = report.page.get_by_text("ePROM-verifikasjon: Ikke godkjent (prøvekjøring)").first
    expect(title).to_be_in_viewport()
    box, size = title.bounding_box(), report.page.viewport_size
    assert box
    assert size
    assert box["y"] + box["height"] < size["height"] / 2
    assert box["x"] + box["width"] <= size["width"]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_requirement_is_found_by_its_number(report: Reader, result: RunResult, requirement: str) -> None:
    report.search(requirement)
    report.sees({each.name for each in proving(result, requirement)})
    report.click(report.found.first)
    expect(report.page.get_by_test_id("test-result-step-title").first).to_be_visible()
    assert report.clicks <= 2


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_requirement_is_found_in_the_tree(report: Reader, result: RunResult, requirement: str) -> None:
    [wanted] = [each for each in result.requirements if each.id == requirement]
    groups = report.page.get_by_test_id("tree-section-title")
    group = groups.filter(has_text=f"{wanted.id} {wanted.title}")
    shown = report.found.filter(has_text=proving(result, requirement)[0].name)
    expect(groups.first).to_be_visible()
    # What is broken is open already.
    if not group.count():
        report.click(groups.filter(has_text=wanted.chapter).first)
    expect(group).to_be_visible()
    if not shown.count():
        report.click(group)
    expect(shown.first).to_be_visible()
    assert report.clicks <= 2


def test_message_is_found_by_its_id(report: Reader, result: RunResult) -> None:
    wanted = proving(result, "P-06")[1].exchanges[-1]
    report.search(wanted)
    report.sees({each.name for each in result.scenarios if wanted in each.exchanges})
    report.click(report.found.first)
    facts = report.page.get_by_test_id("metadata-item").filter(has_text="Meldinger i journalen")
    expect(facts).to_contain_text(wanted)
    assert report.page.title().startswith("ePROM-verifikasjon")
    assert report.clicks == 1


def test_message_is_told_from_others(report: Reader, result: RunResult) -> None:
    """The attachment that holds it has the beginning of its id."""
    scenario = proving(result, "1.3")[0]
    report.search(scenario.exchanges[0])
    report.click(report.found.filter(has_text=scenario.name))
    report.page.get_by_test_id("test-result-step-title").first.wait_for()
    for step in report.page.get_by_test_id("test-result-step-title").all():
        step.click()
    header = report.page.get_by_test_id("test-result-attachment-header").filter(has_text=scenario.exchanges[0][:8])
    header.first.click()
    expect(report.page.get_by_text(f"Meldingen i journalen: {scenario.exchanges[0]}")).to_be_attached()


def test_search_finds_nothing_that_is_only_alike(report: Reader, result: RunResult) -> None:
    """Allure's own search takes 1.3 for all that has a 1 and a 3, and B-05 for B-06."""
    report.search("B-05")
    report.sees({each.name for each in proving(result, "B-05")})
    report.search("B-0x")
    report.sees(set())


def test_group_that_was_opened_can_be_closed(report: Reader, result: RunResult) -> None:
    report.search("1.3")
    report.sees({each.name for each in proving(result, "1.3")})
    report.page.get_by_test_id("tree-section-title").last.click()
    expect(report.found).to_have_count(0)
    report.page.wait_for_timeout(600)
    expect(report.found).to_have_count(0)


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_from_protocol_to_messages_in_two_clicks(
    context: BrowserContext, folder: Path, result: RunResult, requirement: str
) -> None:
    reader = Reader(context, folder / "protocol.html")
    expect(reader.page.locator(".verdict .call p")).to_be_in_viewport()
    row = reader.page.locator(f'[id="krav-{requirement}"]')
    reader.click(row.get_by_role("link", name=requirement, exact=True))
    proof = reader.page.locator(":target")
    names = [each.name for each in proving(result, requirement)]
    expect(proof).to_contain_text(names[0])
    reader.click(proof.get_by_role("link", name="meldingene i report.html"))
    reader.sees(set(names))
    expect(reader.found.first).to_be_in_viewport()
    assert reader.clicks == 2


def test_from_id_in_protocol_to_its_scenario(context: BrowserContext, folder: Path, result: RunResult) -> None:
    reader = Reader(context, folder / "protocol.html")
    wanted = proving(result, "1.3")[0].exchanges[0]
    reader.click(reader.page.get_by_role("link", name=wanted).first)
    names = {each.name for each in result.scenarios if wanted in each.exchanges}
    reader.sees(names)


def program_of(page: str) -> str:
    found = PROGRAM.search(page)
    assert found
    return base64.b64decode(found[1]).decode()


def words_in(program: str, language: str) -> dict[str, Any]:
    """What Allure's program says in a language, as it stands in it."""
    number = re.search(rf'"\./{language}\.json":\[(\d+),', program)
    assert number
    start = re.search(rf"\b{number[1]}:function\(e\)\{{\"use strict\";e\.exports=JSON\.parse\('", program)
    assert start
    text = program[start.end() : program.index("')", start.end())]
    words = json.loads(text.replace("\\'", "'").replace("\\\\", "\\"))
    assert isinstance(words, dict)
    return words


def flat(words: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in words.items():
        if isinstance(value, dict):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def test_every_word_of_allure_is_translated(folder: Path) -> None:
    program = program_of((folder / "report.html").read_text(encoding="utf-8"))
    english = {key: text for key, text in flat(words_in(program, "en")) if not key.startswith("charts.")}
    norwegian = dict(flat(words_in(program, "sv")))
    assert norwegian.keys() == english.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\{.*?\}\}", norwegian[key])) <= set(re.findall(r"\{\{.*?\}\}", text)), key
    assert not re.search("svenska", program, re.IGNORECASE)


def lines_of(page: Page) -> set[str]:
    body = (
        page.inner_text("body") + "\n" + "\n".join(page.locator("input").evaluate_all("a => a.map(e => e.placeholder)"))
    )
    return {line.strip().rstrip(":").casefold() for line in body.splitlines() if len(line.strip()) > 2}


def test_no_english_is_seen(report: Reader, folder: Path, result: RunResult) -> None:
    program = program_of((folder / "report.html").read_text(encoding="utf-8"))
    english = {text.rstrip(":").casefold() for _, text in flat(words_in(program, "en"))}
    norwegian = {text.rstrip(":").casefold() for _, text in flat(words_in(program, "sv"))}
    others = {
        "powered by",
        "description",
        "product errors",
        "test errors",
        "epic",
        "story",
        "feature",
        "tag",
        "severity",
    }
    unwanted = (english | others) - norwegian - {"allure report"}
    report.page.get_by_test_id("search-input").wait_for()
    assert lines_of(report.page) & unwanted == set()
    report.search(proving(result, "1.3")[0].name)
    report.found.first.click()
    report.page.get_by_test_id("test-result-step-title").first.wait_for()
    assert lines_of(report.page) & unwanted == set()


def test_language_of_another_report_is_not_taken_over(report: Reader) -> None:
    """Pages from disk share what the browser keeps, and Allure keeps the language."""
    report.page.evaluate("localStorage['currentLocale'] = 'ru'")
    report.page.reload()
    expect(report.page.get_by_test_id("search-input")).to_have_attribute("placeholder", re.compile("Søk på krav"))


def test_nothing_is_wider_than_the_window(report: Reader) -> None:
    width = report.page.evaluate("document.documentElement.scrollWidth")
    size = report.page.viewport_size
    assert size
    assert width <= size["width"]


def test_receiver_finds_nothing_wrong_with_it(folder: Path, result: RunResult) -> None:
    """What is changed in how the page looks or works must be told to those who check that it is as it was made."""
    assert list(examine_report(result, (folder / "report.html").read_bytes()).problems) == []


def test_other_page_is_refused() -> None:
    for page in ("", '<script src="data:text/javascript;base64,YWxlcnQoMSk="></script>'):
        with pytest.raises(UnknownPage):
            in_norwegian(page)
