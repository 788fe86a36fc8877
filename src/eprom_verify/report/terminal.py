"""What a run shows where it was started: progress while it goes, and a summary when it is done.

In a terminal there is colour and wrapping; elsewhere, as in a CI log, plain lines without control characters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Self
from unicodedata import category

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as LiveProgress
from rich.text import Text

from eprom_verify.errors import TO_BE_ANSWERED
from eprom_verify.report.waived import told_waivers
from eprom_verify.verdict.diagnosis import causes_of
from eprom_verify.verdict.faults import Cause
from eprom_verify.verdict.outcomes import PRECEDENCE, UNDECIDED, Conclusion, Outcome, combine, tally
from eprom_verify.verdict.result import RequirementResult, RunResult, ScenarioResult, explain, listed, to_be_answered

REASON_LIMIT = 2_000
"""How much of a reason is shown, in characters; the report has all of it."""

_LINE_LIMIT = 200
_PART_LINES = 8
_ALIKE_SHOWN = 5
_GROUPS_SHOWN = 12
_LABELS = ("Forventet", "Fikk", "Hvor", "Kilde", "Prøv")
_LABEL_WIDTH = max(len(label) for label in _LABELS) + 2
_LIKE, _OR, _CHANGE = "Ligner på", "Eller", "Endre"

_MARKS = {
    Outcome.PASSED: ("✓", "+", "green"),
    Outcome.FAILED: ("✗", "x", "bold red"),
    Outcome.ERROR: ("!", "!", "bold magenta"),
    Outcome.UNVERIFIED: ("?", "?", "yellow"),
    Outcome.WAITING: ("…", ".", "yellow"),
    Outcome.NOT_APPLICABLE: ("–", "-", "dim"),
    Outcome.ATTESTED: ("✓", "+", "cyan"),
    Outcome.WAIVED: ("~", "~", "cyan"),
}
_BANNERS = {
    Conclusion.APPROVED: "bold white on green",
    Conclusion.REJECTED: "bold white on red",
    Conclusion.INCOMPLETE: "bold black on yellow",
}
_PATH_NAMES = {
    "report": "Rapport",
    "result": "Resultat",
    "protocol": "Protokoll",
    "journal": "Journal",
    "junit": "JUnit",
}


def summary(result: RunResult, paths: Mapping[str, Path], console: Console) -> None:
    """Show what the run came to: chapters, what failed, what is undecided, the conclusion, and where the report is.

    `paths` are named `report`, `result`, `protocol`, `journal`, or anything else that is to be shown as it is.
    """
    page = _Page(console)
    _show_chapters(page, result)
    excused = [s for s in result.scenarios if s.id in result.excused and s.outcome is Outcome.FAILED]
    counted = [s for s in result.scenarios if s not in excused]
    for outcome, note in ((Outcome.FAILED, ""), (Outcome.ERROR, ": teller verken for eller mot integrasjonen")):
        _show_scenarios(page, result, [s for s in counted if s.outcome is outcome], outcome, note)
    _show_scenarios(page, result, excused, Outcome.FAILED, ", med dispensasjon")
    _show_undecided(page, [r for r in result.requirements if r.mandatory])
    _show_waivers(page, result)
    _show_conclusion(page, result)
    page.blank()
    width = max((len(_PATH_NAMES.get(name, name)) for name in paths), default=0) + 2
    for name, path in paths.items():
        page.put(str(path), lead=(f"{_PATH_NAMES.get(name, name) + ':':<{width}}", "dim"), wrap=False)


def inert(text: str) -> str:
    """The text with every character that a terminal could obey, or that hides or turns others, made visible."""
    return "".join(_VISIBLE.get(char, "\ufffd") if category(char) in _SLY else char for char in text)


_VISIBLE = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\n": "\n", "\t": " ", "\x7f": "␡"}
_SLY = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's controls, invisible formatting, half surrogates, and line ends of other kinds."""


def _on_one_line(text: str, limit: int = _LINE_LIMIT) -> str:
    return _shortened(" ".join(text.split()), limit)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit].rstrip()} … (forkortet fra {len(text)} tegn)"


def _seconds(duration_s: float) -> str:
    if duration_s < 60:
        return f"{duration_s:.1f} s".replace(".", ",")
    return "{} min {} s".format(*divmod(round(duration_s), 60))


_Piece = str | tuple[str, str]


