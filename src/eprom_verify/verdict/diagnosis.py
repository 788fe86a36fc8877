"""What failures are like: likely causes among the named faults, by the requirements that failed together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from eprom_verify.verdict.faults import Cause, Fault
from eprom_verify.verdict.outcomes import Outcome
from eprom_verify.verdict.requirements import End
from eprom_verify.verdict.result import RequirementResult, RunResult, ScenarioResult

MOST_CAUSES = 3
"""How many likely causes a requirement is given."""

LIKE = "Ligner på: "
"""What the first line of a likely cause begins with."""

ENDS: tuple[End, ...] = ("bestillersystem", "eprom")
REPORT_TO_HEMIT = (
    "Meld fra til Hemit, og legg ved journalen (journal.sqlite) og id-en til meldingen. Se først etter at testpersonen "
    "og skjemaet er slik scenariet sier."
)
"""What an integrator can do about a failure of ePROM."""

_FITS = 0.6
_EXACT = 0.99
_EXPLAINS = 0.15
_AS_GOOD = 0.9
_MOST_FAULTS = 12
_UNDECIDED_WEIGHT = 0.5


@dataclass(frozen=True)
class Likely:
    """A fault that failures are like, and how much of what it would make fail has failed, from 0 to 1."""

    fault: Fault
    likeness: float


def likely_faults(
    failed: Collection[str], faults: Iterable[Fault], *, undecided: Collection[str] = ()
) -> list[list[Likely]]:
    """The faults that together are most like these failures; several may be at work at once.

    Greedy: the fault that foretells most of what has failed, and least of what has not, comes first; then the one that
    foretells most of the rest. Each place holds the best fault and those nearly as good. What is `undecided` speaks
    half as much against a fault as what has passed. Empty when nothing fits.
    """
    wanted = frozenset(failed)
    fits = {each.name: Likely(each, _foretold(each, wanted, frozenset(undecided))) for each in faults}
    fits = {name: each for name, each in fits.items() if each.likeness >= _FITS}
    left, places = wanted, list[list[Likely]]()
    while left and len(places) < _MOST_FAULTS:
        scores = {name: score for name, each in fits.items() if (score := _score(each, left)) > 0}
        best = max(scores.values(), default=0.0)
        place = sorted((name for name in scores if scores[name] >= _AS_GOOD * best), key=lambda name: -scores[name])
        if not place:
            break
        places.append([fits[name] for name in place])
        left -= frozenset(places[-1][0].fault.kills)
    return places


def _foretold(fault: Fault, failed: frozenset[str], undecided: frozenset[str]) -> float:
    kills = frozenset(fault.kills)
    came, open_ = len(kills & failed), len(kills & undecided - failed)
    passed = len(kills) - came - open_
    return came / (came + passed + _UNDECIDED_WEIGHT * open_) if came else 0.0


def _score(likely: Likely, left: frozenset[str]) -> float:
    share = len(left.intersection(likely.fault.kills)) / len(left)
    # A fault that foretells too much, or that explains next to nothing of much, is a guess.
    return likely.likeness**2 * share if share >= _EXPLAINS or likely.likeness >= _EXACT else 0.0


def diagnosed(result: RunResult, faults: Iterable[Fault]) -> RunResult:
    """The result with likely causes for each requirement that failed, of the end that broke it."""
    known = _shown_by_run(result, faults)
    causes: dict[str, list[Cause]] = {}
    outcomes = {each.id: each.outcome for each in result.requirements}
    undecided = [name for name, outcome in outcomes.items() if outcome not in (Outcome.PASSED, Outcome.FAILED)]
    for end in ENDS:
        failed = _failed(result, end, outcomes)
        places = likely_faults(failed, [each for each in known if each.end == end], undecided=undecided)
        speaks = {each.id: _spoken_of(each.reason) for each in result.requirements if each.id in failed}
        places = [_ordered(place, speaks) for place in places]
        for name in failed:
            causes.setdefault(name, []).extend(_causes(name, places))
    requirements = (replace(each, causes=tuple(causes.get(each.id, ()))) for each in result.requirements)
    return replace(result, requirements=tuple(requirements))


def _shown_by_run(result: RunResult, faults: Iterable[Fault]) -> list[Fault]:
    """The faults that can show in this edition, by what of their kills was run; those that lose least come first."""
    ran = {each.id for each in result.requirements if each.scenarios}
    shown = [
        (len(fault.kills) - len(kills), replace(fault, kills=kills))
        for fault in faults
        if fault.edition in (Fault.edition, result.run.edition)
        and (kills := tuple(kill for kill in fault.kills if kill in ran))
    ]
    return [fault for _, fault in sorted(shown, key=lambda each: each[0])]


def _failed(result: RunResult, end: End, outcomes: Mapping[str, Outcome]) -> list[str]:
    """The requirements that failed because of this end."""
    broken = [each for each in result.scenarios if each.outcome is Outcome.FAILED and each.broken_by == end]
    names = dict.fromkeys(name for each in broken for name in each.requirements)
    return [name for name in names if outcomes.get(name) is Outcome.FAILED]


def _ordered(place: list[Likely], speaks: Mapping[str, set[str]]) -> list[Likely]:
    """The place, so that of faults with the same kills those come first that the reasons speak of."""
    kills = list(dict.fromkeys(frozenset(each.fault.kills) for each in place))

    def key(likely: Likely) -> tuple[int, int]:
        spoken_of = set[str]().union(*(speaks.get(name, ()) for name in likely.fault.kills))
        title, remedy = (len(spoken_of & _words(text)) for text in (likely.fault.title, likely.fault.remedy))
        return kills.index(frozenset(likely.fault.kills)), -(2 * title + remedy)

    return sorted(place, key=key)


def _spoken_of(reason: str) -> set[str]:
    """The words of where it was, and those of what was seen and what to try that tell more than what was expected."""
    said: dict[str, str] = {}
    for line in reason.splitlines():
        label, _, rest = line.partition(": ")
        said[label] = f"{said.get(label, '')} {rest}"
    where, seen, tip, expected = (_words(said.get(label, "")) for label in ("Hvor", "Fikk", "Prøv", "Forventet"))
    return where | ((seen | tip) - expected)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]{4,}", text)}


def _causes(requirement: str, places: Iterable[list[Likely]]) -> list[Cause]:
    """The faults of the first place that foretell this requirement."""
    for place in places:
        known = [each for each in place if requirement in each.fault.kills]
        if known:
            return [_cause(each) for each in known[:MOST_CAUSES]]
    return []


def _cause(likely: Likely) -> Cause:
    fault = likely.fault
    return Cause(
        fault=fault.name,
        end=fault.end,
        title=fault.title,
        remedy=fault.remedy or (REPORT_TO_HEMIT if fault.end == "eprom" else ""),
        likeness=round(likely.likeness, 2),
    )


def causes_of(scenario: ScenarioResult, requirements: Mapping[str, RequirementResult]) -> list[Cause]:
    """The likely causes of a scenario's failure: those of its requirements, of the end that broke it."""
    if scenario.outcome is not Outcome.FAILED:
        return []
    of = [cause for name in scenario.requirements if name in requirements for cause in requirements[name].causes]
    found = {cause.fault: cause for cause in of if scenario.broken_by in (None, cause.end)}
    return list(found.values())[:MOST_CAUSES]


def told_causes(causes: Iterable[Cause]) -> Iterator[str]:
    """What a failure is like, and what to change, in Norwegian; a line for each."""
    for cause in causes:
        yield f"{LIKE}{cause.title} ({cause.fault})"
        if cause.remedy:
            yield f"Endre: {cause.remedy}"
