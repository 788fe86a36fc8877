"""Which part of the guide each requirement belongs to, by `profil.toml`: an integration may use only some of them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eprom_verify.errors import UsageProblem
from eprom_verify.verdict.requirements import Catalogue, Requirement


@dataclass(frozen=True)
class Part:
    """A part of the guide: its name in the configuration, what it is called, and what belongs to it."""

    name: str
    title: str
    chapters: tuple[str, ...]
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Parts:
    """All parts of the guide."""

    all: tuple[Part, ...]

    def of(self, requirement: Requirement) -> Part:
        """The part that a requirement belongs to: the one that names it, else the one with its chapter.

        Raises:
            UsageProblem: it belongs to none.
        """
        for part in self.all:
            if requirement.id in part.requirements:
                return part
        for part in self.all:
            if requirement.chapter in part.chapters:
                return part
        raise UsageProblem(f"Kravet {requirement.id} hører ikke til noen del i profil.toml.", "Føy det til.")

    def unused(self, catalogue: Catalogue, uses: Callable[[str], bool]) -> dict[str, str]:
        """Why each requirement does not concern an integration that uses some of the parts only, by requirement."""
        return {
            requirement.id: f"Integrasjonen bruker ikke {part.title} (profilen i oppsettet)."
            for requirement in catalogue.values()
            if not uses((part := self.of(requirement)).name)
        }


def load_parts(path: Path) -> Parts:
    """The parts in this file.

    Raises:
        UsageProblem: the file cannot be read, or is not a list of parts.
    """
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))["del"]
        return Parts(tuple(_part(**each) for each in listed))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise UsageProblem(f"Delene i {path} kan ikke leses ({exc}).", "Rett filen og kjør på nytt.") from exc


def _part(navn: str, tittel: str, kapitler: Iterable[str], krav: Iterable[str] = ()) -> Part:
    return Part(navn, tittel, tuple(kapitler), tuple(krav))
