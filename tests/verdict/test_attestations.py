"""What a tester answers for: what it decides, and what it can never decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from eprom_verify.contract.sources import Source
from eprom_verify.verdict import (
    Answer,
    Attachment,
    Attestation,
    Catalogue,
    Conclusion,
    Outcome,
    Requirement,
    RunResult,
    ScenarioResult,
    from_json,
    judge,
    to_json,
)
from tests.report.sample_results import FORMAL, STARTED


def requirement(name: str, verified_by: str = "machine", editions: tuple[str, ...] = ()) -> Requirement:
    return Requirement(
        id=name,
        title="Noe vises",
        chapter="Verifikasjon",
        mandatory=True,
        judges=("bestillersystem",),
        verified_by="attended" if verified_by == "attended" else "machine",
        source=Source("IntegrasjonVerifikasjon", "2) Utfylling av skjema"),
        editions=editions,
    )


def scenario(outcome: Outcome, name: str = "1.1", *, by_person: bool = False) -> ScenarioResult:
    return ScenarioResult(
        id=f"{name} {outcome}",
        name=name,
        feature="a.feature",
        line=3,
        chapter="Verifikasjon",
        tags=(),
        requirements=(name,),
        outcome=outcome,
        reason="En grunn.",
        duration_s=0.1,
        by_person=by_person,
    )


def answer(given: Answer, name: str = "2.1", *, minutes: int = 0) -> Attestation:
    return Attestation(
        requirement=name,
        answer=given,
        words="Skjemaet sto der.",
        tester="Kari Tester",
        at=STARTED + timedelta(hours=1, minutes=minutes),
    )


def judged(
    *scenarios: ScenarioResult, attestations: tuple[Attestation, ...], attended: str = "2.1", edition: str = ""
) -> RunResult:
    known = [requirement("1.1"), requirement(attended, "attended", (edition,) if edition else ())]
    catalogue = Catalogue(known, "a" * 64)
    return judge(
        catalogue,
        [scenario(Outcome.PASSED), *scenarios],
        FORMAL,
        incomplete_reasons=[],
        attestations=attestations,
    )


@pytest.mark.parametrize(
    ("given", "outcome", "conclusion"),
    [
        (Answer.APPROVED, Outcome.ATTESTED, Conclusion.APPROVED),
        (Answer.REJECTED, Outcome.FAILED, Conclusion.REJECTED),
        (Answer.NOT_APPLICABLE, Outcome.NOT_APPLICABLE, Conclusion.APPROVED),
    ],
)
def test_each_answer(given: Answer, outcome: Outcome, conclusion: Conclusion) -> None:
    result = judged(attestations=(answer(given),))
    assert (result.requirements[1].outcome, result.conclusion) == (outcome, conclusion)
    assert result.requirements[1].reason == (
        f"{given.norwegian}, sier Kari Tester (25.11.2026 kl. 10.00): Skjemaet sto der."
    )


def test_nothing_without_answer() -> None:
    assert judged(attestations=()).conclusion is Conclusion.INCOMPLETE


def test_last_answer_counts() -> None:
    both = (answer(Answer.APPROVED), answer(Answer.REJECTED, minutes=5))
    assert judged(attestations=both).conclusion is Conclusion.REJECTED
    assert judged(attestations=both[::-1]).conclusion is Conclusion.APPROVED
    assert judged(attestations=both).attestations == both


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERROR, Outcome.WAITING, Outcome.UNVERIFIED])
def test_yes_never_covers_the_machine(outcome: Outcome) -> None:
    result = judged(scenario(outcome), attestations=(answer(Answer.APPROVED), answer(Answer.APPROVED, "1.1")))
    assert result.requirements[0].outcome is outcome
    assert result.conclusion is not Conclusion.APPROVED


def test_yes_where_only_a_person_sees() -> None:
    seen = scenario(Outcome.UNVERIFIED, by_person=True)
    given = (answer(Answer.APPROVED), answer(Answer.APPROVED, "1.1"))
    assert judged(seen, attestations=given).requirements[0].outcome is Outcome.ATTESTED
    other = replace(scenario(Outcome.UNVERIFIED), id="en annen")
    assert judged(seen, other, attestations=given).requirements[0].outcome is Outcome.UNVERIFIED


def test_no_always_counts() -> None:
    assert judged(attestations=(answer(Answer.REJECTED, "1.1"),)).conclusion is Conclusion.REJECTED


def test_answer_where_it_does_not_apply() -> None:
    for given in Answer:
        result = judged(attestations=(answer(given),), edition="2023-10")
        assert result.requirements[1].outcome is Outcome.NOT_APPLICABLE
        assert "gjelder ikke utgave" in result.requirements[1].reason


def test_round_trip() -> None:
    shown = Attachment(name="2.1-1.png", media_type="image/png", size=7, sha256="d" * 64)
    result = judged(attestations=(replace(answer(Answer.APPROVED), attachments=(shown,)),))
    assert from_json(to_json(result)) == result
    document = to_json(result)
    document["attestations"][0]["attachments"][0]["name"] = "../ut.png"
    with pytest.raises(Exception, match="pattern"):
        from_json(document)
