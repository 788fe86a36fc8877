"""What scenarios are found to need, beside what they are seen to ask for when they are run."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from rich.console import Console

from eprom_verify.config import Config
from eprom_verify.drivers.builtin import BuiltInDriver
from eprom_verify.preflight.lacking import CAPABILITIES
from eprom_verify.preflight.needs import METHODS, Needing, needing
from eprom_verify.rig import Rig
from eprom_verify.runner import step_index
from eprom_verify.runner.run import Options, run_suite
from eprom_verify.runner.scenarios import ScenarioRun, scenario_of

CHOSEN = (
    "brev/",
    "signatur/",
    "pasientinitiert/",
    "paa_vegne_av/",
    "personvern/best",
    "sms_epost/best",
    "bestilling/best",
)
"""The features in which the bestillersystem is asked what it has registered."""


def name_of(each: Needing) -> str:
    row = f" [{', '.join(each.written.row)}]" if each.written.row else ""
    return f"{each.written.feature}::{each.written.name}{row}"


def test_every_method_is_needed_somewhere() -> None:
    needed = {method for each in needing() for method in each.need.methods}
    assert needed == METHODS
    assert {method for methods in CAPABILITIES.values() for method in methods} == METHODS


def test_nothing_overlooked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a scenario asks of the driver, and each form and persona, is among what it is found to need."""
    asked: defaultdict[str, set[str]] = defaultdict(set)
    current = [""]
    run_scenario = step_index.library._execute_scenario

    def execute(feature: object, scenario: object, request: pytest.FixtureRequest) -> None:
        run = scenario_of(request.node)
        assert run is not None
        current[0] = run.id
        run_scenario(feature, scenario, request)

    def noted(kind: type, method: str, *, named: bool) -> None:
        original = getattr(kind, method)

        def call(self: object, *args: object, **kwargs: object) -> object:
            asked[current[0]].add(str(args[0]) if named else method)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(kind, method, call)

    for method in METHODS:
        noted(BuiltInDriver, method, named=False)
    noted(Rig, "form", named=True)
    monkeypatch.setattr(step_index.library, "_execute_scenario", execute)
    monkeypatch.setattr(ScenarioRun, "matches", lambda run, text: run.feature.startswith(CHOSEN))
    run_suite(Config(seed=1), Options(reports=tmp_path, allure=False, select="x"), Console(quiet=True))
    found = {name_of(each): each.need.methods | each.need.forms | each.named for each in needing()}
    assert len(asked) > 150
    # A patient's own form is asked for by a constant elsewhere, and can only be had from the simulator.
    overlooked = {name: names - found[name] - {"skjema som pasienten kan bestille"} for name, names in asked.items()}
    assert {name: names for name, names in overlooked.items() if names} == {}
