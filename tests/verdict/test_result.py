"""Judging a run, and the file that keeps the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from eprom_verify.contract.sources import Source
from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.locations import schemas_dir
from eprom_verify.verdict import (
    Catalogue,
    Cause,
    Conclusion,
    GherkinLine,
    Outcome,
    Requirement,
    Rig,
    RunInfo,
    RunResult,
    ScenarioResult,
    ShownExchange,
    explain,
    from_json,
    judge,
    read_result,
    scenario_from_json,
    scenario_to_json,
    to_json,
    write_result,
)

STARTED = datetime(2026, 5, 9, 8, 0, tzinfo=UTC)
DIGESTS = {"tool_digest": "b" * 64, "suite_digest": "c" * 64}
RUN = RunInfo(
    id="20260509-080000",
    started=STARTED,
    finished=STARTED + timedelta(seconds=12.5),
    rig=Rig("innebygd", "simulator"),
    edition="2026-05",
    formal=False,
    seed=7,
    versions={"tool": "0.1.0", "python": "3.11.7", **DIGESTS},
    profile={"skjema": True, "navn": "Eksempel"},
    journal_last_digest="0" * 64,
)


def _requirement(requirement_id: str, **changes: Any) -> Requirement:
    plain = Requirement(
        id=requirement_id,
        title="Ordren når ePROM",
        chapter="Bestilling av skjema",
        mandatory=True,
        judges=("bestillersystem",),
        verified_by="machine",
        source=Source("IntegrasjonVerifikasjon", "Bestilling"),
    )
    return replace(plain, **changes)


def _scenario(scenario_id: str, outcome: Outcome, *requirements: str, reason: str = "") -> ScenarioResult:
    return ScenarioResult(
        id=scenario_id,
        name="Pasienten får skjemaet",
        feature="features/bestilling/kanal.feature",
        line=12,
        chapter="Bestilling av skjema",
        tags=("obligatorisk",),
        requirements=requirements,
        outcome=outcome,
        reason=reason,
        duration_s=0.25,
    )


def _judged(requirements: list[Requirement], *scenarios: ScenarioResult) -> RunResult:
    return judge(Catalogue(requirements, "a" * 64), scenarios, RUN, incomplete_reasons=[])


def test_requirement_combines_its_scenarios() -> None:
    result = _judged(
        [_requirement("1.1"), _requirement("1.2")],
        _scenario("a", Outcome.PASSED, "1.1", "1.2"),
        _scenario("b", Outcome.FAILED, "1.1", reason="Fikk: ingenting"),
    )
    first, second = result.requirements
    assert (first.outcome, first.reason, first.scenarios) == (Outcome.FAILED, "Fikk: ingenting", ("a", "b"))
    assert (second.outcome, second.reason, second.scenarios) == (Outcome.PASSED, "", ("a",))
    assert result.conclusion is Conclusion.REJECTED


def test_reason_is_of_deciding_scenarios() -> None:
    result = _judged(
        [_requirement("1.1")],
        _scenario("a", Outcome.UNVERIFIED, "1.1", reason="ingen persona"),
        _scenario("b", Outcome.FAILED, "1.1", reason="den ene"),
        _scenario("c", Outcome.FAILED, "1.1", reason="den andre"),
        _scenario("d", Outcome.FAILED, "1.1", reason="den ene"),
        _scenario("e", Outcome.FAILED, "1.1"),
    )
    assert result.requirements[0].reason == "den ene\n\nden andre"


def test_rule_not_used_is_no_way_out() -> None:
    reason = "Integrasjonen bruker ikke regelen PaperOnly (profilen i oppsettet)."
    result = _judged([_requirement("1.1")], _scenario("a", Outcome.NOT_APPLICABLE, "1.1", reason=reason))
    [judged] = result.requirements
    assert judged.outcome is Outcome.UNVERIFIED
    assert judged.reason == f"{reason} Kravet gjelder likevel: ta med regelen, eller gi kravet dispensasjon."


@pytest.mark.parametrize(
    ("verified_by", "reason"),
    [
        ("machine", "Ingen scenarier i denne versjonen av verktøyet dekker dette kravet."),
        ("attended", "Må bekreftes av en tester; ingen bekreftelse er gitt."),
    ],
)
def test_requirement_without_scenario(verified_by: str, reason: str) -> None:
    result = _judged(
        [_requirement("1.1"), _requirement("1.2", verified_by=verified_by)], _scenario("a", Outcome.PASSED, "1.1")
    )
    assert (result.requirements[1].outcome, result.requirements[1].reason) == (Outcome.UNVERIFIED, reason)
    assert result.conclusion is Conclusion.INCOMPLETE


def test_requirement_of_other_edition() -> None:
    result = _judged(
        [_requirement("1.1"), _requirement("1.2", editions=("2023-10",))], _scenario("a", Outcome.PASSED, "1.1")
    )
    assert result.requirements[1].outcome is Outcome.NOT_APPLICABLE
    assert result.requirements[1].reason == "Kravet gjelder ikke utgave 2026-05 av kontrakten."
    assert result.conclusion is Conclusion.APPROVED


def test_unknown_requirement_refused() -> None:
    with pytest.raises(UsageProblem, match=r"kanal\.feature:12.*«9\.9»"):
        _judged([_requirement("1.1")], _scenario("a", Outcome.PASSED, "1.1", "9.9"))


def test_scenario_without_requirement_blocks_approval() -> None:
    result = _judged([_requirement("1.1")], _scenario("a", Outcome.PASSED, "1.1"), _scenario("b", Outcome.FAILED))
    assert result.conclusion is Conclusion.INCOMPLETE
    assert result.incomplete_reasons == (
        "Scenarioet «Pasienten får skjemaet» (features/bestilling/kanal.feature:12) viser ikke til noe krav.",
    )


def test_incomplete_reason_blocks_approval() -> None:
    catalogue = Catalogue([_requirement("1.1")], "a" * 64)
    scenarios = [_scenario("a", Outcome.PASSED, "1.1")]
    assert judge(catalogue, scenarios, RUN, incomplete_reasons=[]).conclusion is Conclusion.APPROVED
    partial = judge(catalogue, iter(scenarios), RUN, incomplete_reasons=["Utvalg: -k brev"])
    assert (partial.conclusion, partial.complete) == (Conclusion.INCOMPLETE, False)
    assert partial.scenarios == tuple(scenarios)


def test_empty_reason_blocks_approval() -> None:
    catalogue = Catalogue([_requirement("1.1")], "a" * 64)
    result = judge(catalogue, [_scenario("a", Outcome.PASSED, "1.1")], RUN, incomplete_reasons=[""])
    assert (result.conclusion, result.complete) == (Conclusion.INCOMPLETE, False)
    assert from_json(to_json(result)) == result


def test_catalogue_digest_is_recorded() -> None:
    assert _judged([_requirement("1.1")]).run.versions == {
        "tool": "0.1.0",
        "python": "3.11.7",
        **DIGESTS,
        "catalogue_digest": "a" * 64,
    }


@pytest.mark.parametrize(
    ("outcomes", "complete", "said"),
    [
        ([Outcome.PASSED], True, "Alle obligatoriske krav som er aktuelle, er oppfylt."),
        ([Outcome.FAILED, Outcome.PASSED, Outcome.FAILED], True, "Obligatoriske krav er brutt: 1.0, 1.2."),
        (
            [Outcome.PASSED, Outcome.WAITING],
            True,
            "Kjøringen gir ikke svar: 1 av 2 obligatoriske krav er ikke avgjort.",
        ),
        ([Outcome.PASSED], False, "Kjøringen gir ikke svar: den er ikke fullstendig."),
        ([Outcome.NOT_APPLICABLE], True, "Kjøringen gir ikke svar: ingen obligatoriske krav er vist oppfylt."),
        ([Outcome.FAILED] * 10, True, "Obligatoriske krav er brutt: 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7 og 2 til."),
    ],
)
def test_explain(outcomes: list[Outcome], complete: bool, said: str) -> None:
    catalogue = Catalogue([_requirement(f"1.{number}") for number in range(len(outcomes))], "a" * 64)
    scenarios = [_scenario(f"s{number}", outcome, f"1.{number}") for number, outcome in enumerate(outcomes)]
    formal = replace(RUN, formal=True)
    assert explain(judge(catalogue, scenarios, formal, incomplete_reasons=[] if complete else ["x"])) == said


def test_explain_additional_in_trial() -> None:
    result = _judged(
        [_requirement("1.1"), _requirement("R-1", mandatory=False)],
        _scenario("a", Outcome.PASSED, "1.1"),
        _scenario("b", Outcome.FAILED, "R-1"),
    )
    assert explain(result) == (
        "Alle obligatoriske krav som er aktuelle, er oppfylt. Tilleggskrav som ikke er oppfylt: R-1. "
        "En prøvekjøring viser hvor dere står, men gjelder ikke som verifikasjon."
    )


SHOWN = ShownExchange(
    id="x2",
    sender="bestillersystem",
    method="POST",
    url="https://proms.hemitdev.org/promswebapi/api/v2/formorder",
    status=400,
    failure=None,
    at="2026-05-09T08:00:01.250Z",
    decisive=True,
)
CAUSE = Cause(fault="key-in-body", end="bestillersystem", title="Nøkkelen", remedy="Ta den ut.", likeness=0.75)

RESULT = judge(
    Catalogue([_requirement("1.1"), _requirement("R-basic", mandatory=False)], "a" * 64),
    [
        replace(_scenario("a", Outcome.PASSED, "1.1"), exchanges=("x1", "x2")),
        replace(_scenario("b", Outcome.FAILED, "R-basic", reason="Fikk: æøå"), gherkin_line=GherkinLine(14, "Så …")),
        replace(_scenario("c", Outcome.FAILED, "R-basic"), broken_by="bestillersystem", shown_by=(SHOWN,)),
    ],
    RUN,
    incomplete_reasons=[],
    remarks=["Ingen merknad."],
)


def test_json_is_as_designed() -> None:
    document = to_json(RESULT)
    assert document["conclusion"] == "approved"
    assert document["run"] == {
        "id": "20260509-080000",
        "started": "2026-05-09T08:00:00Z",
        "finished": "2026-05-09T08:00:12.500000Z",
        "rig": {"bestillersystem": "innebygd", "eprom": "simulator"},
        "edition": "2026-05",
        "formal": False,
        "seed": 7,
        "versions": {"tool": "0.1.0", "python": "3.11.7", **DIGESTS, "catalogue_digest": "a" * 64},
        "profile": {"skjema": True, "navn": "Eksempel"},
        "journal_last_digest": "0" * 64,
        "system": dict.fromkeys(("name", "version", "owner", "contact", "api_base_url", "driver"), ""),
        "environment": "",
        "eprom_version": "",
        "documented": "",
        "performed_by": "",
        "role": "",
        "personas": {},
        "resumed": [],
    }
    assert document["requirements"][0] == {
        "id": "1.1",
        "title": "Ordren når ePROM",
        "chapter": "Bestilling av skjema",
        "source": {
            "page": "IntegrasjonVerifikasjon",
            "section": "Bestilling",
            "url": "https://eprom.hemit.org/IntegrasjonVerifikasjon.html",
        },
        "mandatory": True,
        "judges": ["bestillersystem"],
        "outcome": "passed",
        "reason": "",
        "scenarios": ["a"],
        "causes": [],
    }
    assert document["scenarios"][1] == {
        "id": "b",
        "name": "Pasienten får skjemaet",
        "feature": "features/bestilling/kanal.feature",
        "line": 12,
        "chapter": "Bestilling av skjema",
        "tags": ["obligatorisk"],
        "requirements": ["R-basic"],
        "outcome": "failed",
        "reason": "Fikk: æøå",
        "duration_s": 0.25,
        "exchanges": [],
        "gherkin_line": {"line": 14, "sentence": "Så …"},
        "broken_by": None,
        "shown_by": [],
        "by_person": False,
        "stopped_by_network": False,
    }
    assert document["scenarios"][2]["broken_by"] == "bestillersystem"
    assert document["scenarios"][2]["shown_by"] == [
        {
            "id": "x2",
            "sender": "bestillersystem",
            "method": "POST",
            "url": "https://proms.hemitdev.org/promswebapi/api/v2/formorder",
            "status": 400,
            "failure": None,
            "at": "2026-05-09T08:00:01.250Z",
            "decisive": True,
        }
    ]


def test_causes_round_trip() -> None:
    first, *others = RESULT.requirements
    result = replace(RESULT, requirements=(replace(first, causes=(CAUSE,)), *others))
    document = to_json(result)
    assert document["requirements"][0]["causes"] == [
        {
            "fault": "key-in-body",
            "end": "bestillersystem",
            "title": "Nøkkelen",
            "remedy": "Ta den ut.",
            "likeness": 0.75,
        }
    ]
    assert from_json(document) == result


def test_scenario_travels_between_processes() -> None:
    for scenario in RESULT.scenarios:
        assert scenario_from_json(scenario_to_json(scenario)) == scenario


@pytest.mark.parametrize(
    ("changes", "ended"),
    [({}, "400"), ({"status": None}, "intet svar"), ({"status": None, "failure": "brutt"}, "brutt")],
)
def test_exchange_in_words(changes: dict[str, Any], ended: str) -> None:
    shown = str(replace(SHOWN, **changes))
    assert shown == f"POST /promswebapi/api/v2/formorder → {ended} (2026-05-09T08:00:01.250Z, id x2)"


def test_file_round_trips(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text("gammelt", encoding="utf-8")
    write_result(RESULT, path)
    assert read_result(path) == RESULT
    assert "Fikk: æøå" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@given(st.text(), st.sampled_from(Outcome), st.floats(min_value=0, max_value=1e6))
def test_any_text_round_trips(text: str, outcome: Outcome, duration_s: float) -> None:
    scenario = replace(_scenario("a", outcome, "1.1", reason=text), duration_s=duration_s)
    result = _judged([_requirement("1.1")], scenario)
    assert from_json(json.loads(json.dumps(to_json(result)))) == result


def test_half_surrogate_does_not_cost_the_result(tmp_path: Path) -> None:
    result = _judged([_requirement("1.1")], _scenario("a", Outcome.FAILED, "1.1", reason="halv \ud83d"))
    write_result(result, tmp_path / "result.json")
    assert read_result(tmp_path / "result.json").scenarios[0].reason == "halv ?"


@pytest.mark.parametrize(
    "flawed",
    [
        replace(RESULT, run=replace(RUN, started=STARTED.replace(tzinfo=None))),
        replace(RESULT, run=replace(RUN, versions={"tool": "0.1.0", "python": "3.11.7", **DIGESTS})),
        replace(RESULT, run=replace(RUN, journal_last_digest="")),
        replace(RESULT, complete=False),
        replace(RESULT, complete=False, incomplete_reasons=("avbrutt",)),
        replace(RESULT, incomplete_reasons=("avbrutt",)),
        replace(RESULT, scenarios=(_scenario("", Outcome.PASSED, "1.1"),)),
    ],
)
def test_flawed_result_not_written(tmp_path: Path, flawed: RunResult) -> None:
    path = tmp_path / "result.json"
    path.write_text("gammelt", encoding="utf-8")
    with pytest.raises(HarnessProblem, match="skjema"):
        write_result(flawed, path)
    assert path.read_text(encoding="utf-8") == "gammelt"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(colour="red"),
        lambda document: document["run"].update(colour="red"),
        lambda document: document["run"].pop("seed"),
        lambda document: document["run"].update(seed=1.5),
        lambda document: document["run"].update(finished="i går"),
        lambda document: document["run"]["rig"].update(colour="red"),
        lambda document: document["run"]["profile"].update(skjema=None),
        lambda document: document["run"]["versions"].update(catalogue_digest="abc"),
        lambda document: document.update(conclusion="godkjent"),
        lambda document: document["requirements"][0].update(outcome="ok"),
        lambda document: document["requirements"][0].update(judges=[]),
        lambda document: document["requirements"][0]["source"].pop("url"),
        lambda document: document["requirements"][0].pop("reason"),
        lambda document: document["scenarios"][0].update(duration_s=-1),
        lambda document: document["scenarios"][0].update(requirements=["1 1"]),
        lambda document: document["scenarios"][1]["gherkin_line"].update(file="x"),
        lambda document: document["scenarios"][0].pop("gherkin_line"),
        lambda document: document["scenarios"][0].update(broken_by="hemit"),
        lambda document: document["scenarios"][2]["shown_by"][0].update(at="i går"),
        lambda document: document["requirements"][0].update(causes=["key-in-body"]),
    ],
)
def test_schema_is_strict(spoil: Callable[[dict[str, Any]], object]) -> None:
    document = to_json(RESULT)
    spoil(document)
    with pytest.raises(UsageProblem, match="ikke et resultat"):
        from_json(document)


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"run": {}}'])
def test_foreign_file_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(UsageProblem):
        read_result(path)


def test_schema_describes_every_member() -> None:
    schema = json.loads((schemas_dir() / "result.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    conditions = [schema.pop(name) for name in ("if", "then", "else")]
    assert all(conditions)
    objects = _objects(schema)
    assert len(objects) == 15
    for described in objects:
        assert "additionalProperties" in described
        for name, member in described["properties"].items():
            assert member.get("description"), name


def _objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _objects(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if isinstance(node.get("properties"), dict) and node.get("type") == "object" else []
    return own + [found for item in node.values() for found in _objects(item)]
