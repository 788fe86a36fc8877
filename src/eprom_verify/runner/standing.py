"""Where a run stands: what is decided, what waits for whom, and what a person must do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from eprom_verify.rig import NORWAY
from eprom_verify.runner.alone import is_in_use
from eprom_verify.runner.folders import JOURNAL
from eprom_verify.runner.record import Recorded, judge_recorded, read_record
from eprom_verify.verdict import Catalogue, Conclusion, Outcome, ScenarioResult, to_be_answered

_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a run stands: its scenarios that have come to a result, how many there are in all, what is open, whether a
    process is running it, and what it came to when it has come to its end."""

    folder: Path
    recorded: Recorded
    scenarios: int
    unanswered: tuple[str, ...]
    going: bool
    conclusion: Conclusion | None

    @property
    def waiting(self) -> list[ScenarioResult]:
        """The scenarios that wait for a message."""
        return [each for each in self.recorded.scenarios.values() if each.outcome is Outcome.WAITING]

    @property
    def open(self) -> int:
        """How many scenarios have not come to a result."""
        return self.scenarios - len(self.recorded.scenarios)


def standing(folder: Path, catalogue: Catalogue, scenarios: int) -> Standing:
    """Where the run in this folder stands; `scenarios` are how many a whole run has.

    Raises:
        UsageProblem: there is no run there that this version can read.
    """
    recorded = read_record(folder / JOURNAL)
    answered = {each.requirement for each in recorded.attestations}
    open_points = tuple(
        each.id for each in catalogue.values() if each.verified_by == "attended" and each.id not in answered
    )
    return Standing(
        folder=folder,
        recorded=recorded,
        scenarios=scenarios,
        unanswered=open_points,
        going=is_in_use(folder),
        conclusion=judge_recorded(recorded, catalogue, []).conclusion if recorded.ending is not None else None,
    )


def as_lines(now: Standing) -> Iterator[str]:
    """What a person is told of it."""
    recorded = now.recorded
    counted = Counter(each.outcome for each in recorded.scenarios.values())
    told = ", ".join(f"{count} {outcome.norwegian.lower()}" for outcome, count in counted.items())
    yield f"Kjøring {now.folder.name}" + (f", begynt {_local(recorded.began)}" if recorded.began else "")
    for at in recorded.resumed:
        yield f"  tatt opp igjen {_local(at)}"
    yield f"Scenarier: {len(recorded.scenarios)} av {now.scenarios} har et utfall" + (f" ({told})" if told else "")
    if recorded.ending is None:
        yield "Kjøringen går nå." if now.going else "Kjøringen er ikke fullført: den ble stanset, og går ikke nå."
    elif now.conclusion is not None:
        yield f"Konklusjon: {now.conclusion.norwegian}"
    for reason in recorded.ending.incomplete_reasons if recorded.ending else ():
        yield f"  {reason}"
    yield from _waiting(now.waiting)
    yield from _forms(now)
    yield ""
    yield from _next(now)


def _waiting(waiting: list[ScenarioResult]) -> Iterator[str]:
    if waiting:
        yield f"Venter ({len(waiting)}):"
    for each in waiting[:_LISTED]:
        yield f"  {each.name}"
        yield f"    {each.reason}"
    if len(waiting) > _LISTED:
        yield f"  … og {len(waiting) - _LISTED} til"


def _forms(now: Standing) -> Iterator[str]:
    forms = to_be_answered(now.recorded.scenarios.values())
    if forms:
        yield "Disse skjemaene kan en tester svare på som pasienten, ett av hvert slag:"
    for form, count in forms.items():
        yield f"  {form}: {'1 scenario' if count == 1 else f'{count} scenarier'}"


def _next(now: Standing) -> Iterator[str]:
    undecided = now.open or any(
        each.outcome in (Outcome.WAITING, Outcome.ERROR) for each in now.recorded.scenarios.values()
    )
    if now.going:
        yield "Du: la kjøringen gå. Stopper den, tar eprom-verify run --resume den opp igjen."
    elif now.recorded.ending is None or undecided:
        yield "Du: ta opp igjen kjøringen med eprom-verify run --resume."
    if now.waiting:
        yield "ePROM: sende det som ventes. Det som kommer mens ingen kjøring går, trenger eprom-verify listen."
    if to_be_answered(now.recorded.scenarios.values()) and not now.going:
        yield "En tester: svare på skjemaene mens eprom-verify listen tar imot, og så ta opp igjen kjøringen."
    if now.unanswered:
        yield f"En tester: svare på {', '.join(now.unanswered)} med eprom-verify attest, når kjøringen er fullført."
    if now.recorded.ending is not None and not undecided and not now.unanswered and not now.going:
        yield "Du: pakke kjøringen med eprom-verify package."


def _local(moment: datetime) -> str:
    return moment.astimezone(NORWAY).strftime("%d.%m.%Y kl. %H.%M")
