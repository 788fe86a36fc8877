"""What every feature file must be, before anything is run: readable, tagged, covered, and without what is private."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from gherkin.parser import Parser

from eprom_verify.contract.enumerations import DistributionRule
from eprom_verify.locations import features_dir
from eprom_verify.persons import Population
from eprom_verify.runner.scenarios import KNOWN_TAGS, PARTIES, REQUIREMENT_TAG
from eprom_verify.runner.written import written_scenarios
from eprom_verify.verdict import load_catalogue

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "features"
FILES = sorted(FEATURES.rglob("*.feature"))
REQUIREMENTS = {each["id"]: each for each in tomllib.loads((FEATURES / "krav.toml").read_text("utf-8"))["krav"]}

SCENARIOS_PER_SENTENCE = 2.4
"""At least so many scenarios, rows counted, for each sentence that is defined. The aim is 4."""

TECHNICAL = re.compile(
    r"https?:|www\.|/api/|\b(GET|POST|PUT|DELETE)\b|\b[1-5]\d\d\b|(?i:\bheader|content-type|authorization)"
)
ABOUT_JUST_THAT = {
    "API-nøkkelen sendes i headeren Authorization",
    "er API-nøkkelen sendt i headeren Authorization og ingen andre steder",
    "API-nøkkelen sendes i headeren Authorization når dokumentet hentes",
    "er dokumentet hentet med API-nøkkelen i headeren Authorization og ingen andre steder",
}
"""The sentences that may speak of the protocol, since it is what they are about."""

PRIVATE = {
    "a national id": re.compile(r"(?<!\d)\d{6}[ .-]?\d{5}(?!\d)"),
    "a phone number": re.compile(r"\+47|(?<!\d)[2-9]\d(?: ?\d\d){3}(?!\d)"),
    "a secret": re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9_+/=-]{24,}"),
}


@dataclass(frozen=True)
class Written:
    """A scenario or an outline as the Gherkin parser reads it; `tags` with those that it inherits."""

    path: Path
    title: str
    tags: frozenset[str]
    steps: tuple[str, ...]
    examples: tuple[dict[str, str], ...]

    @property
    def rows(self) -> int:
        return len(self.examples) or 1

    @property
    def requirements(self) -> set[str]:
        return {tag.removeprefix(REQUIREMENT_TAG) for tag in self.tags if tag.startswith(REQUIREMENT_TAG)}

    def filled(self, sentence: str) -> list[str]:
        """A sentence with each row's values in it."""
        return [with_values(sentence, row) for row in self.examples or ({},)]


def with_values(sentence: str, row: dict[str, str]) -> str:
    for name, value in row.items():
        sentence = sentence.replace(f"<{name}>", value)
    return sentence


def written(path: Path) -> Iterator[Written]:
    document: Any = Parser().parse(path.read_text("utf-8"))
    yield from below(document["feature"], path, frozenset(), ())


def below(node: Any, path: Path, tags: frozenset[str], background: tuple[str, ...]) -> Iterator[Written]:
    tags |= {tag["name"].lstrip("@") for tag in node["tags"]}
    for child in node["children"]:
        if "background" in child:
            background += tuple(step["text"] for step in child["background"]["steps"])
        elif "rule" in child:
            yield from below(child["rule"], path, tags, background)
        else:
            scenario = child["scenario"]
            yield Written(
                path,
                scenario["name"],
                tags | {tag["name"].lstrip("@") for tag in scenario["tags"]},
                background + tuple(step["text"] for step in scenario["steps"]),
                tuple(row for examples in scenario["examples"] for row in rows_of(examples)),
            )


def rows_of(examples: Any) -> Iterator[dict[str, str]]:
    names = [cell["value"] for cell in examples["tableHeader"]["cells"]]
    for row in examples["tableBody"]:
        yield dict(zip(names, (cell["value"] for cell in row["cells"]), strict=True))


ALL = [each for path in FILES for each in written(path)]
each_scenario = pytest.mark.parametrize("scenario", ALL, ids=[f"{each.path.stem}: {each.title}" for each in ALL])