class _Page:
    """Puts text on a console: wrapped and indented in a terminal, one line each elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.is_terminal = console.is_terminal
        self.width = console.width

    def put(self, *pieces: _Piece, indent: int = 0, lead: _Piece = "", wrap: bool = True) -> None:
        text, first = self._safe(*pieces), self._safe(" " * indent, lead)
        lines = list(text.split("\n", allow_blank=True))
        if self.is_terminal and wrap:
            room = max(20, self.width - first.cell_len)
            lines = [part for line in lines for part in line.wrap(self._console, room, overflow="fold")]
        for number, line in enumerate(lines):
            shown = (Text(" " * first.cell_len) if number else first) + line
            if wrap:
                shown.rstrip()
            self._console.print(shown, soft_wrap=True, highlight=False)

    def _safe(self, *pieces: _Piece) -> Text:
        text = Text.assemble(*pieces)
        # A stream that lacks a character refuses the whole line, as on a Windows CI runner.
        text.plain = inert(text.plain).encode(self._console.encoding, "replace").decode(self._console.encoding)
        return text

    def blank(self) -> None:
        self.put("")

    def heading(self, title: str, more: str = "") -> None:
        self.blank()
        self.put((title, "bold"), more)

    def mark(self, outcome: Outcome) -> tuple[str, str]:
        sign, ascii_sign, style = _MARKS[outcome]
        return (ascii_sign if self._console.options.ascii_only else sign) + " ", style


def _show_chapters(page: _Page, result: RunResult) -> None:
    run, count = result.run, len(result.scenarios)
    counted = "1 scenario" if count == 1 else f"{count} scenarier"
    page.heading("eprom-verify", f" · bestillersystem: {run.rig.bestillersystem} · ePROM: {run.rig.eprom}")
    duration = _seconds((run.finished - run.started) / timedelta(seconds=1))
    page.put((f"Utgave {run.edition} · {counted} på {duration} · kjøring {run.id}", "dim"))
    page.heading("Kapitler")
    chapters: dict[str, list[Outcome]] = {requirement.chapter: [] for requirement in result.requirements}
    for scenario in result.scenarios:
        chapters.setdefault(scenario.chapter, []).append(scenario.outcome)
    names = {chapter: _on_one_line(chapter, 60) for chapter in chapters}
    width = max(map(len, names.values()), default=0) + 1
    for chapter, outcomes in chapters.items():
        counts = tally(outcomes) if outcomes else "ingen scenarier"
        sign, style = page.mark(combine(outcomes))
        page.put(counts, indent=2, lead=(f"{sign}{names[chapter] + ':':<{width}} ", style))


def _show_scenarios(
    page: _Page, result: RunResult, scenarios: Sequence[ScenarioResult], outcome: Outcome, note: str
) -> None:
    requirements, told = {each.id: each for each in result.requirements}, set[str]()
    if not scenarios:
        return
    page.heading(f"{outcome.norwegian} ({len(scenarios)}){note}")
    alike: dict[str, list[ScenarioResult]] = {}
    for scenario in scenarios:
        alike.setdefault(scenario.reason, []).append(scenario)
    for number, (reason, (first, *others)) in enumerate(alike.items()):
        if number > 0:
            page.blank()
        page.put((_on_one_line(first.name), "bold"), indent=2, lead=page.mark(outcome))
        page.put(*_place(first), indent=4)
        page.put(listed(first.requirements) or "ingen", indent=4, lead=_label("Krav"))
        for label, text in _parts(reason or "Ingen grunn er oppgitt."):
            page.put((text, "red" if label == "Fikk" else ""), indent=4, lead=_label(label))
        _show_exchange(page, first)
        _show_causes(page, causes_of(first, requirements), told)
        if others:
            page.put(f"Samme grunn i {len(others)} til:", indent=4)
        for other in others[:_ALIKE_SHOWN]:
            page.put(_on_one_line(other.name), "  ", *_place(other), indent=6)
        if len(others) > _ALIKE_SHOWN:
            page.put(f"… og {len(others) - _ALIKE_SHOWN} andre; se rapporten.", indent=6)


def _show_exchange(page: _Page, scenario: ScenarioResult) -> None:
    if not scenario.shown_by:
        return
    first, *others = scenario.shown_by
    more = f" (og {len(others)} til)" if others else ""
    page.put(f"{first}{more}", indent=4, lead=_label("Melding" if first.decisive else "Sist sett"))


def _show_causes(page: _Page, causes: Sequence[Cause], told: set[str]) -> None:
    """The likely causes, and what to change: each told of in full once, and by its name where it comes again."""
    if causes and told.issuperset(cause.fault for cause in causes):
        page.put(f"{' eller '.join(cause.fault for cause in causes)} (se over)", indent=4, lead=_label(_LIKE))
        return
    for number, cause in enumerate(causes):
        like = f"{cause.fault} (se over)" if cause.fault in told else f"{cause.title} ({cause.fault})"
        page.put(like, indent=4, lead=_label(_OR if number else _LIKE))
        if cause.remedy and told.isdisjoint((cause.fault, cause.remedy)):
            page.put(cause.remedy, indent=4, lead=_label(_CHANGE))
        told |= {cause.fault, cause.remedy}


def _label(label: str) -> tuple[str, str]:
    return (f"{label + ':':<{_LABEL_WIDTH}}" if label else "", "dim")


def _place(scenario: ScenarioResult) -> list[_Piece]:
    step = scenario.gherkin_line
    place = f"{scenario.feature}:{step.line if step else scenario.line}"
    return [(place, "cyan"), f"  {_on_one_line(step.sentence)}"] if step else [(place, "cyan")]


def _parts(reason: str) -> list[tuple[str, str]]:
    """The reason's labelled lines, each shortened by itself: a long answer must not push out its source."""
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line in reason.replace("\r\n", "\n").split("\n"):
        label, colon, rest = line.partition(": ")
        if colon and label in _LABELS and label not in parts:
            current, line = label, rest
        parts.setdefault(current, []).append(line)
    texts = {label: "\n".join(lines).strip("\n") for label, lines in parts.items()}
    texts = {label: text for label, text in texts.items() if text}
    return [(label, _excerpt(text, REASON_LIMIT // len(texts))) for label, text in texts.items()]


def _excerpt(text: str, limit: int) -> str:
    lines = _shortened(text, limit).split("\n")
    more = len(lines) - _PART_LINES
    return "\n".join([*lines[:_PART_LINES], f"… ({more} linjer til)"] if more > 1 else lines)


def _show_undecided(page: _Page, mandatory: Sequence[RequirementResult]) -> None:
    groups: dict[tuple[Outcome, str], list[str]] = {}
    for requirement in mandatory:
        if requirement.outcome in UNDECIDED:
            groups.setdefault((requirement.outcome, _group_reason(requirement)), []).append(requirement.id)
    if not groups:
        return
    page.heading(f"Obligatoriske krav som ikke er avgjort ({sum(map(len, groups.values()))} av {len(mandatory)})")
    ordered = sorted(groups.items(), key=lambda group: PRECEDENCE.index(group[0][0]))
    for (outcome, reason), ids in ordered[:_GROUPS_SHOWN]:
        page.put(f"{outcome.norwegian}: {reason} (krav {listed(ids)})", indent=2, lead=page.mark(outcome))
    if len(ordered) > _GROUPS_SHOWN:
        page.put(f"… og {len(ordered) - _GROUPS_SHOWN} andre grunner; se rapporten.", indent=2)


def _show_waivers(page: _Page, result: RunResult) -> None:
    told = told_waivers(result)
    if told:
        page.heading(f"Dispensasjoner ({len(told)})")
    for each in told:
        outcome = Outcome.FAILED if each.broken else Outcome.WAIVED if each.used else Outcome.UNVERIFIED
        page.put((each.headline, "bold"), indent=2, lead=page.mark(outcome))
        for label, text in each.facts:
            page.put(_on_one_line(text), indent=4, lead=(f"{label + ':':<{_WAIVER_WIDTH}}", "dim"))


_WAIVER_WIDTH = len("Ansvarlig: ")


_ANSWERS = f"{TO_BE_ANSWERED} skjemaet; eprom-verify status viser hvilke det er."
"""Each scenario needs a form of some kind, and no two requirements need just the same ones."""


def _group_reason(requirement: RequirementResult) -> str:
    if requirement.outcome is Outcome.ERROR:
        return "vist over"
    if requirement.outcome is Outcome.WAITING:
        # Each waits for an order of its own, so that no two would be told of together.
        return "noe fra ePROM er ikke kommet ennå; eprom-verify status viser hva, og til når."
    told = (requirement.reason or "Ingen grunn er oppgitt.").split("\n\n")
    first, *others = dict.fromkeys(_ANSWERS if each.startswith(TO_BE_ANSWERED) else each for each in told)
    more = "én grunn" if len(others) == 1 else f"{len(others)} grunner"
    return _on_one_line(first) + (f" (og {more} til)" if others else "")


def _show_conclusion(page: _Page, result: RunResult) -> None:
    outcomes = {kind: [r.outcome for r in result.requirements if r.mandatory is kind] for kind in (True, False)}
    page.heading("Krav")
    page.put(tally(outcomes[True]), indent=2, lead="Obligatoriske: ")
    if outcomes[False]:
        page.put(tally(outcomes[False]), indent=2, lead="Tillegg:       ")
    page.blank()
    line = f"Konklusjon: {result.conclusion.norwegian.upper()}" + ("" if result.run.formal else " (prøvekjøring)")
    if page.is_terminal:
        page.put((f" {line}".ljust(page.width), _BANNERS[result.conclusion]), wrap=False)
    else:
        page.put(f"=== {line} ===")
    page.put(explain(result))
    for reason in result.incomplete_reasons:
        page.put(_on_one_line(reason), indent=2, lead="- ")
    forms = to_be_answered(result.scenarios)
    if forms:
        page.put(
            f"{sum(forms.values())} scenarier kan avgjøres når en tester svarer på skjema som pasienten: "
            f"eprom-verify status sier hvilke ({len(forms)} slag)."
        )
    if result.remarks:
        page.heading("Merknader")
    for remark in result.remarks:
        page.put(_on_one_line(remark, REASON_LIMIT), indent=2, lead="- ")


class Progress:
    """How far the run has come: one line that changes in a terminal, elsewhere a line as each chapter is done.

    The chapters are told of in the order in which they are given, whichever is done first.
    """

    def __init__(self, console: Console, total_by_chapter: dict[str, int]) -> None:
        self._page = _Page(console)
        self._total_by_chapter = total_by_chapter
        self._outcomes: dict[str, list[Outcome]] = {}
        self._untold = list(total_by_chapter)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        # FORCE_COLOR makes a CI log a terminal to rich, but nobody wants a moving bar in it.
        self._live = _bar(console) if console.is_interactive and console.file.isatty() else None

    def __enter__(self) -> Self:
        if self._live:
            self._task = self._live.add_task("", total=sum(self._total_by_chapter.values()), counts="")
            self._live.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._live:
            self._live.stop()
            return
        for chapter in self._untold:
            done, total = len(self._outcomes.get(chapter, ())), self._total_by_chapter[chapter]
            if done:
                stopped = f" stanset etter {done} av {total};" if done < total else ""
                self._tell(f"{chapter}:{stopped}", chapter)

    def scenario_done(self, chapter: str, outcome: Outcome, duration_s: float) -> None:
        """Count a scenario that has come to its end."""
        outcomes = self._outcomes.setdefault(chapter, [])
        outcomes.append(outcome)
        self._seconds[chapter] += duration_s
        if self._live:
            counted = Counter(one for several in self._outcomes.values() for one in several)
            signs = "  ".join(f"{self._page.mark(one)[0]}{counted[one]}" for one in Outcome if counted[one])
            self._live.update(self._task, advance=1, description=inert(_on_one_line(chapter, 60)), counts=signs)
            return
        while self._untold and len(self._outcomes.get(self._untold[0], ())) == self._total_by_chapter[self._untold[0]]:
            following = self._untold.pop(0)
            self._tell(f"{following}:", following)

    def _tell(self, lead: str, chapter: str) -> None:
        self._page.put(f"{_on_one_line(lead)} {tally(self._outcomes[chapter])} ({_seconds(self._seconds[chapter])})")


def _bar(console: Console) -> LiveProgress:
    return LiveProgress(
        BarColumn(bar_width=12),
        TextColumn("{task.completed}/{task.total} · {task.fields[counts]} ·", markup=False),
        TimeElapsedColumn(),
        TextColumn("· {task.description}", markup=False),
        console=console,
        transient=True,
        # pytest swaps these two while it captures; a bar that swapped them back would bring dead ones to life.
        redirect_stdout=False,
        redirect_stderr=False,
    )
