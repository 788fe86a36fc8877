"""Asks a tester at the terminal, point by point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from eprom_verify.attesting.attachments import cleaned
from eprom_verify.attesting.document import Given
from eprom_verify.errors import UsageProblem
from eprom_verify.persons import mask_ids
from eprom_verify.verdict import Answer, Attestation
from eprom_verify.verdict.points import Point

_LETTERS = {"g": Answer.APPROVED, "i": Answer.REJECTED, "a": Answer.NOT_APPLICABLE}
_CHOICES = "[g] Godkjent  [i] Ikke godkjent  [a] Ikke aktuelt  [Enter] svar siden > "


class Interview:
    """A tester at a terminal: `ask` shows a question and gives the answer, `tell` shows a line."""

    def __init__(self, ask: Callable[[str], str], tell: Callable[[str], None]) -> None:
        self._ask = ask
        self._tell = tell
        self._tester = ""

    def about(self, point: Point, earlier: Attestation | None, links: Mapping[str, str]) -> Given | None:
        """What the tester says of one point; None when it is left for later."""
        self._show(point, earlier, links)
        answer = self._answer()
        if answer is None:
            return None
        words = self._text("Det du så, med egne ord: ")
        self._tester = self._text(f"Navnet ditt{f' [{self._tester}]' if self._tester else ''}: ", self._tester)
        return Given(
            requirement=point.requirement.id,
            answer=answer,
            words=words,
            tester=self._tester,
            attachments=tuple(self._files()),
        )

    def _show(self, point: Point, earlier: Attestation | None, links: Mapping[str, str]) -> None:
        requirement = point.requirement
        self._tell(f"\nKrav {requirement.id}: {requirement.title}")
        for number, step in enumerate(point.steps, 1):
            self._tell(f"  {number}. {step}")
        self._tell(f"  Skal sees: {point.seen}")
        for name, url in links.items():
            self._tell(f"  {name}: {url}")
        self._tell(f"  Kilde: {requirement.source} ({requirement.source.url})")
        if earlier is not None:
            self._tell(f"  Svart før: {earlier.answer.norwegian}, av {earlier.tester}: {earlier.words}")

    def _answer(self) -> Answer | None:
        while True:
            said = self._ask(_CHOICES).strip().casefold()
            if not said:
                return None
            if said in _LETTERS:
                return _LETTERS[said]
            self._tell("Skriv g, i eller a, eller bare Enter.")

    def _text(self, question: str, otherwise: str = "") -> str:
        while True:
            said = self._ask(question).strip() or otherwise
            if said and mask_ids(said) == said:
                return said
            self._tell("Et fødselsnummer kan ikke stå her." if said else "Skriv noe her.")

    def _files(self) -> list[Path]:
        files: list[Path] = []
        while said := self._ask("Vedlegg (PNG, JPEG eller PDF), eller Enter: ").strip().strip("\"'"):
            path = Path(said).expanduser()
            try:
                cleaned(path, stem="vedlegg")
            except UsageProblem as exc:
                self._tell(str(exc))
            else:
                files.append(path)
        return files
