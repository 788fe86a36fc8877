"""A summary of a run for a pull request, in the Markdown that GitHub, GitLab and Azure DevOps have in common.

What a run tells of may come from an end that nobody trusts. All of it stands in `<code>`, where no service looks for
mentions, references or addresses, and with every character that Markdown or HTML could obey written as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from eprom_verify.report.terminal import inert
from eprom_verify.report.waived import told_waivers
from eprom_verify.verdict import Conclusion, Outcome, RequirementResult, RunResult, explain, tally
from eprom_verify.verdict.outcomes import PRECEDENCE

MOST_CHARS = 50_000
"""How long a summary may become: a comment on GitHub holds 65,536 characters."""

_REASON_CHARS = 240
_REASON_LINES = 5
_MOST_IDS = 30
_FINE = frozenset({Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.WAIVED})
_SIGNS = {Conclusion.APPROVED: "✅", Conclusion.REJECTED: "❌", Conclusion.INCOMPLETE: "⚠️"}
_OBEYED = re.compile(r"[\\`*_{}\[\]<>#+!|~&@$^:=]|(?<=[^\W\d])\.(?=\w)|(?<=\w)\.(?=[^\W\d])")


def write_summary(result: RunResult, path: Path, *, folder: Path) -> None:
    """Write the summary of the run that is kept in `folder`, in UTF-8."""
    # "replace": as in result.json, half a surrogate pair must not cost the rest.
    path.write_bytes(summary(result, folder=folder).encode("utf-8", "replace"))


def write_stopped(problem: str, path: Path) -> None:
    """Write, instead of a summary, why there was no run."""
    lines = [
        _heading("❌", "ingen kjøring"),
        "",
        "Kjøringen stanset før den ga noe resultat:",
        "",
        _quoted(problem),
        "",
    ]
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))


def summary(result: RunResult, *, folder: Path) -> str:
    """The summary of a run, at most `MOST_CHARS` long."""
    end = list(_end(result, folder))
    room = MOST_CHARS - sum(len(line) + 1 for line in end)
    kept: list[str] = []
    for line in (*_start(result), *_not_passed(result), *_waivers(result)):
        room -= len(line) + 1
        if room < 0:
            kept += ["", "Sammendraget er forkortet; resten står i `result.json`."]
            break
        kept.append(line)
    return "\n".join([*kept, *end])


def _heading(sign: str, words: str) -> str:
    return f"## {sign} ePROM-verifikasjon: {words}"


def _start(result: RunResult) -> Iterator[str]:
    trial = "" if result.run.formal else " (prøvekjøring)"
    yield _heading(_SIGNS[result.conclusion], result.conclusion.norwegian + trial)
    yield from ("", _plain(explain(result)), "")
    for reason in result.incomplete_reasons:
        yield f"- {_quoted(_cut(reason))}"
    if result.incomplete_reasons:
        yield ""
    for words, mandatory in (("Obligatoriske krav", True), ("Tilleggskrav", False)):
        outcomes = [each.outcome for each in result.requirements if each.mandatory is mandatory]
        if outcomes:
            yield f"- {words}: {tally(outcomes)}"
    yield f"- Scenarier: {tally([each.outcome for each in result.scenarios])}"
    absent = sum(each.outcome is Outcome.NOT_APPLICABLE for each in result.requirements)
    yield f"- Krav som ikke er aktuelle: {absent}"


def _not_passed(result: RunResult) -> Iterator[str]:
    lacking = [each for each in result.requirements if each.outcome not in _FINE]
    if not lacking:
        return
    yield from ("", f"### Krav som ikke er godkjent ({len(lacking)})", "")
    yield from ("| Krav | Hva | Utfall | Grunn |", "| --- | --- | --- | --- |")
    alike: dict[object, list[RequirementResult]] = {}
    for each in sorted(lacking, key=lambda each: (not each.mandatory, PRECEDENCE.index(each.outcome))):
        # What failed stands by itself; of what is undecided there may be hundreds, all for one reason.
        own = each.id if each.outcome in (Outcome.FAILED, Outcome.ERROR) else ""
        alike.setdefault((each.mandatory, each.outcome, each.reason, own), []).append(each)
    for first, *others in alike.values():
        ids = [_plain(each.id) for each in (first, *others)]
        more = f" og {len(ids) - _MOST_IDS} til" if len(ids) > _MOST_IDS else ""
        title = _plain(first.title) if not others else f"{len(ids)} krav"
        kind = "" if first.mandatory else " (tillegg)"
        yield _row(", ".join(ids[:_MOST_IDS]) + more + kind, title, first.outcome.norwegian, _reason(first))


def _reason(requirement: RequirementResult) -> str:
    first, *others = (requirement.reason or "Ingen grunn er oppgitt.").replace("\r\n", "\n").split("\n\n")
    more = f"<br>og {len(others)} grunner til" if len(others) > 1 else "<br>og én grunn til" if others else ""
    return _lines(first) + more


def _waivers(result: RunResult) -> Iterator[str]:
    told = told_waivers(result)
    if not told:
        return
    yield from ("", f"### Dispensasjoner ({len(told)})", "")
    labels = ("Krav", "Grunn", "Ansvarlig", "Dekker")
    yield from (_row("Dispensasjon", *labels), _row(*["---"] * (len(labels) + 1)))
    for each in told:
        facts = dict(each.facts)
        sign = "❌ " if each.broken else ""
        yield _row(sign + _plain(each.headline), *(_lines(facts.get(label, "")) for label in labels))


def _end(result: RunResult, folder: Path) -> Iterator[str]:
    run = result.run
    facts = (
        f"bestillersystem {run.rig.bestillersystem}",
        f"ePROM {run.rig.eprom}",
        f"utgave {run.edition}",
        f"frø {run.seed}",
        f"eprom-verify {run.versions['tool']}",
        f"Python {run.versions['python']}",
    )
    yield from ("", "### Se mer", "")
    yield " · ".join(_quoted(fact) for fact in facts)
    yield ""
    yield f"I mappen {_quoted(folder.as_posix())} er `report.html` til å lese, og `result.json` har alt."
    yield f"Samme testdata igjen: `eprom-verify run --seed {run.seed}`."
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _lines(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    more = [f"… og {len(lines) - _REASON_LINES} linjer til"] if len(lines) > _REASON_LINES else []
    return "<br>".join([*(_quoted(_cut(line)) for line in lines[:_REASON_LINES]), *more])


def _cut(text: str) -> str:
    return text if len(text) <= _REASON_CHARS else f"{text[:_REASON_CHARS].rstrip()} …"


def _quoted(text: str) -> str:
    """Text from anywhere, on one line, as it is and without effect."""
    words = _plain(text)
    return f"<code>{words}</code>" if words else ""


def _plain(text: str) -> str:
    """Text of our own, on one line, in which nothing is markup."""
    return _OBEYED.sub(lambda match: f"&#{ord(match[0])};", inert(" ".join(text.split())))
