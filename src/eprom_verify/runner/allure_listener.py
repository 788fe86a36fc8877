"""allure-pytest's listener without what a reader of a verification has no use for."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import allure_commons
import allure_pytest.plugin
import pytest
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Parameter, StatusDetails
from allure_commons.utils import md5
from allure_pytest.listener import AllureListener
from attr import asdict

from eprom_verify.masking import Mask
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
            # Else the rows of an outline are one, listed by the name of one row with the outcome of another.
            result.testCaseId = md5(run.id)
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


class MaskedLogger(AllureFileLogger):
    """Masks all that it writes: what an exception says, and what a step has printed, has been masked by nobody.

    `mask` gives the mask of the run, None before there is one.
    """

    def __init__(self, mask: Callable[[], Mask | None], report_dir: str, clean: bool) -> None:
        super().__init__(report_dir, clean)  # type: ignore[no-untyped-call]  # as above
        self._mask = mask

    def _report_item(self, item: Any) -> None:
        document = asdict(item, filter=lambda _, value: value or value is False)
        mask = self._mask()
        text = json.dumps(mask.values(document) if mask else document, ensure_ascii=False)
        self._write(item.file_pattern.format(prefix=uuid4()), text.encode("utf-8", "replace"))

    @allure_commons.hookimpl
    def report_attached_data(self, body: str | bytes, file_name: str) -> None:
        """Write an attachment."""
        content = body.encode("utf-8", "replace") if isinstance(body, str) else body
        mask = self._mask()
        self._write(file_name, mask.body(content) if mask else content)

    def _write(self, name: str, content: bytes) -> None:
        beside = self._report_dir / f"{name}.tmp"
        beside.write_bytes(content)
        beside.replace(self._report_dir / name)


@contextmanager
def lean_allure(mask: Callable[[], Mask | None]) -> Iterator[None]:
    """Let allure-pytest use the lean listener, and mask what it writes.

    It makes its own in its configuration, and has no option for it.
    """
    plugin = allure_pytest.plugin
    usual = plugin.AllureListener, plugin.AllureFileLogger
    plugin.AllureListener, plugin.AllureFileLogger = LeanListener, partial(MaskedLogger, mask)
    try:
        yield
    finally:
        plugin.AllureListener, plugin.AllureFileLogger = usual
