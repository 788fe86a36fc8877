"""The protocol as a page, in a real browser: at desk and telephone width, in print, and with texts meant to do harm."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from eprom_verify.report.order_list import orders_of
from eprom_verify.report.protocol import content_of
from eprom_verify.report.protocol_blocks import said
from eprom_verify.report.protocol_html import protocol_html
from eprom_verify.verdict import RunResult
from tests.report.browsers import chromium
from tests.report.hostile import HOSTILE, everywhere, order_lines
from tests.report.sample_protocol import APPROVED, EXCHANGE, EXCHANGES, ORDER, REJECTED, SCENARIOS, TRIAL, many_orders

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
TRIAL_WORDS = "PRØVEKJØRING – gjelder ikke som verifikasjon før produksjonssetting"
CONTRASTS = """() => {
  const lightness = colour => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/^rgba.*, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.data.trim()) continue;
    const node = walker.currentNode.parentElement;
    const pair = [getComputedStyle(node).color, ground(node)];
    const [low, high] = pair.map(lightness).sort((a, b) => a - b);
    found[pair.join(' on ')] = (high + 0.05) / (low + 0.05);
  }
  return found;
}"""


def page_of(result: RunResult) -> str:
    return protocol_html(content_of(result, orders_of(EXCHANGES), {"result.json": "f" * 64}))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class Opened:
    """A page opened from its file, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, html: str, folder: Path, viewport: dict[str, int], scheme: str) -> None:
        path = folder / "protocol.html"
        path.write_bytes(html.encode("utf-8"))
        self.asked: list[str] = []
        self.said: list[str] = []
        self.context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.context.on("console", lambda message: self.said.append(message.text))
        self.context.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page: Page = self.context.new_page()
        self.url = path.as_uri()
        self.page.goto(self.url)

    def width(self) -> int:
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert isinstance(width, int)
        return width


Opening = Callable[..., Opened]
"""Opens a page, in a window of a size, by day or by night."""


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Opening]:
    opened: list[Opened] = []

    def opening(html: str, viewport: dict[str, int] = DESK, scheme: str = "light") -> Opened:
        opened.append(Opened(browser, html, tmp_path, viewport, scheme))
        return opened[-1]

    yield opening
    for each in opened:
        each.context.close()


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
@pytest.mark.parametrize(
    ("result", "word"), [(APPROVED, "Godkjent"), (REJECTED, "Ikke godkjent"), (TRIAL, "Ufullstendig")]
)
def test_conclusion_is_seen_at_once(open_page: Opening, result: RunResult, word: str, viewport: dict[str, int]) -> None:
    page = open_page(page_of(result), viewport).page
    call = page.locator(".verdict .call p")
    assert call.inner_text().endswith(word)
    box = call.bounding_box()
    assert box
    assert box["y"] + box["height"] < viewport["height"] / 2
    assert call.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= 28


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE, {"width": 320, "height": 600}], ids=["desk", "360", "320"])
@pytest.mark.parametrize("result", [APPROVED, REJECTED, TRIAL], ids=["approved", "rejected", "trial"])
def test_page_does_not_scroll_sideways(open_page: Opening, result: RunResult, viewport: dict[str, int]) -> None:
    assert open_page(page_of(result), viewport).width() == viewport["width"]


def test_asks_for_nothing_but_itself(open_page: Opening) -> None:
    opened = open_page(page_of(REJECTED))
    assert opened.asked == [opened.url]
    assert opened.said == []


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_neither_runs_nor_breaks(open_page: Opening, text: str, viewport: dict[str, int]) -> None:
    html = protocol_html(content_of(everywhere(text), order_lines(said(text)), {text: text}))
    opened = open_page(html, viewport)
    assert opened.asked == [opened.url]
    assert opened.said == []
    assert opened.width() == viewport["width"]
    assert opened.page.title().startswith("Verifikasjonsprotokoll: ")
    assert opened.page.locator(".verdict .call p").inner_text().endswith("Ikke godkjent")
    assert opened.page.locator("script, img, iframe, object, embed, form, input").count() == 0
    assert opened.page.locator("[onclick], [onerror], [style]").count() == 0
    assert opened.page.locator("style").count() == 1
    assert len(html) < 1_000_000


@pytest.mark.parametrize("name", ["script", "style", "attribute", "typst code", "entity", "script address"])
def test_markup_is_shown_as_it_was_written(open_page: Opening, name: str) -> None:
    text = HOSTILE[name]
    page = open_page(page_of(everywhere(text))).page
    assert text in page.locator("dd").all_inner_texts()


