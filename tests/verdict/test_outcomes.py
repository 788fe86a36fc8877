"""How outcomes combine, and when a run is approved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eprom_verify.verdict.outcomes import UNDECIDED, Conclusion, Outcome, combine, conclude, tally


@dataclass(frozen=True)
class One:
    """A requirement, as far as a conclusion cares."""

    outcome: Outcome
    mandatory: bool = True


P, F, E, U = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.UNVERIFIED
W, N, A, D = Outcome.WAITING, Outcome.NOT_APPLICABLE, Outcome.ATTESTED, Outcome.WAIVED

# Row by column, by hand from the precedence in the design.
TABLE = """
   P F E U W N A D
P  P F E U W P A D
F  F F E F F F F F
E  E E E E E E E E
U  U F E U W U U U
W  W F E W W W W W
N  P F E U W N A D
A  A F E U W A A A
D  D F E U W D A D
"""


def _pairs() -> list[tuple[Outcome, Outcome, Outcome]]:
    letters = {"P": P, "F": F, "E": E, "U": U, "W": W, "N": N, "A": A, "D": D}
    header, *rows = (line.split() for line in TABLE.strip().splitlines())
    return [
        (letters[row[0]], letters[column], letters[cell])
        for row in rows
        for column, cell in zip(header, row[1:], strict=True)
    ]


def test_table_is_whole() -> None:
    assert len(_pairs()) == len(Outcome) ** 2 == 64


@pytest.mark.parametrize(("one", "other", "together"), _pairs())
def test_combine_pair(one: Outcome, other: Outcome, together: Outcome) -> None:
    assert combine([one, other]) is together


@pytest.mark.parametrize("outcome", Outcome)
def test_combine_one(outcome: Outcome) -> None:
    assert combine([outcome]) is outcome


def test_combine_none() -> None:
    assert combine([]) is U


@given(st.lists(st.sampled_from(Outcome), min_size=2, max_size=4))
def test_combine_ignores_order(outcomes: list[Outcome]) -> None:
    assert {combine(order) for order in permutations(outcomes)} == {combine(outcomes)}


@pytest.mark.parametrize(
    ("outcomes", "conclusion"),
    [
        pytest.param([], Conclusion.INCOMPLETE, id="empty catalogue"),
        pytest.param([P], Conclusion.APPROVED, id="passed"),
        pytest.param([A], Conclusion.APPROVED, id="attested only"),
        pytest.param([P, A, D, N], Conclusion.APPROVED, id="all kinds of yes"),
        pytest.param([N, N], Conclusion.INCOMPLETE, id="all not applicable"),
        pytest.param([D, D], Conclusion.INCOMPLETE, id="all waived"),
        pytest.param([D, N], Conclusion.INCOMPLETE, id="waived and not applicable"),
        pytest.param([P, U], Conclusion.INCOMPLETE, id="one unverified"),
        pytest.param([P, W], Conclusion.INCOMPLETE, id="one waiting"),
        pytest.param([P, E], Conclusion.INCOMPLETE, id="one error"),
        pytest.param([P, F], Conclusion.REJECTED, id="one failed"),
        pytest.param([F, E, W, U], Conclusion.REJECTED, id="failed among undecided"),
    ],
)
def test_conclude_mandatory(outcomes: list[Outcome], conclusion: Conclusion) -> None:
    assert conclude([One(outcome) for outcome in outcomes], suite_complete=True) is conclusion


@pytest.mark.parametrize("outcome", Outcome)
def test_additional_never_decides(outcome: Outcome) -> None:
    additional = One(outcome, mandatory=False)
    assert conclude([One(P), additional], suite_complete=True) is Conclusion.APPROVED
    assert conclude([One(F), additional], suite_complete=True) is Conclusion.REJECTED
    assert conclude([One(U), additional], suite_complete=True) is Conclusion.INCOMPLETE
    assert conclude([additional], suite_complete=True) is Conclusion.INCOMPLETE


def test_partial_suite_never_approved() -> None:
    assert conclude([One(P), One(P)], suite_complete=False) is Conclusion.INCOMPLETE


def test_rejected_wins_over_incomplete() -> None:
    assert conclude([One(P), One(F), One(U)], suite_complete=False) is Conclusion.REJECTED


@given(st.lists(st.builds(One, st.sampled_from(Outcome), st.booleans())), st.booleans())
def test_conclusion_is_its_definition(requirements: list[One], suite_complete: bool) -> None:
    conclusion = conclude(requirements, suite_complete=suite_complete)
    mandatory = [requirement.outcome for requirement in requirements if requirement.mandatory]
    if conclusion is Conclusion.APPROVED:
        assert suite_complete
        assert all(outcome in (P, A, D, N) for outcome in mandatory)
        assert any(outcome in (P, A) for outcome in mandatory)
    assert (conclusion is Conclusion.REJECTED) == (F in mandatory)


@given(st.lists(st.builds(One, st.sampled_from(Outcome), st.booleans())))
def test_conclude_takes_an_iterator(requirements: list[One]) -> None:
    assert conclude(iter(requirements), suite_complete=True) is conclude(requirements, suite_complete=True)


@pytest.mark.parametrize(
    ("conclusion", "norwegian", "exit_code"),
    [
        (Conclusion.APPROVED, "Godkjent", 0),
        (Conclusion.REJECTED, "Ikke godkjent", 1),
        (Conclusion.INCOMPLETE, "Ufullstendig", 3),
    ],
)
def test_conclusion_names(conclusion: Conclusion, norwegian: str, exit_code: int) -> None:
    assert (conclusion.norwegian, conclusion.exit_code) == (norwegian, exit_code)


def test_outcome_names() -> None:
    assert [(outcome.value, outcome.norwegian) for outcome in Outcome] == [
        ("passed", "Godkjent"),
        ("failed", "Ikke godkjent"),
        ("error", "Feil i kjøringen"),
        ("unverified", "Ikke verifisert"),
        ("waiting", "Venter"),
        ("not_applicable", "Ikke aktuelt"),
        ("attested", "Bekreftet av tester"),
        ("waived", "Dispensasjon"),
    ]


def test_undecided_outcomes() -> None:
    assert {E, W, U} == UNDECIDED


def test_tally() -> None:
    assert tally([P, P, A, F, F]) == "2 av 5 godkjent, 2 ikke godkjent, 1 bekreftet av tester"
    assert tally([]) == "0 av 0 godkjent"
