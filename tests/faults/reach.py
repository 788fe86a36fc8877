"""Which scenarios a fault can reach: those in which the thing that it changes is asked for at all.

A fault changes a field or two of a behaviour. Until such a field is read, an end with the fault does what the correct
one does, so that a scenario which never has it read ends as it ends without the fault. The same holds of a field that
is a function, until it is called with something of which the fault's function makes something else; and of a set,
until it is asked for something that the fault's set answers otherwise. One run of the correct pair tells what each
scenario has asked for; what is left out of a run with a fault is what cannot differ by it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import Any
from unittest import mock

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.bestillersystem.faults import FAULTS as SYSTEM_FAULTS
from eprom_verify.rig import Faults
from eprom_verify.runner import step_index
from eprom_verify.runner.scenarios import LAST, ScenarioRun, scenario_of
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.simulator.faults import FAULTS as EPROM_FAULTS
from eprom_verify.simulator.office import Office

Reach = dict[str, set[str]]
"""The ids of the scenarios that each field was read in; under "" those that look at the whole run.

A field is named "eprom.letters.fails"; what a set has to say of a member "eprom.ignores[consent]"; and a function that
a fault has put another in place of "eprom.error (error-text-signed)", where that other one gives something else.
"""

OUTSIDE = "(outside)"
"""Stands for what is read while no scenario runs: it may concern them all."""


def changed(faults: Faults) -> set[str]:
    """What a fault changes, as `Reach` names it."""
    different = [
        *_different("eprom", faults.eprom, DOCUMENTED),
        *_different("bestillersystem", faults.bestillersystem, CORRECT),
    ]
    names = set()
    for path, found, usual in different:
        if isinstance(usual, frozenset):
            names |= {path, *(f"{path}[{member}]" for member in found ^ usual)}
        else:
            names.add(f"{path} ({faults.name})" if callable(usual) else path)
    return names


def reached(faults: Faults, reach: Reach) -> set[str] | None:
    """The ids of the scenarios that may end otherwise because of a fault; None when all may."""
    found = set(reach[""])
    for name in changed(faults):
        if OUTSIDE in reach.get(name, ()):
            return None
        found |= reach.get(name, set())
    return found


ONE_IN = 5


def sampled(ids: set[str], fault: str, kills: Collection[str], shown: Mapping[str, frozenset[str]]) -> set[str]:
    """Of these scenarios all that show one of `kills`, and one in `ONE_IN` of the others: the same for the same fault.

    `shown` are the requirements of each. That the others blame nobody wrongly is seen of a fifth; of all in an hour.
    """

    def chosen(name: str) -> bool:
        return not set(kills).isdisjoint(shown[name]) or zlib.crc32(f"{fault} {name}".encode()) % ONE_IN == 0

    return {each for each in ids if chosen(each)}


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
        others = _functions_of_faults()
        yield Faults(
            eprom=_watched(DOCUMENTED, "eprom", note, others),
            bestillersystem=_watched(CORRECT, "bestillersystem", note, others),
        )


@contextmanager
def only(ids: set[str]) -> Iterator[str]:
    """Lets a run take these scenarios alone, while this is open; gives what to select."""
    with mock.patch.object(ScenarioRun, "matches", lambda run, text: run.id in ids):
        yield "what the fault can reach"


def _different(name: str, found: Any, usual: Any) -> Iterator[tuple[str, Any, Any]]:
    if is_dataclass(usual) and type(found) is type(usual):
        for each in fields(usual):
            yield from _different(f"{name}.{each.name}", getattr(found, each.name), getattr(usual, each.name))
    elif found is not usual and found != usual:
        yield name, found, usual


def _functions_of_faults() -> dict[str, dict[str, Callable[..., Any]]]:
    """Which function each fault puts in place of which, by field and by fault."""
    functions: dict[str, dict[str, Callable[..., Any]]] = {}
    for end, faults, correct in (("eprom", EPROM_FAULTS, DOCUMENTED), ("bestillersystem", SYSTEM_FAULTS, CORRECT)):
        for fault, behaviour in faults.items():
            for path, found, usual in _different(end, behaviour, correct):
                if callable(usual):
                    functions.setdefault(path, {})[fault] = found
    return functions


def _watched(behaviour: Any, name: str, note: Callable[[str], None], others: dict[str, Any]) -> Any:
    """The same behaviour, which tells of each field of it that is read."""
    values = {each.name: getattr(behaviour, each.name) for each in fields(behaviour)}
    inner = {key for key, value in values.items() if is_dataclass(value)}

    def getattribute(self: Any, key: str) -> Any:
        value = object.__getattribute__(self, key)
        if key not in values or key in inner:
            return value
        path = f"{name}.{key}"
        if callable(value):
            return _WatchedFunction(value, path, note, others.get(path, {}))
        if isinstance(value, frozenset):
            return _WatchedSet(value).told_by(path, note)
        note(path)
        return value

    kind = type(behaviour)
    watched = type(kind.__name__, (kind,), {"__getattribute__": getattribute})
    inside = {key: _watched(values[key], f"{name}.{key}", note, others) for key in inner}
    return watched(**values | inside)


class _WatchedFunction:
    """A function that tells when a fault's function in its place would have given something else."""

    def __init__(self, correct: Any, path: str, note: Callable[[str], None], others: dict[str, Any]) -> None:
        self._correct = correct._correct if isinstance(correct, _WatchedFunction) else correct
        self._path = path
        self._note = note
        self._others = others

    def __call__(self, *args: Any) -> Any:
        for fault, other in self._others.items():
            if self._differs(other, args):
                self._note(f"{self._path} ({fault})")
        return self._correct(*args)

    def _differs(self, other: Any, args: tuple[Any, ...]) -> bool:
        try:
            return bool(other(*deepcopy(args)) != self._correct(*deepcopy(args)))
        except Exception:  # Whatever it may be: this call is not one of which nothing comes.
            return True


class _WatchedSet(frozenset[Any]):
    """A set that tells what it is asked for; a question about the whole of it is told as a read of the field."""

    def told_by(self, path: str, note: Callable[[str], None]) -> _WatchedSet:
        self._path, self._note = path, note
        return self

    def __contains__(self, member: object) -> bool:
        self._note(f"{self._path}[{member}]")
        return super().__contains__(member)

    def __iter__(self) -> Iterator[Any]:
        self._whole()
        return super().__iter__()

    def __len__(self) -> int:
        self._whole()
        return super().__len__()

    def __or__(self, other: Any) -> Any:
        for each in (self, other):
            if isinstance(each, _WatchedSet):
                each._whole()
        return super().__or__(other)

    def _whole(self) -> None:
        self._note(self._path)