def test_policy_allows_its_own_style_alone(open_page: Opening) -> None:
    html = page_of(APPROVED)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    rules = policy[1].split("; ")
    assert rules[0] == "default-src 'none'"
    assert rules[1].startswith("style-src 'sha256-")
    planted = html.replace("</body>", "<style>h1{color:red}</style><script>document.title='kapret'</script></body>")
    opened = open_page(planted)
    assert opened.page.title() != "kapret"
    assert opened.page.locator("h1").evaluate("node => getComputedStyle(node).color") != "rgb(255, 0, 0)"
    assert len(opened.said) == 2


def test_trial_banner_stays_in_sight(open_page: Opening) -> None:
    page = open_page(page_of(TRIAL), TELEPHONE).page
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    banner = page.get_by_text(TRIAL_WORDS)
    box = banner.bounding_box()
    assert box
    assert box["y"] == 0
    assert open_page(page_of(APPROVED)).page.get_by_text("PRØVEKJØRING").count() == 0


def test_trial_and_pages_are_told_in_print(open_page: Opening) -> None:
    if shutil.which("pdftotext") is None:
        assert not os.environ.get("CI"), "pdftotext (poppler) is wanted here"
        pytest.skip("no pdftotext on this machine")
    pdf = open_page(page_of(TRIAL)).page.pdf(prefer_css_page_size=True)
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    pages = done.stdout.decode().split("\f")[:-1]
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert TRIAL_WORDS in page
        assert f"Side {number} av {len(pages)}" in " ".join(page.split())
        assert TRIAL.run.id in page


def test_evidence_is_one_click_away(open_page: Opening) -> None:
    page = open_page(page_of(APPROVED)).page
    page.get_by_role("row", name="1.3").get_by_role("link", name="1.3").click()
    proof = page.locator(":target")
    told = proof.inner_text()
    assert "Kanalen er Helsenorge" in told
    assert "Kanalen er digital postkasse" in told
    assert EXCHANGE in told
    assert "IntegrasjonVerifikasjon, 1) Bestilling av skjema" in told
    box = proof.bounding_box()
    assert box
    assert 0 <= box["y"] < DESK["height"]
    proof.get_by_role("link", name="til kravlisten").click()
    assert page.locator(":target").get_attribute("id") == "krav-1.3"


def test_every_link_leads_somewhere(open_page: Opening) -> None:
    page = open_page(page_of(REJECTED)).page
    links = page.eval_on_selector_all("a", "all => all.map(each => each.getAttribute('href'))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside
    assert inside <= set(ids)
    outside = {link.partition("?")[0] for link in links if not link.startswith(("#", "https://eprom.hemit.org/"))}
    assert outside == {"report.html", "vedlegg/helsenorge.png"}


def test_headings_stand_in_order(open_page: Opening) -> None:
    page = open_page(page_of(REJECTED)).page
    levels = [int(each[1]) for each in page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(e => e.tagName)")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_can_be_read_aloud(open_page: Opening) -> None:
    page = open_page(page_of(APPROVED), TELEPHONE).page
    assert page.locator("html").get_attribute("lang") == "nb"
    for name in ("Ordreliste", "Testpersoner", "Antall av hvert utfall", "SHA-256 av filene"):
        assert page.get_by_role("table", name=name).count() == 1
    assert page.locator('th:not([scope="col"])').count() == 0
    assert page.get_by_role("table", name="Ordreliste").get_by_role("columnheader").count() == 7
    assert page.get_by_role("navigation", name="Innhold").get_by_role("link").count() == 13
    assert page.get_by_role("region", name="Konklusjon").count() == 1


def test_tables_are_cards_on_a_telephone(open_page: Opening) -> None:
    page = open_page(page_of(APPROVED), TELEPHONE).page
    cell = page.get_by_role("table", name="Ordreliste").get_by_role("cell").nth(1)
    assert cell.evaluate("node => getComputedStyle(node, '::before').content") == '"Id hos ePROM, og i journalen"'
    assert ORDER in cell.inner_text()
    box = cell.bounding_box()
    assert box
    assert box["width"] > 280


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("result", [APPROVED, REJECTED, TRIAL], ids=["approved", "rejected", "trial"])
def test_colours_can_be_told_apart(open_page: Opening, result: RunResult, scheme: str) -> None:
    found = open_page(page_of(result), DESK, scheme).page.evaluate(CONTRASTS)
    assert len(found) > 4
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_everything_is_there(open_page: Opening) -> None:
    told = open_page(page_of(APPROVED)).page.locator("body").inner_text()
    for each in SCENARIOS:
        assert each.name in told
    for expected in (ORDER, "e" * 64, "f" * 64, "26670271527", "Skjemaet viste alle spørsmål.", "Kontrasignert av"):
        assert expected in told


def test_same_run_same_page() -> None:
    assert page_of(APPROVED) == page_of(replace(APPROVED))


def test_full_list_is_cut_and_small() -> None:
    html = protocol_html(content_of(APPROVED, many_orders(700), {}))
    assert "resten står i orders.csv" in html
    assert len(html) < 2_000_000
