"""The Markdown summary: what it tells, and that nothing in it can do anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from eprom_verify.report.summary import MOST_CHARS, summary, write_stopped, write_summary
from eprom_verify.report.terminal import inert
from eprom_verify.verdict import Outcome, RunResult
from tests.report.sample_results import BROKEN, PASSED, REASON, WAIVED, judged, scenario, waiver

FOLDER = Path("reports") / "en-kjoring"


class Page(HTMLParser):
    """What a reader sees of a summary: its tags, its rows, and the text of each cell."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.rows: list[list[str]] = []
        self.text = ""
        self.loose = ""
        self._code = 0
        self._cell = False
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)
        self._code += tag == "code"
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True
        if tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag == "code"
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if not self._code:
            self.loose += data
        if self._cell:
            self.rows[-1][-1] += data


HARMLESS = {"h2", "h3", "p", "ul", "li", "code", "table", "thead", "tbody", "tr", "th", "td", "br"}


def page(result: RunResult) -> Page:
    return Page(summary(result, folder=FOLDER))


def test_failed_run() -> None:
    shown = page(BROKEN)
    assert shown.text.startswith("❌ ePROM-verifikasjon: Ikke godkjent (prøvekjøring)\n")
    assert "Obligatoriske krav: 1 av 3 godkjent, 1 feil i kjøringen, 1 ikke godkjent" in shown.text
    assert ["Krav", "Hva", "Utfall", "Grunn"] in shown.rows
    assert ["1.2", "Noe holder i 1.2", "Ikke godkjent", REASON] in [
        [cell.strip() for cell in row] for row in shown.rows
    ]
    assert "Dispensasjoner (3)" in shown.text
    assert "frø 7" in shown.text
    assert "reports/en-kjoring" in shown.text


def test_waived_run() -> None:
    shown = page(WAIVED)
    assert shown.text.startswith("✅ ePROM-verifikasjon: Godkjent (prøvekjøring)\n")
    assert "Obligatoriske krav med dispensasjon: 1.2, 2.1." in shown.text
    assert "Krav som ikke er godkjent" not in shown.text
    [row] = [row for row in shown.rows if row[0].startswith("Krav 1.2")]
    assert row[2:] == ["Avtalt", "Kari, leder", f"Ikke godkjent: {REASON}"]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.com/x.png) [her](javascript:alert(1))",
    "@hemit/alle se #1 og !2 og user@example.com",
    "https://example.com og www.example.com",
    "| en | to |\n| --- | --- |",
    "`</code><script>`",
    "\\| \\` **fet** _kursiv_ ~~strøket~~",
    "&lt;b&gt; &#60;b&#62;",
    "</code></td></tr></table><h1>Godkjent</h1>",
    "<!-- -->\r\n```\n# Godkjent",
    "\u202ekoden\u202c \x1b[31mrød\x1b[0m \u2028ny",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert(text: str) -> None:
    failed = scenario("Feil", Outcome.FAILED, "1.2", reason=text)
    excused = scenario("Feil igjen", Outcome.FAILED, "1.3", reason=text)
    result = judged(PASSED, failed, excused, waivers=(waiver("1.3", reason=text, owner=text),))
    written = summary(result, folder=FOLDER)
    shown = Page(written)
    assert shown.tags <= HARMLESS
    assert shown.attributes == set()
    assert "alert" not in shown.loose
    assert not re.search(r"@|www|https?:", shown.loose)
    for first in inert(text.splitlines()[0]).split():
        assert first in shown.text
    assert not re.search(r"https?:|www\.|@\w", written)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_inert(text: str) -> None:
    shown = page(judged(scenario("Feil", Outcome.FAILED, "1.2", reason=text)))
    assert shown.tags <= HARMLESS
    assert shown.attributes == set()
    assert {len(row) for row in shown.rows} == {4}
    assert len(shown.rows) == 2


def test_long_run_is_cut() -> None:
    many = [scenario(f"Feil {n}", Outcome.FAILED, f"9.{n}", reason="<" * 5000) for n in range(300)]
    written = summary(judged(*many), folder=FOLDER)
    assert MOST_CHARS * 0.9 < len(written) <= MOST_CHARS + 100
    assert "Sammendraget er forkortet" in written
    assert Page(written).tags <= HARMLESS
    assert "### Se mer" in written


def test_several_reasons_counted() -> None:
    failed = [scenario(f"Feil {n}", Outcome.FAILED, "1.2", reason=f"nr. {n}") for n in range(3)]
    assert "nr. 0\nog 2 grunner til" in page(judged(*failed)).text
    assert "nr. 0\nog én grunn til" in page(judged(*failed[:2])).text


def test_undecided_alike_share_a_row() -> None:
    undecided = [scenario(f"Nr. {n}", Outcome.UNVERIFIED, f"1.{n}", reason="Ingen person") for n in range(40)]
    failed = [scenario(f"Feil {n}", Outcome.FAILED, f"2.{n}", reason="Samme") for n in range(2)]
    _, *rows = page(judged(*undecided, *failed)).rows
    assert [row[0] for row in rows[:2]] == ["2.0", "2.1"]
    assert rows[2][0].startswith("1.0, 1.1, ")
    assert rows[2][0].endswith(", 1.29 og 10 til")
    assert rows[2][1:] == ["40 krav", "Ikke verifisert", "Ingen person"]


def test_written_in_utf8(tmp_path: Path) -> None:
    path = tmp_path / "s.md"
    write_summary(judged(scenario("Feil", Outcome.FAILED, "1.2", reason="ødelagt \ud83d")), path, folder=FOLDER)
    assert "ødelagt" in path.read_text("utf-8")


def test_stopped(tmp_path: Path) -> None:
    path = tmp_path / "s.md"
    write_stopped("Feil i oppsettet: <b>", path)
    shown = Page(path.read_text("utf-8"))
    assert shown.text.split("\n")[0] == "❌ ePROM-verifikasjon: ingen kjøring"
    assert "Feil i oppsettet: <b>" in shown.text
    assert shown.tags <= HARMLESS
