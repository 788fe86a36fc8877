"""What each scenario needs of a rig: which persons and forms, and what the driver of the bestillersystem must do.

Read out of the features and of the code behind their sentences, so that it holds for new scenarios too. Where the code
calls a method of an object whose kind cannot be seen, every method of that name counts: rather too much than too
little.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_bdd import parsers

from eprom_verify.drivers.own_class import ACTS, TOLD
from eprom_verify.locations import features_dir, suite_root
from eprom_verify.runner.written import Written, written_scenarios
from eprom_verify.simulator.forms import SIMULATED_FORMS

METHODS = ACTS | TOLD.keys()
_KINDS = {"case": "Case"}
"""What the checks call an object of a class of theirs, where nothing says its kind."""
_OTHERS = frozenset({"direct", "driver", "journal", "simulator", "rig", "config", "host", "population", "contract"})
"""What they call what is not theirs."""
_QUOTED = re.compile(r'"([^"]*)"')
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_STEPS = ("given", "when", "then", "step")


@dataclass(frozen=True)
class Need:
    """What a piece of code asks for: methods of the driver, and forms by the names that it has for them."""

    methods: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()

    def __or__(self, other: Need) -> Need:
        return Need(self.methods | other.methods, self.forms | other.forms)


@dataclass(frozen=True)
class Needing:
    """A scenario and what it needs; `named` are the texts in quotation marks in its sentences."""

    written: Written
    need: Need
    named: frozenset[str]


def needing() -> list[Needing]:
    """Every scenario, with what it needs."""
    steps = list(_step_definitions())
    code = _Code([Path(__file__).parents[1] / "checks", suite_root() / "steps"])

    @cache
    def of(sentence: str) -> Need:
        found = [code.need(place) for place, matches in steps if matches(sentence)]
        return _all(found)

    return [
        Needing(each, _all(map(of, each.sentences)), frozenset(_QUOTED.findall("\n".join(each.sentences))))
        for each in written_scenarios(features_dir())
    ]


def _all(needs: Iterable[Need]) -> Need:
    total = Need()
    for each in needs:
        total |= each
    return total


Place = tuple[str, str]
"""A function: its module's name, and its own, with its class before it."""


def _step_definitions() -> Iterator[tuple[Place, Callable[[str], bool]]]:
    """Each function that stands behind a sentence, and what tells whether it stands behind this one."""
    for path in sorted((suite_root() / "steps").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, _DEFINITIONS):
                for decorator in node.decorator_list:
                    matches = _matching(decorator)
                    if matches is not None:
                        yield (path.stem, node.name), matches


def _matching(decorator: ast.expr) -> Callable[[str], bool] | None:
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id in _STEPS):
        return None
    [told, *_] = decorator.args
    if isinstance(told, ast.Constant):
        return str(told.value).__eq__
    if isinstance(told, ast.Call) and isinstance(told.func, ast.Attribute) and isinstance(told.args[0], ast.Constant):
        text = str(told.args[0].value)
        kind: type[parsers.StepParser] = getattr(parsers, told.func.attr)
        whole = kind(text).is_matching
        # What comes before the first blank is told apart much faster than the whole.
        beginning = re.split(r"[{(\[\\^.*+?|$]", text, maxsplit=1)[0]
        return lambda sentence: sentence.startswith(beginning) and whole(sentence)
    return None


class _Code:
    """The functions in some folders, and which of them call which."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._bodies: dict[Place, ast.AST] = {}
        self._named: dict[str, list[Place]] = {}
        self._modules: dict[str, Mapping[str, str]] = {}
        for path in [path for folder in folders for path in sorted(folder.glob("*.py"))]:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            self._modules[path.stem] = dict(_imports(tree))
            for place, body in _functions(tree, path.stem):
                self._bodies[place] = body
                self._named.setdefault(place[1].rpartition(".")[2], []).append(place)
        self._kinds = {place[1].rpartition(".")[0] for place in self._bodies} - {""}
        self._calls = {place: tuple(self._called(place)) for place in self._bodies}
        self._asks = {place: _direct(body) for place, body in self._bodies.items()}

    def need(self, place: Place) -> Need:
        """What a function asks for, and everything that it calls."""
        seen: set[Place] = set()
        waiting = [place]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting += self._calls[at]
        return _all(self._asks[each] for each in seen)

    def _called(self, place: Place) -> Iterator[Place]:
        module, body = place[0], self._bodies[place]
        kinds = dict(_annotated(body))
        for node in ast.walk(body):
            if isinstance(node, ast.Name) and (module, node.id) in self._bodies:
                yield module, node.id
            elif isinstance(node, ast.Name) and (self._modules[module].get(node.id, ""), node.id) in self._bodies:
                yield self._modules[module][node.id], node.id
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node, place, kinds)

    def _attribute(self, node: ast.Attribute, place: Place, kinds: Mapping[str, str]) -> Iterator[Place]:
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        imported = self._modules[place[0]].get(owner, "")
        if imported and owner not in kinds:
            if (imported, node.attr) in self._bodies:
                yield imported, node.attr
            return
        named = _owner(node)
        if named in _OTHERS:
            return
        kind = place[1].rpartition(".")[0] if owner == "self" else kinds.get(owner, _KINDS.get(named, ""))
        methods = [each for each in self._named.get(node.attr, ()) if "." in each[1]]
        of_kind = [each for each in methods if each[1] == f"{kind}.{node.attr}"]
        yield from of_kind if kind in self._kinds else methods


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module's names stand for: a module of the same folders, or something in one."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                of_module = node.module in ("eprom_verify.checks", "steps")
                yield each.asname or each.name, each.name if of_module else node.module.rpartition(".")[2]


def _functions(tree: ast.Module, module: str) -> Iterator[tuple[Place, ast.AST]]:
    for node in tree.body:
        if isinstance(node, _DEFINITIONS):
            yield (module, node.name), node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, _DEFINITIONS):
                    yield (module, f"{node.name}.{inner.name}"), inner


def _annotated(body: ast.AST) -> Iterator[tuple[str, str]]:
    """The arguments of a function whose kind is told."""
    if isinstance(body, _DEFINITIONS):
        for each in (*body.args.args, *body.args.kwonlyargs):
            if isinstance(each.annotation, ast.Name):
                yield each.arg, each.annotation.id


def _direct(body: ast.AST) -> Need:
    """What a function itself asks of the driver and of the rig's forms."""
    methods, forms = set(), set()
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute) and node.attr in METHODS and _owner(node) == "driver":
            methods.add(node.attr)
        elif isinstance(node, ast.Constant) and node.value in SIMULATED_FORMS:
            forms.add(str(node.value))
    return Need(frozenset(methods), frozenset(forms))


def _owner(node: ast.Attribute) -> str:
    return node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
