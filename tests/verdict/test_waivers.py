"""Waivers: the file, what each comes to, and what that makes of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eprom_verify.contract.sources import Source
from eprom_verify.errors import UsageProblem
from eprom_verify.verdict import (
    Catalogue,
    Conclusion,
    Outcome,
    Requirement,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    Waiver,
    WaiverState,
    day_in_norway,
    explain,
    find_waivers,
    from_json,
    judge,
    load_waivers,
    to_json,
)
from eprom_verify.verdict.waivers import COVERABLE, LONGEST, weigh

TODAY = date(2026, 11, 25)
KNOWN = {"1.1", "2.1", "PV-01"}

GOOD = """
[[dispensasjon]]
krav = "2.1"
grunn = "Avtalt med Hemit"
ansvarlig = "Kari Nordmann, integrasjonsansvarlig"
utloper = 2027-03-01
"""


def loaded(folder: Path, text: str) -> list[Waiver]:
    path = folder / "dispensasjoner.toml"
    path.write_text(text, encoding="utf-8")
    return load_waivers(path, KNOWN, on=TODAY)


def test_file(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + GOOD) == [
        Waiver(
            requirement="2.1",
            reason="Avtalt med Hemit",
            owner="Kari Nordmann, integrasjonsansvarlig",
            expires=date(2027, 3, 1),
        )
    ]
    assert loaded(tmp_path, "# ingen ennå\n") == []


WRONG = {
    GOOD.replace("grunn", "begrunnelse"): [
        "Linje 2, dispensasjon nr. 1 (krav «2.1»), nøkkelen «grunn» mangler.",
        "Linje 4, dispensasjon nr. 1 (krav «2.1»), nøkkelen «begrunnelse» er ukjent",
    ],
    GOOD.replace("utloper", "utlop"): ["nøkkelen «utlop» er ukjent; mente du «utloper»?"],
    GOOD + "colour = 1": ["Linje 7, ", "bare krav, grunn, ansvarlig, utloper kan stå her"],
    "dispensasjoner = []\n" + GOOD: ["Linje 1, filen, nøkkelen «dispensasjoner» er ukjent; mente du «dispensasjon»?"],
    "dispensasjon = 1": ["Linje 1, filen, nøkkelen «dispensasjon» skal skrives som [[dispensasjon]]."],
    "dispensasjon = [1]": ["Dispensasjon nr. 1 skal være en tabell."],
    'dispensasjon = [{krav = "2.1"}]': ["Dispensasjon nr. 1 (krav «2.1»), nøkkelen «grunn» mangler."],
    GOOD.replace('"Avtalt med Hemit"', '" "'): ["Linje 4, ", "nøkkelen «grunn» kan ikke være tom."],
    GOOD.replace('"Kari Nordmann, integrasjonsansvarlig"', "17"): ["nøkkelen «ansvarlig» skal være en tekst."],
    GOOD.replace("2027-03-01", '"2027-03-01"'): ["Linje 6, ", "«utloper» skal være en dato uten klokkeslett og uten"],
    GOOD.replace("2027-03-01", "2027-03-01T10:00:00"): ["«utloper» skal være en dato uten klokkeslett"],
    GOOD.replace("2027-03-01", "2027-11-27"): ["«utloper» er mer enn ett år fram; sett 2027-11-26 eller tidligere."],
    GOOD.replace("2027-03-01", "2027-02-30"): ["ikke gyldig TOML: "],
    GOOD.replace("2.1", "9.9"): ["Linje 3, dispensasjon nr. 1 (krav «9.9»), nøkkelen «krav» finnes ikke i kravkat"],
    GOOD + GOOD: ["Linje 9, dispensasjon nr. 2 (krav «2.1»), nøkkelen «krav» har alt en dispensasjon"],
    GOOD.replace("Avtalt", "Gjelder 26073941651"): ["nøkkelen «grunn» har et fødselsnummer"],
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_wrong_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageProblem) as stopped:
        loaded(tmp_path, text)
    said = str(stopped.value)
    assert said.startswith(f"Dispensasjonene i {tmp_path / 'dispensasjoner.toml'} kan ikke brukes. ")
    assert said.endswith(" Rett filen og kjør på nytt.")
    for words in WRONG[text]:
        assert words in said
    assert "26073941651" not in said


def test_file_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_waivers(None, KNOWN, on=TODAY) == []
    Path("dispensasjoner.toml").write_text(GOOD, encoding="utf-8")
    Path("andre.toml").write_text(GOOD.replace("2.1", "1.1"), encoding="utf-8")
    assert [each.requirement for each in find_waivers(None, KNOWN, on=TODAY)] == ["2.1"]
    assert [each.requirement for each in find_waivers(Path("andre.toml"), KNOWN, on=TODAY)] == ["1.1"]
    with pytest.raises(UsageProblem, match=r"Finner ikke dispensasjonene i nei\.toml"):
        find_waivers(Path("nei.toml"), KNOWN, on=TODAY)
    Path("latin.toml").write_bytes(GOOD.replace("Avtalt", "Bør").encode("latin-1"))
    with pytest.raises(UsageProblem, match="ikke tekst i UTF-8"):
        find_waivers(Path("latin.toml"), KNOWN, on=TODAY)


@given(st.text(max_size=60))
def test_any_text_is_told_of(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "noe.toml"
    path.write_bytes(f"[[dispensasjon]]\n{text}".encode("utf-8", "replace"))
    with pytest.raises(UsageProblem):
        load_waivers(path, KNOWN, on=TODAY)


WAIVER = Waiver(requirement="1.1", reason="Avtalt", owner="Kari, leder", expires=TODAY)


@pytest.mark.parametrize(
    ("outcome", "left_out", "state"),
    [
        (Outcome.FAILED, False, WaiverState.USED),
        (Outcome.FAILED, True, WaiverState.USED),
        (Outcome.UNVERIFIED, False, WaiverState.USED),
        (Outcome.UNVERIFIED, True, WaiverState.UNDECIDED),
        (Outcome.ERROR, False, WaiverState.UNDECIDED),
        (Outcome.WAITING, False, WaiverState.UNDECIDED),
        (Outcome.PASSED, False, WaiverState.UNUSED),
        (Outcome.ATTESTED, False, WaiverState.UNUSED),
        (Outcome.NOT_APPLICABLE, False, WaiverState.UNUSED),
    ],
)
def test_weighed(outcome: Outcome, left_out: bool, state: WaiverState) -> None:
    found = weigh(WAIVER, outcome, "derfor", on=TODAY, left_out=left_out)
    assert found.state is state
    assert (found.covers is not None) is (state is WaiverState.USED)
    assert weigh(WAIVER, outcome, "", on=TODAY + timedelta(days=1), left_out=left_out).state is WaiverState.EXPIRED


def test_day_is_norwegian() -> None:
    assert day_in_norway(datetime(2027, 3, 1, 22, 59, tzinfo=UTC)) == date(2027, 3, 1)
    assert day_in_norway(datetime(2027, 3, 1, 23, 0, tzinfo=UTC)) == date(2027, 3, 2)
    assert day_in_norway(datetime(2027, 7, 1, 22, 0, tzinfo=UTC)) == date(2027, 7, 2)


STARTED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
RUN = RunInfo(
    id="en",
    started=STARTED,
    finished=STARTED,
    rig=Rig("innebygd", "simulator"),
    edition="2026-05",
    formal=True,
    seed=7,
    versions={"tool": "0.1.0", "python": "3.11.7", "tool_digest": "b" * 64, "suite_digest": "c" * 64},
    profile={},
    journal_last_digest="0" * 64,
)


def requirement(name: str, *, mandatory: bool = True) -> Requirement:
    return Requirement(
        id=name,
        title="Noe holder",
        chapter="Bestilling",
        mandatory=mandatory,
        judges=("eprom",),
        verified_by="machine",
        source=Source("IntegrasjonVerifikasjon", "Bestilling"),
    )


def scenario(outcome: Outcome, *requirements: str) -> ScenarioResult:
    return ScenarioResult(
        id=f"{outcome}-{'-'.join(requirements)}",
        name="Noe skjer",
        feature="features/bestilling/kanal.feature",
        line=3,
        chapter="Bestilling",
        tags=(),
        requirements=requirements,
        outcome=outcome,
        reason="Forventet: 1\nFikk: 2" if outcome is Outcome.FAILED else "",
        duration_s=0.1,
    )


def judged(*scenarios: ScenarioResult, waived: tuple[str, ...], not_run: tuple[str, ...] = ()) -> RunResult:
    names = dict.fromkeys(name for each in scenarios for name in each.requirements)
    return judge(
        Catalogue([requirement(name, mandatory=name != "T-1") for name in names], "a" * 64),
        scenarios,
        RUN,
        incomplete_reasons=["Noe ble valgt bort."] if not_run else [],
        not_run=not_run,
        waivers=[replace(WAIVER, requirement=name) for name in waived],
    )


def test_waived_run_is_approved() -> None:
    result = judged(
        scenario(Outcome.PASSED, "1.1"), scenario(Outcome.FAILED, "1.2"), scenario(Outcome.UNVERIFIED, "1.3"),
        waived=("1.2", "1.3"),
    )  # fmt: skip
    assert [each.outcome for each in result.requirements] == [Outcome.PASSED, Outcome.WAIVED, Outcome.WAIVED]
    assert result.conclusion is Conclusion.APPROVED
    assert explain(result) == (
        "Alle obligatoriske krav som er aktuelle, er oppfylt eller har dispensasjon. "
        "Obligatoriske krav med dispensasjon: 1.2, 1.3."
    )


def test_nothing_is_lost() -> None:
    result = judged(scenario(Outcome.PASSED, "1.1"), scenario(Outcome.FAILED, "1.2"), waived=("1.2",))
    document = to_json(result)
    assert document["waivers"] == [
        {
            "requirement": "1.2",
            "reason": "Avtalt",
            "owner": "Kari, leder",
            "expires": "2026-11-25",
            "state": "used",
            "covers": {"outcome": "failed", "reason": "Forventet: 1\nFikk: 2"},
        }
    ]
    assert document["requirements"][1]["reason"] == (
        "Dispensasjon til og med 2026-11-25 (ansvarlig: Kari, leder): Avtalt\n\n"
        "Uten dispensasjonen: Ikke godkjent.\nForventet: 1\nFikk: 2"
    )
    assert document["scenarios"][1]["outcome"] == "failed"
    assert from_json(document) == result
    del document["waivers"]
    assert from_json(document).waivers == ()


def test_error_is_never_waived() -> None:
    result = judged(scenario(Outcome.PASSED, "1.1"), scenario(Outcome.ERROR, "1.2"), waived=("1.2",))
    assert result.requirements[1].outcome is Outcome.ERROR
    assert result.conclusion is Conclusion.INCOMPLETE


def test_unused_waiver_rejects() -> None:
    result = judged(scenario(Outcome.PASSED, "1.1"), waived=("1.1",))
    assert result.conclusion is Conclusion.REJECTED
    assert explain(result) == "Dispensasjoner som ikke trengs, og må tas bort: 1.1."
    assert from_json(to_json(result)) == result


def test_expired_waiver_rejects() -> None:
    late = replace(RUN, started=STARTED + timedelta(days=1))
    catalogue = Catalogue([requirement("1.1"), requirement("1.2")], "a" * 64)
    scenarios = [scenario(Outcome.PASSED, "1.1"), scenario(Outcome.UNVERIFIED, "1.2")]
    result = judge(catalogue, scenarios, late, incomplete_reasons=[], waivers=[replace(WAIVER, requirement="1.2")])
    assert result.requirements[1].outcome is Outcome.UNVERIFIED
    assert result.conclusion is Conclusion.REJECTED
    assert explain(result) == "Dispensasjoner som er utløpt: 1.2."


def test_left_out_is_undecided() -> None:
    result = judged(scenario(Outcome.PASSED, "1.1"), scenario(Outcome.PASSED, "1.2"), waived=("1.1",), not_run=("1.1",))
    assert [each.state for each in result.waivers] == [WaiverState.UNDECIDED]
    assert result.requirements[0].outcome is Outcome.UNVERIFIED
    assert result.conclusion is Conclusion.INCOMPLETE


def test_waivers_alone_approve_nothing() -> None:
    assert judged(scenario(Outcome.FAILED, "1.1"), waived=("1.1",)).conclusion is Conclusion.INCOMPLETE


def test_optional_requirement_waived() -> None:
    result = judged(scenario(Outcome.PASSED, "1.1"), scenario(Outcome.FAILED, "T-1"), waived=("T-1",))
    assert result.conclusion is Conclusion.APPROVED
    assert explain(result) == "Alle obligatoriske krav som er aktuelle, er oppfylt."


def test_excused_scenarios() -> None:
    """A scenario that proves something else too is not excused: there it still says what is wrong."""
    alone, shared = scenario(Outcome.FAILED, "1.2"), scenario(Outcome.FAILED, "1.2", "1.3")
    result = judged(alone, shared, scenario(Outcome.PASSED, "1.2"), waived=("1.2",))
    assert result.excused == {alone.id}
    assert result.conclusion is Conclusion.REJECTED


@given(
    st.lists(st.sampled_from(sorted(Outcome)), min_size=1, max_size=6),
    st.lists(st.integers(0, 5), unique=True, max_size=6),
)
def test_waivers_never_hide(outcomes: list[Outcome], numbers: list[int]) -> None:
    """A requirement changes only from what a waiver can cover, and only if it has one; no waiver goes unmentioned."""
    outcomes = [each for each in outcomes if each is not Outcome.WAIVED] or [Outcome.PASSED]
    scenarios = [scenario(outcome, f"1.{number}") for number, outcome in enumerate(outcomes)]
    waived = tuple(f"1.{number}" for number in numbers if number < len(outcomes))
    plain, result = judged(*scenarios, waived=()), judged(*scenarios, waived=waived)
    for before, after in zip(plain.requirements, result.requirements, strict=True):
        covered = after.id in waived and before.outcome in COVERABLE
        assert after.outcome is (Outcome.WAIVED if covered else before.outcome)
    assert [each.requirement for each in result.waivers] == list(waived)
    if any(not each.state.holds for each in result.waivers):
        assert result.conclusion is Conclusion.REJECTED
    assert from_json(to_json(result)) == result


def test_longest_is_about_a_year() -> None:
    assert timedelta(days=365) < LONGEST < timedelta(days=367)