def test_files_found() -> None:
    assert FILES
    assert ALL


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_norwegian(path: Path) -> None:
    assert path.read_text("utf-8").startswith("# language: no\n")


@each_scenario
def test_title(scenario: Written) -> None:
    assert not re.match(r"(verifiser|test|sjekk)", scenario.title, re.IGNORECASE)


@each_scenario
def test_length(scenario: Written) -> None:
    assert 1 <= len(scenario.steps) <= 8


@each_scenario
def test_tags(scenario: Written) -> None:
    assert {tag for tag in scenario.tags if not tag.startswith(REQUIREMENT_TAG)} <= set(KNOWN_TAGS)
    assert scenario.requirements
    assert scenario.requirements <= set(REQUIREMENTS)
    parties = scenario.tags & set(PARTIES)
    assert parties
    assert all(parties <= set(REQUIREMENTS[each]["judges"]) for each in scenario.requirements)


@each_scenario
def test_users_words(scenario: Written) -> None:
    sentences = {scenario.title, *scenario.steps} - ABOUT_JUST_THAT
    # What ePROM answers is quoted as it is documented; only the sentence round it is ours.
    assert [each for each in sentences if TECHNICAL.search(re.sub(r'med "[^<].*"$', "", each))] == []


def test_allow_list_used() -> None:
    assert {each for scenario in ALL for each in (scenario.title, *scenario.steps)} >= ABOUT_JUST_THAT


@pytest.mark.parametrize("path", [*FILES, FEATURES / "krav.toml"], ids=lambda path: path.stem)
def test_nothing_private(path: Path) -> None:
    # The name of a page is as long as a key.
    text = path.read_text("utf-8").replace("SendeMeldingTilInnbyggerV2", "")
    assert {what: found[0] for what, pattern in PRIVATE.items() if (found := pattern.search(text))} == {}


@pytest.mark.parametrize("text", ["{}{}", "{} {}", "+47 22 33 44 55", "91234567", "a1" * 14])
def test_private_is_known(text: str) -> None:
    vectors = json.loads((ROOT / "tests" / "persons" / "national_ids.json").read_text("utf-8"))
    real = next(each["number"] for each in vectors if each["kind"] == "fodselsnummer")
    text = text.format(real[:6], real[6:])
    assert any(pattern.search(f"pasienten {text} bestiller") for pattern in PRIVATE.values())


def test_every_requirement_covered() -> None:
    covered = {each for scenario in ALL for each in scenario.requirements}
    assert set(REQUIREMENTS) - covered == {name for name, each in REQUIREMENTS.items() if "unproven" in each}


def test_sentences_reused() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "steps").glob("*.py")]
    defined = sum(len(re.findall(r"^@(?:given|when|then)\(", source, re.MULTILINE)) for source in sources)
    assert sum(scenario.rows for scenario in ALL) >= SCENARIOS_PER_SENTENCE * defined


def test_personas_exist() -> None:
    named = re.compile(r'(?:pasienten|på vegne av) "([^"]+)"')
    spoken = {m for each in ALL for step in each.steps for text in each.filled(step) for m in named.findall(text)}
    assert spoken
    assert spoken - set(Population.generate(1, today=date(2026, 1, 15)).names) == set()


def test_distribution_rules_have_rows() -> None:
    rules: Counter[str] = Counter()
    for scenario in written(FEATURES / "bestilling" / "distribusjonsregler.feature"):
        for step in scenario.steps:
            rules.update(m for text in scenario.filled(step) for m in re.findall(r'regelen "(\w+)"', text))
    assert set(rules) == {rule.name for rule in DistributionRule}
    assert rules.total() >= 60
    assert min(rules.values()) >= 3


def test_both_ends_judged() -> None:
    """A requirement to both ends is not met by what one of them did."""
    written = written_scenarios(features_dir())
    for requirement in load_catalogue(features_dir() / "krav.toml").values():
        tags = [each.tags for each in written if requirement.id in each.requirements]
        assert not tags or set(requirement.judges) <= set().union(*tags), requirement.id
