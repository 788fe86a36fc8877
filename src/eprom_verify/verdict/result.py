"""The result of a run: what each scenario and requirement came to, and the file that keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from pydantic import PlainSerializer

from eprom_verify.contract.sources import Source
from eprom_verify.errors import RULE_NOT_USED, THEN_TAKE_UP, TO_BE_ANSWERED, UsageProblem
from eprom_verify.exchange import path_in
from eprom_verify.verdict.attestations import Attestation, counted
from eprom_verify.verdict.circumstances import RunInfo
from eprom_verify.verdict.faults import Cause
from eprom_verify.verdict.outcomes import UNDECIDED, Conclusion, Outcome, combine, conclude
from eprom_verify.verdict.requirements import Catalogue, End, Requirement, Verification
from eprom_verify.verdict.waivers import COVERABLE, Waiver, WaiverResult, WaiverState, day_in_norway, reason_with, weigh

_STILL_APPLIES = "Kravet gjelder likevel: ta med regelen, eller gi kravet dispensasjon."
_LEFT_OUT = "Ikke alle scenariene for kravet ble kjørt."
_NO_SCENARIO: Mapping[Verification, str] = {
    "machine": "Ingen scenarier i denne versjonen av verktøyet dekker dette kravet.",
    "attended": "Må bekreftes av en tester; ingen bekreftelse er gitt.",
}


def _source_document(source: Source) -> dict[str, str]:
    return {"page": source.page, "section": source.section, "url": source.url}


@dataclass(frozen=True)
class GherkinLine:
    """A step of a scenario: its line in the feature file, counted from 1, and its sentence with the keyword."""

    line: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ShownExchange:
    """An exchange of the journal that shows a failure: enough of it to find it again in a log.

    `sender` made the request, `at` is when, by RFC 3339 in UTC. `url` is masked. `status` is None when no answer came,
    and `failure` then says why, if that is known. `decisive` is false when the check named no exchange, and this is
    the last one that passed before the scenario stopped.
    """

    id: str
    sender: str
    method: str
    url: str
    status: int | None
    failure: str | None
    at: str
    decisive: bool

    def __str__(self) -> str:
        ended = self.status if self.status is not None else self.failure or "intet svar"
        return f"{self.method} {path_in(self.url)} → {ended} ({self.at}, id {self.id})"


@dataclass(frozen=True, kw_only=True)
class ScenarioResult:
    """What came of one scenario.

    `line` is where the scenario starts in `feature`, a path with forward slashes; `gherkin_line` the step that
    decided, when it did not run to its end. `reason` is Norwegian, or empty. `exchanges` are ids in the journal. Of a
    failure, `broken_by` is the end that broke the contract, and `shown_by` the exchanges that show it. `by_person` says
    of an unverified one that a tester can see what the machine could not, `stopped_by_network` of an error that the
    network alone is why.
    """

    id: str
    name: str
    feature: str
    line: int
    chapter: str
    tags: tuple[str, ...]
    requirements: tuple[str, ...]
    outcome: Outcome
    reason: str
    duration_s: float
    exchanges: tuple[str, ...] = ()
    gherkin_line: GherkinLine | None = None
    broken_by: End | None = None
    shown_by: tuple[ShownExchange, ...] = ()
    by_person: bool = False
    stopped_by_network: bool = False


@dataclass(frozen=True, kw_only=True)
class RequirementResult:
    """What came of one requirement; `scenarios` are the ids of those that prove it.

    The outcome and the reason of one that is waived, as they would else have been, stand with its waiver.
    `causes` are what a failure is like, the likeliest first; empty when nothing fits well.
    """

    id: str
    title: str
    chapter: str
    source: Annotated[Source, PlainSerializer(_source_document)]
    mandatory: bool
    judges: tuple[End, ...]
    outcome: Outcome
    reason: str
    scenarios: tuple[str, ...]
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """Everything that a report tells of a run; `complete` is false exactly when there are `incomplete_reasons`."""

    run: RunInfo
    conclusion: Conclusion
    complete: bool
    incomplete_reasons: tuple[str, ...]
    requirements: tuple[RequirementResult, ...]
    scenarios: tuple[ScenarioResult, ...]
    remarks: tuple[str, ...] = ()
    waivers: tuple[WaiverResult, ...] = ()
    attestations: tuple[Attestation, ...] = ()

    @property
    def excused(self) -> frozenset[str]:
        """The ids of the scenarios that did not pass, but prove waived requirements alone."""
        waived = {each.id for each in self.requirements if each.outcome is Outcome.WAIVED}
        return frozenset(
            each.id
            for each in self.scenarios
            if each.outcome in COVERABLE and each.requirements and waived.issuperset(each.requirements)
        )


def judge(
    catalogue: Catalogue,
    scenarios: Iterable[ScenarioResult],
    run: RunInfo,
    *,
    incomplete_reasons: Iterable[str],
    remarks: Iterable[str] = (),
    not_run: Collection[str] = (),
    unused: Mapping[str, str] | None = None,
    waivers: Iterable[Waiver] = (),
    attestations: Iterable[Attestation] = (),
) -> RunResult:
    """What the run comes to, requirement by requirement.

    Any of the `incomplete_reasons`, in Norwegian, keeps the run from being approved. `not_run` are the requirements of
    scenarios that were left out or never came to be run: none of these can pass on the others alone. `unused` are those
    of parts that the integration does not use, and why. A scenario that
    proves nothing adds a reason, since its outcome would otherwise count nowhere. The catalogue's digest is added to
    the versions. The `waivers` are for requirements of the catalogue, one each; they count by the date in Norway when
    the run began. Of the `attestations`, in the order in which they were given, the last of each requirement counts,
    where the machine says neither yes nor no.

    Raises: UsageProblem when a scenario names a requirement that the catalogue does not have.
    """
    scenarios, attestations = tuple(scenarios), tuple(attestations)
    latest = {each.requirement: each for each in attestations}
    for scenario in scenarios:
        _refuse_unknown(catalogue, scenario)
    reasons = (*incomplete_reasons, *(_proves_nothing(s) for s in scenarios if not s.requirements))
    requirements = tuple(
        _judge_one(
            requirement,
            [s for s in scenarios if requirement.id in s.requirements],
            run.edition,
            left_out=requirement.id in not_run,
            unused=(unused or {}).get(requirement.id, ""),
            attested=latest.get(requirement.id),
        )
        for requirement in catalogue.values()
    )
    requirements, weighed = _waived(requirements, waivers, run.started, not_run)
    return RunResult(
        run=replace(run, versions={**run.versions, "catalogue_digest": catalogue.digest}),
        conclusion=conclude(
            requirements, suite_complete=not reasons, waivers_hold=all(each.state.holds for each in weighed)
        ),
        complete=not reasons,
        incomplete_reasons=reasons,
        requirements=requirements,
        scenarios=scenarios,
        remarks=tuple(remarks),
        waivers=weighed,
        attestations=attestations,
    )


def _waived(
    requirements: Iterable[RequirementResult], waivers: Iterable[Waiver], started: datetime, not_run: Collection[str]
) -> tuple[tuple[RequirementResult, ...], tuple[WaiverResult, ...]]:
    """The requirements when the waivers are counted, and what came of each waiver."""
    by_id, weighed = {each.id: each for each in requirements}, []
    for waiver in waivers:
        judged = by_id[waiver.requirement]
        left_out = judged.id in not_run
        found = weigh(waiver, judged.outcome, judged.reason, on=day_in_norway(started), left_out=left_out)
        if found.state is WaiverState.USED:
            by_id[judged.id] = replace(judged, outcome=Outcome.WAIVED, reason=reason_with(found))
        weighed.append(found)
    return tuple(by_id.values()), tuple(weighed)


def _refuse_unknown(catalogue: Catalogue, scenario: ScenarioResult) -> None:
    unknown = [requirement for requirement in scenario.requirements if requirement not in catalogue]
    if unknown:
        names = ", ".join(f"«{name}»" for name in unknown)
        raise UsageProblem(
            f"{_named(scenario)} viser til krav som ikke finnes: {names}.",
            "Rett taggen @krav-… i scenarioet, eller føy kravet til i krav.toml.",
        )


def _proves_nothing(scenario: ScenarioResult) -> str:
    return f"{_named(scenario)} viser ikke til noe krav."


def _named(scenario: ScenarioResult) -> str:
    return f"Scenarioet «{scenario.name}» ({scenario.feature}:{scenario.line})"


def _judge_one(
    requirement: Requirement,
    scenarios: Sequence[ScenarioResult],
    edition: str,
    *,
    left_out: bool,
    unused: str,
    attested: Attestation | None,
) -> RequirementResult:
    unseen = [Outcome.UNVERIFIED] if left_out or _only_for_the_rule(scenarios) else []
    outcome = combine([*(scenario.outcome for scenario in scenarios), *unseen])
    reason = "\n\n".join(dict.fromkeys(s.reason for s in scenarios if s.outcome is outcome and s.reason))
    if _only_for_the_rule(scenarios):
        reason = "\n\n".join(dict.fromkeys(s.reason for s in scenarios if s.reason)) + f" {_STILL_APPLIES}"
    if left_out and outcome is Outcome.UNVERIFIED:
        reason = "\n\n".join(filter(None, [reason, _LEFT_OUT]))
    elif not scenarios:
        reason = _NO_SCENARIO[requirement.verified_by]
        if not requirement.applies_to(edition):
            outcome, reason = Outcome.NOT_APPLICABLE, f"Kravet gjelder ikke utgave {edition} av kontrakten."
        elif unused and not left_out:
            outcome, reason = Outcome.NOT_APPLICABLE, unused
    if attested is not None:
        attestable = outcome is Outcome.UNVERIFIED and not left_out and for_a_person(requirement, scenarios)
        absent = requirement.verified_by == "attended"
        outcome, reason = counted(attested, outcome, reason, attestable=attestable, may_be_absent=absent)
    return RequirementResult(
        id=requirement.id,
        title=requirement.title,
        chapter=requirement.chapter,
        source=requirement.source,
        mandatory=requirement.mandatory,
        judges=requirement.judges,
        outcome=outcome,
        reason=reason,
        scenarios=tuple(scenario.id for scenario in scenarios),
    )


def for_a_person(requirement: Requirement, scenarios: Sequence[ScenarioResult]) -> bool:
    """Whether a tester may decide what the scenarios of a requirement left open: it is theirs by the catalogue, or
    nothing but a person could see what the machine could not."""
    if requirement.verified_by == "attended" and not scenarios:
        return True
    left = [each for each in scenarios if each.outcome is Outcome.UNVERIFIED]
    return bool(left) and all(each.by_person for each in left)


def _only_for_the_rule(scenarios: Sequence[ScenarioResult]) -> bool:
    """Whether nothing was shown because each scenario needs a rule that the integration does not order with: that it
    orders with others does not make the requirement any less applicable."""
    left = [each for each in scenarios if each.outcome is Outcome.NOT_APPLICABLE]
    return bool(left) and len(left) == len(scenarios) and any(each.reason.startswith(RULE_NOT_USED) for each in left)


def explain(result: RunResult) -> str:
    """What the conclusion means, in a few Norwegian sentences."""
    return " ".join(_meaning(result))


def _meaning(result: RunResult) -> Iterator[str]:
    mandatory = [requirement for requirement in result.requirements if requirement.mandatory]
    broken = [requirement.id for requirement in mandatory if requirement.outcome is Outcome.FAILED]
    extra = [r.id for r in result.requirements if r.outcome is Outcome.FAILED and not r.mandatory]
    undecided = [requirement for requirement in mandatory if requirement.outcome in UNDECIDED]
    waived = [requirement.id for requirement in mandatory if requirement.outcome is Outcome.WAIVED]
    match result.conclusion:
        case Conclusion.APPROVED if waived:
            yield "Alle obligatoriske krav som er aktuelle, er oppfylt eller har dispensasjon."
        case Conclusion.APPROVED:
            yield "Alle obligatoriske krav som er aktuelle, er oppfylt."
        case Conclusion.REJECTED:
            if broken:
                yield f"Obligatoriske krav er brutt: {listed(broken)}."
            yield from _waivers_that_fail(result)
        case Conclusion.INCOMPLETE if undecided:
            yield f"Kjøringen gir ikke svar: {len(undecided)} av {len(mandatory)} obligatoriske krav er ikke avgjort."
        case Conclusion.INCOMPLETE if result.complete:
            yield "Kjøringen gir ikke svar: ingen obligatoriske krav er vist oppfylt."
        case Conclusion.INCOMPLETE:
            yield "Kjøringen gir ikke svar: den er ikke fullstendig."
    if waived:
        yield f"Obligatoriske krav med dispensasjon: {listed(waived)}."
    if extra:
        yield f"Tilleggskrav som ikke er oppfylt: {listed(extra)}."
    if not result.run.formal:
        yield "En prøvekjøring viser hvor dere står, men gjelder ikke som verifikasjon."


def _waivers_that_fail(result: RunResult) -> Iterator[str]:
    expired = [each.requirement for each in result.waivers if each.state is WaiverState.EXPIRED]
    unused = [each.requirement for each in result.waivers if each.state is WaiverState.UNUSED]
    if expired:
        yield f"Dispensasjoner som er utløpt: {listed(expired)}."
    if unused:
        yield f"Dispensasjoner som ikke trengs, og må tas bort: {listed(unused)}."


def to_be_answered(scenarios: Iterable[ScenarioResult]) -> dict[str, int]:
    """The forms that a tester may answer as the patient, each as it is told, and how many scenarios it decides."""
    reasons = (each.reason for each in scenarios if each.by_person and each.reason.startswith(TO_BE_ANSWERED))
    return dict(Counter(reason.removeprefix(TO_BE_ANSWERED).removesuffix(THEN_TAKE_UP).strip() for reason in reasons))


def listed(names: Sequence[str]) -> str:
    """The names in a row, the first eight of them when there are many."""
    shown, more = names[:_LISTED_AT_MOST], len(names) - _LISTED_AT_MOST
    return ", ".join(shown) + (f" og {more} til" if more > 0 else "")


_LISTED_AT_MOST = 8
