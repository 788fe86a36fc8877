"""What a tester has answered is looked at, all of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from eprom_verify.checks.answering import of_each_answer
from eprom_verify.errors import ContractBroken


def case(answered: list[str]) -> Any:
    return SimpleNamespace(answered=answered, made="its own", order=None)


@pytest.mark.parametrize(
    ("answered", "seen"), [([], ["its own"]), (["one"], ["one"]), (["one", "two"], ["one", "two"])]
)
def test_each_is_looked_at(answered: list[str], seen: list[str]) -> None:
    looked_at: list[Any] = []

    @of_each_answer
    def check(subject: Any, word: str) -> None:
        looked_at.append((subject.order, word))

    check(case(answered), "word")
    assert looked_at == [(each, "word") for each in seen]


@pytest.mark.parametrize("bad", ["one", "two", "three"])
def test_one_that_fails_is_enough(bad: str) -> None:
    @of_each_answer
    def check(subject: Any) -> None:
        if subject.order == bad:
            raise ContractBroken("eprom", "good", "bad")

    with pytest.raises(ContractBroken):
        check(case(["one", "two", "three"]))
