"""Texts that somebody could have sent to do harm, and a result that has them everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eprom_verify.contract.sources import Source
from eprom_verify.report.order_list import OrderLine, orders_of
from eprom_verify.verdict import Attachment, Covered, Outcome, RunResult, VerifiedSystem, WaiverState
from tests.report.sample_protocol import ANSWERS, EXCHANGES, REJECTED

HOSTILE = {
    "script": "<script>document.title='kapret'</script><img src=x onerror=\"document.title='kapret'\">",
    "style": "</style></title></head><style>body{display:none}</style>",
    "attribute": '" onclick="alert(1)" x="\' style=\'display:none',
    "import": '#import "@preview/evil:1.0.0": *\n#panic("kapret")',
    "typst code": '] #panic("kapret") [ #read("/etc/passwd") $x^2$ <anchor> @ref = Overskrift',
    "json": '"]}], "trial": "", "x": [{"',
    "ansi": "\x1b[31mrødt\x1b[0m\x07\x08",
    "bidi": "fil\u202egnp.exe\u2066\u200b\u200d\ufeff",
    "nul": "før\x00etter",
    "long": "æ" * 1_000_000,
    "long words": ("https://example.org/" + "a" * 400 + " ") * 50,
    "lines": "linje\r\n" * 5_000,
    "surrogate": "halv \ud83d halv \udc00",
    "emoji": "ok 😀 👩‍👩‍👧 🇳🇴",
    "other letters": "中文 العربية עברית ไทย हिन्दी",
    "marks": "Z" + "\u0310\u0352" * 300,
    "private": "\ue000\uf8ff\U000f0000\uffff",
    "separators": "en\u2028to\u2029tre\x85fire",
    "script address": "javascript:alert(document.title='kapret')",
    "css": 'x; } body { display: none } @import url(http://127.0.0.1:9/x); content: "',
    "entity": "&lt;script&gt;&#60;b&#62;",
    "blank": " \t\n ",
}
"""By what they are meant to do."""


def everywhere(text: str) -> RunResult:
    """A result with this text wherever something from outside can stand."""
    system = VerifiedSystem(name=text, version=text, owner=text, contact=text, api_base_url=text, driver=text)
    run = replace(
        REJECTED.run,
        id=text,
        system=system,
        environment=text,
        eprom_version=text,
        documented=text,
        edition=text,
        performed_by=text,
        role=text,
        journal_last_digest=text,
        personas={text: text},
        profile={text: text, "brev": text},
        versions={text: text, "tool": text, "tool_digest": text},
    )
    requirements = tuple(
        replace(each, id=f"{text}{number}", title=text, chapter=text, reason=text, source=Source(text, text))
        for number, each in enumerate(REJECTED.requirements)
    )
    (seen,) = REJECTED.scenarios[0].shown_by
    shown = (replace(seen, method=text, url=text, failure=text, at=text),)
    scenarios = tuple(
        replace(each, name=text, feature=text, reason=text, exchanges=(text,), shown_by=shown, tags=(text,))
        for each in REJECTED.scenarios
    )
    attachment = Attachment(name=text, media_type=text, size=1, sha256=text)
    answers = tuple(
        replace(each, requirement=f"{text}3", words=text, tester=text, attachments=(attachment,)) for each in ANSWERS
    )
    waivers = tuple(
        replace(
            each,
            requirement=f"{text}8",
            reason=text,
            owner=text,
            state=WaiverState.USED,
            covers=Covered(Outcome.FAILED, text),
        )
        for each in REJECTED.waivers
    )
    return replace(
        REJECTED,
        run=run,
        requirements=requirements,
        scenarios=scenarios,
        attestations=answers,
        waivers=waivers,
        remarks=(text,),
        incomplete_reasons=(text,) * 5,
        complete=False,
    )


def order_lines(text: str) -> list[OrderLine]:
    """Orders with this text in all that comes from ePROM."""
    (line,) = orders_of(EXCHANGES)
    return [replace(line, **dict.fromkeys(_FROM_OUTSIDE, text))]


_FROM_OUTSIDE: Iterable[str] = ("id", "requested_at", "statuses", "error_codes", "outcome", "sender", "exchange")
