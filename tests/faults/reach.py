"""Which scenarios a fault can reach: those in which the thing that it changes is asked for at all.

A fault changes a field or two of a behaviour. Until such a field is read, an end with the fault does what the correct
one does, so that a scenario which never has it read ends as it ends without the fault. One run of the correct pair
tells which fields each scenario has read; what is left out of a run with a fault is what cannot differ by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any
from unittest import mock

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.rig import Faults
from eprom_verify.runner import step_index
from eprom_verify.runner.scenarios import LAST, ScenarioRun, scenario_of
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.simulator.office import Office

Reach = dict[str, set[str]]
"""The ids of the scenarios that each field was read in; under "" those that look at the whole run."""

OUTSIDE = "(outside)"
"""Stands for what is read while no scenario runs: it may concern them all."""


def changed(faults: Faults) -> set[str]:
    """The fields that a fault changes, as "eprom.letters.status" and the like."""
    return {
        *_different("eprom", faults.eprom, DOCUMENTED),
        *_different("bestillersystem", faults.bestillersystem, CORRECT),
    }


def reached(faults: Faults, reach: Reach) -> set[str] | None:
    """The ids of the scenarios that may end otherwise because of a fault; None when all may."""
    found = set(reach[""])
    for name in changed(faults):
        if OUTSIDE in reach.get(name, ()):
            return None
        found |= reach.get(name, set())
    return found


@contextmanager
def traced(reach: Reach) -> Iterator[Faults]:
    """What a run needs for its reads to be noted in `reach`, while this is open; nothing is wrong in it."""
    current = [OUTSIDE]
    muted: list[str] = []
    run_scenario = step_index.library._execute_scenario
    stimulate = Office.stimulate

    def note(name: str) -> None:
        if not muted:
            reach.setdefault(name, set()).add(current[0])

    def execute(feature: Any, scenario: Any, request: Any) -> None:
        run = scenario_of(request.node)
        assert run is not None
        if LAST in run.tags:
            reach.setdefault("", set()).add(run.id)
        current[0] = run.id
        run_scenario(feature, scenario, request)

    def stimulate_unseen(self: Office, national_id: str, **changes: Any) -> None:
        # A behaviour is copied with other values: that reads every field of it, and means nothing.
        muted.append(national_id)
        try:
            stimulate(self, national_id, **changes)
        finally:
            muted.pop()

    with (
        mock.patch.object(step_index.library, "_execute_scenario", execute),
        mock.patch.object(Office, "stimulate", stimulate_unseen),
    ):
        yield Faults(
            eprom=_watched(DOCUMENTED, "eprom", note), bestillersystem=_watched(CORRECT, "bestillersystem", note)
        )


@contextmanager
def only(ids: set[str]) -> Iterator[str]:
    """Lets a run take these scenarios alone, while this is open; gives what to select."""
    with mock.patch.object(ScenarioRun, "matches", lambda run, text: run.id in ids):
        yield "what the fault can reach"


def _different(name: str, found: Any, usual: Any) -> Iterator[str]:
    if is_dataclass(usual) and type(found) is type(usual):
        for each in fields(usual):
            yield from _different(f"{name}.{each.name}", getattr(found, each.name), getattr(usual, each.name))
    elif found is not usual and found != usual:
        yield name


def _watched(behaviour: Any, name: str, note: Callable[[str], None]) -> Any:
    """The same behaviour, which tells of each field of it that is read."""
    values = {each.name: getattr(behaviour, each.name) for each in fields(behaviour)}
    inner = {key for key, value in values.items() if is_dataclass(value)}

    def getattribute(self: Any, key: str) -> Any:
        if key in values and key not in inner:
            note(f"{name}.{key}")
        return object.__getattribute__(self, key)

    kind = type(behaviour)
    watched = type(kind.__name__, (kind,), {"__getattribute__": getattribute})
    inside = {key: _watched(values[key], f"{name}.{key}", note) for key in inner}
    return watched(**values | inside)
