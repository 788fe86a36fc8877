"""What a bestillersystem registers may come late, but not once too often; and every check that asks gives it time."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from eprom_verify.checks import patience
from eprom_verify.checks.case import EPROM, SYSTEM
from eprom_verify.checks.patience import patient
from eprom_verify.drivers.own_class import TOLD
from eprom_verify.errors import ContractBroken, NotTold, Unverified


@dataclass
class Subject:
    """Leads to a rig whose system may take so long, as a case does."""

    patience_s: float = 0.3
    answers: list[Exception | None] = field(default_factory=list)
    asked: int = 0

    @property
    def rig(self) -> Any:
        deadlines = SimpleNamespace(quiet_s=0.01)
        return SimpleNamespace(patience_s=self.patience_s, config=SimpleNamespace(deadlines=deadlines))


@patient
def check(subject: Subject) -> str:
    answer = subject.answers[min(subject.asked, len(subject.answers) - 1)]
    subject.asked += 1
    if answer is not None:
        raise answer
    return "holder"


def broken(party: str = SYSTEM) -> ContractBroken:
    return ContractBroken(party, "registrert", "ikke registrert")


def test_late_is_waited_for() -> None:
    subject = Subject(answers=[broken(), Unverified("ennå ikke"), None])
    assert check(subject) == "holder"
    assert subject.asked == 4


def test_once_too_often_is_seen() -> None:
    """What held at first, and no longer does when it has been quiet for a while, does not hold."""
    subject = Subject(answers=[None, broken()])
    with pytest.raises(ContractBroken):
        check(subject)


def test_never_is_told() -> None:
    subject = Subject(answers=[broken()])
    with pytest.raises(ContractBroken):
        check(subject)
    assert subject.asked > 2


@pytest.mark.parametrize("error", [broken(EPROM), NotTold("bare en tester ser det")])
def test_no_use_in_waiting(error: Exception) -> None:
    subject = Subject(answers=[error])
    with pytest.raises(type(error)):
        check(subject)
    assert subject.asked == 1


@pytest.mark.parametrize("answer", [None, broken()])
def test_built_in_asked_once(answer: Exception | None) -> None:
    subject = Subject(patience_s=0, answers=[answer, broken()])
    if answer is None:
        assert check(subject) == "holder"
    else:
        with pytest.raises(ContractBroken):
            check(subject)
    assert subject.asked == 1


HELPERS = {
    "case.registered",
    "privacy_case.known",
    "privacy_system._registered",
    "privacy_system._listed_once",
    "initiated._not_initiated",
    "initiated.is_unknown",
    "ordering._held",
}
"""What only gives what was told, or is asked beforehand; the checks that use it are patient."""


def test_every_check_that_asks_is_patient() -> None:
    asking = {name for path in Path(patience.__file__).parent.glob("*.py") for name in impatient(path)}
    assert asking == HELPERS


def impatient(path: Path) -> list[str]:
    """The functions of a module that ask a driver what is registered, and are not patient."""
    asks: Callable[[ast.AST], bool] = lambda node: (  # noqa: E731 - one expression
        isinstance(node, ast.Attribute)
        and (
            (node.attr in TOLD and isinstance(node.value, ast.Attribute) and node.value.attr == "driver")
            or (node.attr == "registered" and isinstance(node.value, ast.Name) and node.value.id == "case")
            or (node.attr == "known" and isinstance(node.value, ast.Name) and node.value.id == "privacy")
        )
    )
    return [
        f"{path.stem}.{function.name}"
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(asks(node) for node in ast.walk(function))
        and "patient" not in [ast.unparse(each) for each in function.decorator_list]
    ]
