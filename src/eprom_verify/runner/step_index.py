"""Finds the definition of a step without going through every fixture of the session.

pytest-bdd asks pytest for each fixture by name at each step, since definitions may differ from folder to folder. Ours
all stand beside conftest.py and hold everywhere, so that they can be listed once.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from weakref import WeakKeyDictionary

# The package has a function of the module's name, which would stand in its way.
library: Any = importlib.import_module("pytest_bdd.scenario")

Definition = tuple[Any, Any]
"""A fixture and what pytest-bdd knows of the step that it defines."""


@contextmanager
def indexed_steps() -> Iterator[None]:
    """While this is open, pytest-bdd looks a step up among the definitions alone."""
    original = library.find_fixturedefs_for_step
    listed: WeakKeyDictionary[Any, list[Definition]] = WeakKeyDictionary()
    looked_up: WeakKeyDictionary[Any, dict[tuple[str, str], list[Any]]] = WeakKeyDictionary()

    def find(step: Any, fixturemanager: Any, node: Any) -> Iterable[Any]:
        if fixturemanager not in listed:
            listed[fixturemanager] = definitions_seen_from(node, fixturemanager)
        # Most sentences stand in many scenarios.
        before, sentence = looked_up.setdefault(fixturemanager, {}), (step.type, step.name)
        if sentence not in before:
            before[sentence] = [fixture for fixture, known in listed[fixturemanager] if fits(known, step)]
        # None at all may be a definition that was made since: the library's own way is slow, and certain.
        return before[sentence] or original(step, fixturemanager, node)

    with mock.patch.object(library, "find_fixturedefs_for_step", find):
        yield


def definitions_seen_from(node: Any, fixturemanager: Any) -> list[Definition]:
    """Every definition of a step that holds for this scenario, and so for all that stand beside it."""
    return [
        (fixture, known)
        for name in library.get_fixture_names(fixturemanager=fixturemanager)
        for fixture in library.getfixturedefs(fixturemanager, name, node) or ()
        if (known := library.step_function_context_registry.get(fixture.func)) is not None
    ]


def fits(known: Any, step: Any) -> bool:
    """Whether a definition is one of this step."""
    return known.type in (None, step.type) and bool(known.parser.is_matching(step.name))
