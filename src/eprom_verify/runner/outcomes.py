"""Turns what pytest tells of a scenario into its outcome and the reason for it."""

from __future__ import annotations

import pytest

from eprom_verify.errors import ContractBroken, EpromVerifyError, NetworkProblem
from eprom_verify.runner.scenarios import ScenarioRun
from eprom_verify.verdict import Catalogue, Outcome, ScenarioResult


class ScenarioLog:
    """Follows the phases of each scenario; a failure in any of them decides, whatever comes after."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._found: dict[str, tuple[Outcome, str]] = {}
        self._seconds: dict[str, float] = {}

    def chapter(self, run: ScenarioRun) -> str:
        """The chapter of the guide that a scenario belongs to."""
        known = [self._catalogue[each].chapter for each in run.requirements if each in self._catalogue]
        return known[0] if known else run.feature_name

    def phase(self, run: ScenarioRun, report: pytest.TestReport, error: BaseException | None) -> ScenarioResult | None:
        """Take in one phase; gives the result when it was the last."""
        self._seconds[run.id] = self._seconds.get(run.id, 0.0) + report.duration
        run.stopped_by_network |= isinstance(error, NetworkProblem)
        found = self._judge(run, report, error)
        if found is not None and (run.id not in self._found or found[0] is Outcome.ERROR):
            self._found[run.id] = found
        if report.when != "teardown":
            return None
        outcome, reason = self._found.pop(run.id, (Outcome.ERROR, "Scenariet ble ikke kjørt."))
        return ScenarioResult(
            id=run.id,
            name=run.name,
            feature=run.feature,
            line=run.template.line_number,
            chapter=self.chapter(run),
            tags=run.tags,
            requirements=run.requirements,
            outcome=outcome,
            reason=reason,
            duration_s=round(self._seconds.pop(run.id), 6),
            exchanges=tuple(run.exchanges),
            gherkin_line=None if outcome is Outcome.PASSED else run.step,
            broken_by=run.broken_by if outcome is Outcome.FAILED else None,
            shown_by=run.shown_by if outcome is Outcome.FAILED else (),
            by_person=run.by_person and outcome is Outcome.UNVERIFIED,
            stopped_by_network=run.stopped_by_network and outcome is Outcome.ERROR,
        )

    @staticmethod
    def _judge(run: ScenarioRun, report: pytest.TestReport, error: BaseException | None) -> tuple[Outcome, str] | None:
        if report.passed:
            return (Outcome.PASSED, "") if report.when == "call" else None
        if run.undecided is not None and report.skipped:
            return run.undecided
        if isinstance(error, ContractBroken) and report.when == "call":
            return Outcome.FAILED, str(error)
        # Everything else is ours: a bug in a step must never look like a fault of the integration.
        if isinstance(error, EpromVerifyError):
            return Outcome.ERROR, str(error)
        return Outcome.ERROR, f"Feil i verktøyet: {type(error).__name__}: {error}"
