"""The matrix of requirements, scenarios and faults: whole, and sure to tell when it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eprom_verify.contract import Source
from eprom_verify.faults import Fault, load_faults
from eprom_verify.locations import features_dir
from eprom_verify.matrix import as_markdown, as_text, gaps, matrix
from eprom_verify.runner.written import Written, written_scenarios
from eprom_verify.verdict import Catalogue, Requirement, load_catalogue

PAGE = Path(__file__).parents[1] / "docs" / "krav.md"

KRAV = Requirement(
    id="X-1",
    title="Noe må holde",
    chapter="Prøve",
    mandatory=True,
    judges=("eprom",),
    verified_by="machine",
    source=Source("Personer", "helsenorge"),
)
SCENARIO = Written("prøve.feature", 3, "Noe holder", (), 2, tags=frozenset({"krav-X-1", "eprom"}))
FAULT = Fault("noe-galt", "eprom", "Noe er galt", ("X-1",))


def lacking(
    requirement: Requirement = KRAV, scenarios: tuple[Written, ...] = (SCENARIO,), faults: tuple[Fault, ...] = (FAULT,)
) -> list[str]:
    catalogue = Catalogue([requirement], "")
    return gaps(matrix(catalogue, scenarios, faults), catalogue, scenarios, faults)


def test_whole_matrix() -> None:
    catalogue = load_catalogue(features_dir() / "krav.toml")
    written, faults = written_scenarios(features_dir()), load_faults(features_dir() / "faults.toml").values()
    rows = matrix(catalogue, written, faults)
    assert gaps(rows, catalogue, written, faults) == []
    assert [row.requirement.id for row in rows] == list(catalogue)
    assert sum(sum(row.scenarios.values()) for row in rows) >= len(written)


def test_nothing_lacking() -> None:
    assert lacking() == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"scenarios": ()}, "Kravet X-1 har ingen scenario."),
        ({"faults": ()}, "Kravet X-1 har ingen navngitt feil."),
        ({"scenarios": (), "faults": ()}, "Kravet X-1 har ingen scenario og ingen navngitt feil."),
        (
            {"scenarios": (SCENARIO, replace(SCENARIO, name="Løst", tags=frozenset({"eprom"})))},
            "Scenariet «Løst» (prøve.feature) viser ikke noe krav.",
        ),
        (
            {"scenarios": (SCENARIO, replace(SCENARIO, name="Feil", tags=frozenset({"krav-Y"})))},
            "Scenariet «Feil» viser til kravet Y, som ikke finnes.",
        ),
        (
            {"faults": (FAULT, replace(FAULT, kills=("Y",)))},
            "Feilen noe-galt skal fanges av kravet Y, som ikke finnes.",
        ),
        ({"faults": (FAULT, replace(FAULT, kills=()))}, "Feilen noe-galt blir ikke fanget av noe krav."),
        (
            {"requirement": replace(KRAV, unproven="Går ikke.")},
            "Kravet X-1 har en grunn til at det ikke er prøvd («unproven»), men er prøvd.",
        ),
    ],
)
def test_gap_told(changed: dict[str, object], sentence: str) -> None:
    assert lacking(**changed) == [sentence]  # type: ignore[arg-type]


def test_reason_is_enough() -> None:
    assert lacking(replace(KRAV, unproven="Må sees av et menneske."), (), ()) == []


def test_rows_counted() -> None:
    rows = matrix(Catalogue([KRAV], ""), [SCENARIO, SCENARIO], [FAULT])
    text = "\n".join(as_text(rows))
    assert "scenario: prøve.feature: Noe holder (2 rader)" in text
    assert "fanger: noe-galt" in text


def test_page_is_made_by_the_matrix() -> None:
    catalogue = load_catalogue(features_dir() / "krav.toml")
    faults = load_faults(features_dir() / "faults.toml").values()
    made = "\n".join(as_markdown(matrix(catalogue, written_scenarios(features_dir()), faults))) + "\n"
    assert PAGE.read_text("utf-8") == made, "docs/krav.md is old: eprom-verify requirements --markdown > docs/krav.md"
