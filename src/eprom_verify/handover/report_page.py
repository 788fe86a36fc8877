"""Whether report.html tells the same of the scenarios as the result does, and does nothing but show it."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.views import DATA, embedded_data
from eprom_verify.report.waived import told_waivers
from eprom_verify.runner.evidence import place
from eprom_verify.verdict import Outcome, RunResult

PROGRAM_SHA256 = "9810fc5ae510ef55cc6e1302316a2fc7046c8d740eb1c53a0937f7fb478318d8"
"""Of a page of the version of Allure in allure3/package-lock.json, without what differs from run to run."""

_TITLE = re.compile(rb"<title>([^<]*)</title>")
_OPTIONS = re.compile(rb"(window\.allureReportOptions = )(\{[^<\n]*\})\n")
_NONCE = re.compile(rb"script-src 'nonce-([A-Za-z0-9_-]{16,64})'")
_DATA_ROW = re.compile(rb"%b(?:,%b)*" % (DATA.pattern, DATA.pattern))
_PARAGRAPH = re.compile(r"<p>([^<]*)</p>")
_STATUSES = {Outcome.PASSED: "passed", Outcome.FAILED: "failed", Outcome.ERROR: "broken"}
_ANSWERED = {Outcome.ATTESTED: "passed", Outcome.FAILED: "failed"}
_ALLURE_STATUSES = ("passed", "failed", "broken", "skipped", "unknown")

Shown = tuple[str, str, str]
"""An entry of the page: its name, the last words of its description, and its status."""


@dataclass
class _Page:
    """What a page shows: its entries, those of tests that were run again but the last, and its lists of them."""

    entries: Counter[Shown] = field(default_factory=Counter)
    earlier: set[tuple[str, str]] = field(default_factory=set)
    lists: list[tuple[str, Any]] = field(default_factory=list)


def examine_report(result: RunResult, page: bytes) -> Examined:
    """Whether the page's program is the one that belongs to it, and its title and every entry are those of the result.

    What it shows of messages is not looked at: the journal has them.
    """
    problems = list(_about_page(result, page))
    found, expected = _read(page), Counter(_expected(result))
    named = {(each.name, place(each.feature, each.line)): each.outcome.norwegian for each in result.scenarios}
    for name, words, _ in (expected - found.entries).elements():
        outcome = named.get((name, words))
        problems.append(f"Scenarioet «{name}» står ikke som «{outcome}»." if outcome else f"«{name}» står feil.")
    extra = sorted({name for name, _, _ in found.entries - expected} - {name for name, _, _ in expected})
    problems += [f"«{name}» står ikke i resultatet." for name in extra]
    problems += _wrong_lists(found)
    return Examined(
        title="Rapporten (report.html)",
        seen=f"Viser de {len(result.scenarios)} scenariene slik de står i resultatet, med Allures eget program.",
        problems=shortened(list(dict.fromkeys(problems))),
    )


def program_digest(page: bytes) -> str:
    """SHA-256, in hexadecimal, of all in a page that is the same from run to run: its program and its looks."""
    nonce = _NONCE.search(page)
    rest = _DATA_ROW.sub(b"", page)
    rest = rest.replace(nonce[1], b"") if nonce else rest
    rest = _OPTIONS.sub(rb"\1\n", _TITLE.sub(b"<title></title>", rest, count=1), count=1)
    return hashlib.sha256(rest).hexdigest()


def _about_page(result: RunResult, page: bytes) -> Iterator[str]:
    conclusion = result.conclusion.norwegian + ("" if result.run.formal else " (prøvekjøring)")
    title, options = _TITLE.search(page), _OPTIONS.search(page)
    told = html.unescape(title[1].decode("utf-8", "replace")).strip() if title else ""
    headed = _json(options[2]).get("reportName") if options else None
    if not told == headed == f"ePROM-verifikasjon: {conclusion}":
        yield "Tittelen sier ikke det samme som resultatet."
    if program_digest(page) != PROGRAM_SHA256:
        yield "Siden har et annet program enn det som hører til: den er endret, og bør ikke åpnes."


def _expected(result: RunResult) -> Iterator[Shown]:
    for each in result.scenarios:
        yield each.name, place(each.feature, each.line), _STATUSES.get(each.outcome, "skipped")
    for requirement in result.requirements:
        if not requirement.scenarios:
            attested = requirement.outcome is Outcome.ATTESTED
            words = f"{requirement.outcome.norwegian}: {requirement.reason}" if attested else ""
            yield f"{requirement.id} {requirement.title}", words, _ANSWERED.get(requirement.outcome, "skipped")
    for waiver in told_waivers(result):
        yield f"Dispensasjon for krav {waiver.requirement}", "", "failed" if waiver.broken else "skipped"


def _read(page: bytes) -> _Page:
    found = _Page()
    for name, data in embedded_data(page):
        document = _json(data)
        if not name.startswith("data/test-results/") or not isinstance(document, dict):
            found.lists.append((name, document))
            continue
        paragraphs = _PARAGRAPH.findall(str(document.get("descriptionHtml") or ""))
        words = html.unescape(paragraphs[-1]) if paragraphs else ""
        shown = str(document.get("name")), words, str(document.get("status"))
        if document.get("isRetry"):
            found.earlier.add((shown[0], shown[2]))
        else:
            found.entries[shown] += 1
    return found


def _wrong_lists(found: _Page) -> Iterator[str]:
    """Lists and sums on the page that tell something else than its entries."""
    known = found.earlier | {(name, status) for name, _, status in found.entries}
    counts = Counter(status for _, _, status in found.entries.elements())
    for where, document in found.lists:
        for each in _objects(document):
            status, name = str(each.get("status")), str(each.get("name"))
            if {"status", "name"} <= each.keys() and (name, status) not in known:
                yield f"En liste viser «{name}» som noe annet enn det er."
            elif {"status", "count"} <= each.keys() and each["count"] != counts[status]:
                yield "Diagrammet har andre tall enn resultatet."
        if where.endswith("statistic.json") and not _adds_up(document, counts):
            yield "Summene øverst er andre enn i resultatet."


def _adds_up(statistic: Any, counts: Counter[str]) -> bool:
    told = {name: statistic.get(name, 0) for name in _ALLURE_STATUSES} if isinstance(statistic, dict) else {}
    return told == {name: counts[name] for name in _ALLURE_STATUSES} and statistic.get("total") == counts.total()


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    """Every object within a document."""
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            yield dict(each)
        waiting += each.values() if isinstance(each, Mapping) else each if isinstance(each, list) else []


def _json(text: bytes) -> Any:
    """What is written as JSON; an empty object when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict | list) else {}
