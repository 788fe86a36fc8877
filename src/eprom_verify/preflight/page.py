"""Shows what the preflight found: a row for each finding, with what to do about it under it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from eprom_verify.masking import Mask
from eprom_verify.preflight.finding import Finding, Mark, Section, may_begin
from eprom_verify.report.terminal import inert

LONGEST = 1200
"""Characters of a row that are shown."""

_STYLES = {Mark.FINE: "green", Mark.NOTE: "yellow", Mark.WRONG: "bold red"}


class Page:
    """A console on which nothing that came from elsewhere can do anything, and no secret is shown."""

    def __init__(self, console: Console, mask: Mask) -> None:
        self._console = console
        self._mask = mask

    def show(self, section: Section) -> None:
        """Show one section."""
        self._put(Text(section.title, "bold"))
        for each in section.findings:
            self._finding(each)
        self._put(Text())

    def conclude(self, sections: Sequence[Section], following: str) -> None:
        """Say whether a run can begin; `following` is how."""
        every = [each.mark for section in sections for each in section.findings]
        faults, notes = every.count(Mark.WRONG), every.count(Mark.NOTE)
        counted = [f"{notes} merknad{'er' if notes > 1 else ''}"] if notes else []
        if may_begin(sections):
            self._put(Text(f"Klar{f', med {counted[0]}' if counted else ''}. Kjør verifikasjonen: {following}"))
            return
        counted.insert(0, "1 ting må" if faults == 1 else f"{faults} ting må")
        more = f" ({counted[1]} i tillegg)" if len(counted) > 1 else ""
        self._put(Text(f"Ikke klar: {counted[0]} rettes først{more}. Det gjelder oppsettet, ikke integrasjonen."))

    def _finding(self, finding: Finding) -> None:
        self._put(Text(f"  {finding.mark.value} ", _STYLES[finding.mark]), self._safe(finding.text))
        if finding.remedy:
            self._put(Text("    "), Text(f"{self._safe(finding.remedy)}", "dim"))

    def _safe(self, text: str) -> Text:
        text = " ".join(inert(self._mask.text(text)).split())
        return Text(text if len(text) <= LONGEST else f"{text[:LONGEST]} … (forkortet)")

    def _put(self, lead: Text, text: Text | None = None) -> None:
        rows = [text or Text()]
        if self._console.is_terminal and text is not None:
            rows = list(text.wrap(self._console, max(20, self._console.width - lead.cell_len)))
        for number, row in enumerate(rows):
            shown = (Text(" " * lead.cell_len) if number else lead) + row
            shown.rstrip()
            self._console.print(shown, soft_wrap=True, highlight=False)
