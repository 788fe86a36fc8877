"""allure-pytest's listener without what a reader of a verification has no use for."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import allure_pytest.plugin
import pytest
from allure_commons.model2 import Parameter, StatusDetails
from allure_pytest.listener import AllureListener

from eprom_verify.runner.evidence import place
from eprom_verify.runner.scenarios import ScenarioRun, scenario_of


class LeanListener(AllureListener):  # type: ignore[misc]  # allure-pytest is untyped
    """Leaves out pytest's fixtures (half of what Allure costs, too), and names scenarios as their authors did."""

    pytest_fixture_setup = None
    pytest_fixture_post_finalizer = None

    def _update_fixtures_children(self, item: pytest.Item) -> None:
        """There are no fixtures to tell of."""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Put the scenario's own title and row where the set-up has put the function's name and docstring."""
        run = scenario_of(item)
        result = self.allure_logger.get_test(self._cache.get(item.nodeid))
        if run is not None and result is not None:
            result.name = run.name
            result.description = description(run)
            result.fullName = run.id
            result.parameters = [Parameter(name=name, value=value) for name, value in run.row.items()]
        yield from super().pytest_runtest_call(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Say why in the words of the verdict; a Python traceback is for our own errors alone."""
        run = scenario_of(item)
        result = self.allure_logger.get_test(self._cache.get(item.nodeid))
        if run is not None and result is not None and run.exchanges:
            # As the protocol has them, so that they can be searched for. They say nothing of which scenario it is.
            ids = ", ".join(run.exchanges)
            result.parameters.append(Parameter(name="Meldinger i journalen", value=ids, excluded=True))
        if run is not None and result is not None and result.statusDetails is not None:
            reason = run.undecided[1] if run.undecided else run.broken
            if reason:
                where = f"{run.feature}:{run.step.line}: {run.step.sentence}" if run.step else run.feature
                result.statusDetails = StatusDetails(message=reason, trace=where)
        yield from super().pytest_runtest_teardown(item)


def description(run: ScenarioRun) -> str:
    """Where the scenario stands, and what its feature says of itself."""
    text = " ".join(str(run.template.feature.description or "").split())
    return f"{text}\n\n{place(run.feature, run.template.line_number)}".strip()


@contextmanager
def lean_allure() -> Iterator[None]:
    """Let allure-pytest use the lean listener: it makes its own in its configuration, and has no option for it."""
    usual = allure_pytest.plugin.AllureListener
    allure_pytest.plugin.AllureListener = LeanListener
    try:
        yield
    finally:
        allure_pytest.plugin.AllureListener = usual
