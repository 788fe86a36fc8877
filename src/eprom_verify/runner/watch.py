"""Follows a run from the process that leads it: takes in the results, and shows how far the run has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack

import pytest
from rich.console import Console

from eprom_verify.errors import HarnessProblem
from eprom_verify.report.terminal import Progress
from eprom_verify.runner.stage import RESULT, Collected
from eprom_verify.verdict import Outcome, ScenarioResult, scenario_from_json


class Watch:
    """The hooks of the process that a person sees, whether it runs the scenarios itself or has workers for it.

    `about` is what the first line tells of the run besides the number of scenarios, `notes` are lines below it. `keep`
    writes a result down, given with the name of the process that it is of, and gives it as it was written; `decided`
    are those of a run that is taken up again.
    """

    def __init__(
        self,
        console: Console,
        about: str,
        *,
        notes: Sequence[str] = (),
        keep: Callable[[str, str], str] = lambda text, part: text,
        decided: Mapping[str, ScenarioResult] | None = None,
    ) -> None:
        self._console = console
        self._about = about
        self._notes = notes
        self._refused = ""
        self._stack = ExitStack()
        self._progress: Progress | None = None
        self._keep = keep
        self._decided = dict(decided or {})
        self._results: dict[str, ScenarioResult] = dict(self._decided)
        self._interrupted = False
        self.collected = Collected(driver="", written={}, chosen={})

    @property
    def results(self) -> list[ScenarioResult]:
        """What the scenarios came to, in the order in which they stand in the run."""
        order = {scenario: place for place, scenario in enumerate(self.collected.written)}
        return sorted(self._results.values(), key=lambda each: order.get(each.id, len(order)))

    @property
    def not_run(self) -> set[str]:
        """The requirements of scenarios that were collected but have no result."""
        left_out = self.collected.written.keys() - self._results.keys()
        return {requirement for scenario in left_out for requirement in self.collected.written[scenario]}

    def begin(self, collected: Collected) -> None:
        """Show what is to be run, and from now on how far it has come."""
        self.collected = collected
        count = len(collected.chosen)
        kept = f" · {len(self._decided)} avgjort fra før" if self._decided else ""
        self._console.print(f"{'1 scenario' if count == 1 else f'{count} scenarier'}{kept} · {self._about}")
        for note in self._notes:
            self._console.print(note, highlight=False, markup=False, soft_wrap=True)
        chapters = Counter(chapter for _, chapter in collected.chosen.values())
        self._progress = self._stack.enter_context(Progress(self._console, dict(chapters)))

    def waits(self, count: int) -> None:
        """Tell that nothing is left to do but to wait for ePROM or a tester, and how to leave it."""
        scenarios = "1 scenario venter" if count == 1 else f"{count} scenarier venter"
        self._console.print(
            f"Alt er bestilt. {scenarios} på ePROM eller en tester; eprom-verify status i et annet vindu viser på hva, "
            "og til når. Ctrl-C stanser, og eprom-verify run --resume fortsetter uten å bestille på nytt.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    def incomplete_reasons(self, code: int, others: Iterable[str]) -> list[str]:
        """Why the suite was not run whole, given what pytest ended with and what else is known; empty when it was."""
        reasons = list(others)
        left_out = len(self.collected.written.keys() - self._decided.keys()) - len(self.collected.chosen)
        if left_out:
            reasons.append(f"{left_out} scenarier ble valgt bort.")
        stopped = sum(each.stopped_by_network for each in self._results.values())
        if stopped:
            count = "1 scenario" if stopped == 1 else f"{stopped} scenarier"
            reasons.append(f"Nettverket stanset {count}; eprom-verify run --resume kjører dem på nytt.")
        missing = len(self.collected.chosen) - len(self._results.keys() - self._decided.keys())
        if self._interrupted and not self.collected.written:
            reasons.append("Kjøringen ble avbrutt før scenariene var lest.")
        elif self._interrupted and not missing:
            waiting = sum(each.outcome is Outcome.WAITING for each in self._results.values())
            reasons.append(f"Kjøringen ble avbrutt mens {waiting} scenarier ventet på ePROM.")
        elif missing:
            reasons.append(f"Kjøringen ble avbrutt: {missing} scenarier ble ikke kjørt.")
        if code not in (0, 1, 2, 5) or (code == 2 and not self._interrupted):
            why = f": en fil kan ikke skrives eller leses ({self._refused})" if self._refused else f" (kode {code})"
            reasons.append(f"pytest stanset uventet{why}.")
        if not self._results:
            reasons.append("Ingen scenarier ble kjørt.")
        return reasons

    def take_in(self, noted: Mapping[str, ScenarioResult]) -> None:
        """Take in what workers have noted in the journal, and could not report before the run was broken off."""
        self._results |= noted

    def close(self) -> None:
        """Show no more."""
        self._stack.close()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take over what pytest would have printed."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the result that the last report of a scenario carries."""
        part = report.node.gateway.id if hasattr(report, "node") else ""
        for text in (text for name, text in report.user_properties if name == RESULT):
            try:
                result = scenario_from_json(self._keep(str(text), part))
            except HarnessProblem:
                # What is not in the journal was never judged; why it is not there is told at the end.
                continue
            self._results[result.id] = result
            # One that is left waiting comes a second time.
            if self._progress is not None and result.outcome is not Outcome.WAITING:
                self._progress.scenario_done(result.chapter, result.outcome, result.duration_s)

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that a person stopped the run."""
        self._interrupted = True

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool | None:
        """What the machine refuses (a full disk) is told of in the result; a bug of ours keeps its stack trace."""
        error: BaseException = excinfo.value
        while (earlier := error.__cause__ or error.__context__) is not None:
            error = earlier
        if not isinstance(error, OSError):
            return None
        self._refused = error.strerror or type(error).__name__
        return True
