"""The scenarios as they stand in the feature files, read by the Gherkin parser itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gherkin.errors import ParserError
from gherkin.parser import Parser

from eprom_verify.errors import UsageProblem
from eprom_verify.runner.scenarios import REQUIREMENT_TAG

REMEDY = "Rett feature-filene eller setningene; kjøringen er ikke startet."


@dataclass(frozen=True)
class Written:
    """One scenario (or one row of an outline) as it stands in a feature file; `tags` with those that it inherits, and
    `sentences` with those of its background."""

    feature: str
    line: int
    name: str
    row: tuple[str, ...]
    steps: int
    outcomes: int = 1
    tags: frozenset[str] = frozenset()
    sentences: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """What tells it from every other."""
        return self.feature, self.name, self.row

    @property
    def requirements(self) -> tuple[str, ...]:
        """The ids of the requirements that it shows."""
        return tuple(sorted(t.removeprefix(REQUIREMENT_TAG) for t in self.tags if t.startswith(REQUIREMENT_TAG)))


def written_scenarios(folder: Path) -> list[Written]:
    """Every scenario that stands in the feature files below a folder.

    Raises:
        UsageProblem: a file cannot be parsed, or is not in Norwegian.
    """
    return [each for path in sorted(folder.rglob("*.feature")) for each in _written(path, folder)]


def _written(path: Path, folder: Path) -> Iterator[Written]:
    feature = path.relative_to(folder).as_posix()
    try:
        document: Any = Parser().parse(path.read_text(encoding="utf-8"))
    except (ParserError, UnicodeDecodeError) as exc:
        raise UsageProblem(f"{feature} kan ikke leses: {exc}", REMEDY) from exc
    content = document.get("feature")
    if content is None or content["language"] != "no":
        raise UsageProblem(f"{feature} mangler «# language: no» eller er tom.", REMEDY)
    yield from _children(content, feature, inherited=(), tags=frozenset())


def _children(
    node: dict[str, Any], feature: str, *, inherited: tuple[str, ...], tags: frozenset[str]
) -> Iterator[Written]:
    tags |= _tags(node)
    for child in node["children"]:
        if "background" in child:
            inherited += tuple(step["text"] for step in child["background"]["steps"])
        elif "rule" in child:
            yield from _children(child["rule"], feature, inherited=inherited, tags=tags)
        elif "scenario" in child:
            yield from _rows(child["scenario"], feature, inherited, tags | _tags(child["scenario"]))


def _rows(
    scenario: dict[str, Any], feature: str, inherited: tuple[str, ...], tags: frozenset[str]
) -> Iterator[Written]:
    own = tuple(step["text"] for step in scenario["steps"])
    sentences = inherited + own if own else ()
    outcomes = sum(step["keywordType"] == "Outcome" for step in scenario["steps"])
    where = feature, scenario["location"]["line"], scenario["name"]
    if not scenario["examples"]:
        yield Written(*where, (), len(sentences), outcomes, tags, sentences)
    for examples in scenario["examples"]:
        names = [cell["value"] for cell in examples["tableHeader"]["cells"]]
        for row in examples["tableBody"]:
            cells = tuple(cell["value"] for cell in row["cells"])
            filled = tuple(_filled(each, dict(zip(names, cells, strict=True))) for each in sentences)
            yield Written(*where, cells, len(sentences), outcomes, tags, filled)


def _filled(sentence: str, row: dict[str, str]) -> str:
    """A sentence of an outline with the values of one row."""
    return re.sub(r"<([^<>]+)>", lambda name: row.get(name[1], name[0]), sentence)


def _tags(node: dict[str, Any]) -> frozenset[str]:
    return frozenset(tag["name"].lstrip("@") for tag in node["tags"])
