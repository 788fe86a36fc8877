"""Whether report.html tells the same of the scenarios as the result does."""

from __future__ import annotations

import html
import json
import re
from collections import Counter

from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.views import embedded_data
from eprom_verify.runner.evidence import place
from eprom_verify.verdict import Outcome, RunResult

_TITLE = re.compile(rb"<title>([^<]*)</title>")
_PARAGRAPH = re.compile(r"<p>([^<]*)</p>")
_STATUSES = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.ERROR: "broken"}


def examine_report(result: RunResult, page: bytes) -> Examined:
    """Whether the page's title, and the status of every scenario in it, are those of the result."""
    problems = []
    title = _TITLE.search(page)
    told = html.unescape(title[1].decode("utf-8", "replace")).strip() if title else ""
    trial = "" if result.run.formal else " (prøvekjøring)"
    if told != f"ePROM-verifikasjon: {result.conclusion.norwegian}{trial}":
        problems.append("Tittelen sier ikke det samme som resultatet.")
    shown = _shown(page)
    for each in result.scenarios:
        expected = _STATUSES.get(each.outcome, "skipped")
        if (each.name, place(each.feature, each.line), expected) not in shown:
            problems.append(f"Scenarioet «{each.name}» står ikke som «{each.outcome.norwegian}».")
    return Examined(
        title="Rapporten (report.html)",
        seen=f"Viser de {len(result.scenarios)} scenariene slik de står i resultatet.",
        problems=shortened(problems),
    )


def _shown(page: bytes) -> Counter[tuple[str, str, str]]:
    """The scenarios of a page: name, place and status; of those that were run again, the last."""
    found: Counter[tuple[str, str, str]] = Counter()
    for name, data in embedded_data(page):
        if not name.startswith("data/test-results/"):
            continue
        try:
            test = json.loads(data)
            paragraphs = _PARAGRAPH.findall(str(test.get("descriptionHtml") or ""))
            words = html.unescape(paragraphs[-1]) if paragraphs else ""
            found[str(test["name"]), words, str(test["status"])] += not test.get("isRetry", False)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return +found
