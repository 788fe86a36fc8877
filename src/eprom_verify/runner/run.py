"""One whole run: opens the rig, lets pytest run the features, judges, and writes what the run leaves."""

from __future__ import annotations

import os
import platform
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rich.console import Console

from eprom_verify.clock import Clock, system_clock
from eprom_verify.config import Config
from eprom_verify.contract import Severity
from eprom_verify.errors import EpromVerifyError, UsageProblem
from eprom_verify.journal.journal import Journal
from eprom_verify.locations import features_dir, suite_root
from eprom_verify.report.junit import write_junit
from eprom_verify.report.terminal import Progress
from eprom_verify.rig import Faults, Rig, open_rig
from eprom_verify.runner.allure_listener import lean_allure
from eprom_verify.runner.evidence import write_environment, write_undecided
from eprom_verify.runner.folders import ALLURE_RESULTS, new_run_folder, point_latest
from eprom_verify.runner.guard import check_suite
from eprom_verify.runner.outcomes import ScenarioLog
from eprom_verify.runner.scenarios import LAST, OPEN_RIG, ScenarioRun, scenario_of
from eprom_verify.runner.seal import suite_digest, tool_digest
from eprom_verify.runner.step_index import indexed_steps
from eprom_verify.runner.written import REMEDY
from eprom_verify.verdict import Catalogue, RunInfo, RunResult, judge, load_catalogue, write_result
from eprom_verify.verdict import Rig as RigNames

_QUIET = ["-p", "no:cacheprovider", "-p", "no:junitxml", "-p", "no:pastebin", "-q", "--no-header", "--no-summary"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says of a run, besides the configuration.

    `select` is text to find in the scenarios; a run that leaves any out can never be approved. `random_order` is a seed
    for the order of the scenarios; without `allure` there is nothing to make report.html of.
    """

    reports: Path
    select: str = ""
    random_order: int | None = None
    allure: bool = True
    faults: Faults = field(default_factory=Faults)


@dataclass(frozen=True)
class Finished:
    """A run that has come to its end, and where it left what it made."""

    result: RunResult
    folder: Path


def run_suite(config: Config, options: Options, console: Console, *, clock: Clock = system_clock) -> Finished:
    """Run every feature and write result.json, junit.xml, allure-results and the journal.

    Raises:
        UsageProblem: the run could not begin: wrong configuration, or a suite that is not whole.
    """
    started = clock()
    seed = config.seed if config.seed is not None else secrets.randbelow(2**31)
    catalogue = load_catalogue(features_dir() / "krav.toml")
    folder = new_run_folder(options.reports, started)
    plugin = RunPlugin(config, options, folder, seed, catalogue, console, clock)
    try:
        code = _pytest(plugin, folder, options)
    finally:
        # Before the journal is sealed: what is cut off while the ends close is noted too.
        plugin.close()
    if plugin.problem is not None:
        # A run that never began leaves nothing behind; one that did keeps what it has.
        if not plugin.began:
            shutil.rmtree(folder, ignore_errors=True)
        raise plugin.problem
    run = RunInfo(
        id=folder.name,
        started=started,
        finished=clock(),
        rig=RigNames(plugin.driver_name, plugin.eprom_name),
        edition=config.edition,
        formal=False,
        seed=seed,
        versions=plugin.versions,
        profile={"fault": options.faults.name} if options.faults.name else {},
        journal_last_digest=plugin.last_digest,
    )
    reasons = plugin.incomplete_reasons(code)
    result = judge(
        catalogue,
        plugin.log.results,
        run,
        incomplete_reasons=reasons,
        remarks=plugin.remarks,
        not_run=plugin.not_run,
    )
    write_result(result, folder / "result.json")
    write_junit(result, folder / "junit.xml")
    if options.allure:
        write_environment(result, folder / ALLURE_RESULTS)
        write_undecided(result, folder / ALLURE_RESULTS)
    point_latest(folder)
    return Finished(result, folder)


def _pytest(plugin: RunPlugin, folder: Path, options: Options) -> int:
    arguments = [
        *_QUIET,
        "-c",
        str(Path(__file__).with_name("pytest.ini")),
        f"--rootdir={suite_root()}",
        f"--confcutdir={suite_root()}",
        "--import-mode=importlib",
        "--assert=plain",
        "--capture=sys",
        "-p",
        "pytest_bdd.plugin",
        str(features_dir()),
    ]
    if options.allure:
        arguments += ["-p", "allure_pytest.plugin", f"--alluredir={folder / ALLURE_RESULTS}"]
    # Plugins that happen to be installed beside us, and settings meant for other projects, have no say in a verdict.
    kept = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        with lean_allure(), indexed_steps():
            return int(pytest.main(arguments, plugins=[plugin]))
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})


class RunPlugin:
    """The runner's side of pytest: opens the rig, follows the scenarios, and shows how far the run has come."""

    def __init__(
        self,
        config: Config,
        options: Options,
        folder: Path,
        seed: int,
        catalogue: Catalogue,
        console: Console,
        clock: Clock,
    ) -> None:
        self._config = config
        self._options = options
        self._folder = folder
        self._seed = seed
        self._catalogue = catalogue
        self._console = console
        self._clock = clock
        self._stack = ExitStack()
        self._rig: Rig | None = None
        self._progress: Progress | None = None
        self._written: list[ScenarioRun] = []
        self._deselected = 0
        self._collected = 0
        self._interrupted = False
        self._refused = ""
        # As they are when the run begins: these are the files that it reads.
        self.versions = {
            "tool": version("eprom-verify"),
            "python": platform.python_version(),
            "tool_digest": tool_digest(),
            "suite_digest": suite_digest(suite_root()),
        }
        self.log = ScenarioLog(catalogue)
        self.problem: EpromVerifyError | None = None

    @property
    def began(self) -> bool:
        """Whether both ends stood, so that something may have passed between them."""
        return self._rig is not None

    @property
    def driver_name(self) -> str:
        """What stands at the one end."""
        return self._rig.driver.name if self._rig else ""

    @property
    def eprom_name(self) -> str:
        """What stands at the other end."""
        return self._config.api_base

    @property
    def _journal(self) -> Journal | None:
        return self._rig.journal if self._rig else None

    @property
    def last_digest(self) -> str:
        """The journal's last hash, which seals it."""
        return self._journal.last_digest if self._journal else "0" * 64

    @property
    def remarks(self) -> list[str]:
        """What the contract check found worth a remark, and the calls that it does not know, each kind once."""
        if self._journal is None:
            return list(self._config.remarks)
        found: Counter[str] = Counter()
        exchanges = self._journal.exchanges()
        for each in exchanges:
            findings = each.request.findings + (each.response.findings if each.response else ())
            found.update(f"{f.message} ({f.source})" for f in findings if f.severity is Severity.REMARK)
        strange = Counter(f"{each.method} {urlsplit(each.url).path}" for each in exchanges if not each.operation)
        listed = [f"{what} er ikke et kall i kontrakten, og er ikke dømt." for what in strange]
        found.update(dict(zip(listed, strange.values(), strict=True)))
        told = (f"{text} {'Én gang' if count == 1 else f'{count} ganger'}." for text, count in found.most_common())
        return [*self._config.remarks, *told]

    @property
    def not_run(self) -> set[str]:
        """The requirements of scenarios that were collected but have no result."""
        decided = {each.id for each in self.log.results}
        return {krav for run in self._written if run.id not in decided for krav in run.requirements}

    def incomplete_reasons(self, code: int) -> list[str]:
        """Why the suite was not run whole; empty when it was."""
        reasons = []
        if self._options.faults.name:
            reasons.append(f"Kjøringen har en innlagt feil: {self._options.faults.name}.")
        if self._deselected:
            reasons.append(f"{self._deselected} scenarier ble valgt bort.")
        missing = self._collected - len(self.log.results)
        if missing or self._interrupted:
            reasons.append(f"Kjøringen ble avbrutt: {missing} scenarier ble ikke kjørt.")
        if code not in (0, 1, 2, 5) or (code == 2 and not self._interrupted):
            why = f": en fil kan ikke skrives eller leses ({self._refused})" if self._refused else f" (kode {code})"
            reasons.append(f"pytest stanset uventet{why}.")
        if not self.log.results:
            reasons.append("Ingen scenarier ble kjørt.")
        return reasons

    def close(self) -> None:
        """Stop the rig."""
        self._stack.close()

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take over what pytest would have printed."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)
        config.stash[OPEN_RIG] = self._opened

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Refuse a suite that is not whole, before anything is left out by choice."""
        collected = [(item, run) for item in items if (run := scenario_of(item)) is not None]
        self._written = [run for _, run in collected]
        try:
            if self.problem is None:
                check_suite(features_dir(), collected, self._catalogue)
        except EpromVerifyError as exc:
            self.problem = exc
        if self.problem is not None:
            items.clear()
        yield
        items.sort(key=self._place)
        if self._options.select:
            items[:] = [item for item in items if (run := scenario_of(item)) and run.matches(self._options.select)]
            if not items and self.problem is None:
                self.problem = UsageProblem(
                    f"Ingen scenarier passer til «{self._options.select}».",
                    "-k tar en tekst fra en tittel (scenario, regel eller egenskap), eller id-en til et krav.",
                )
            self._deselected = len(collected) - len(items)
        if self._options.random_order is not None:
            _shuffle(items, self._options.random_order)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A feature file that cannot be collected ends the run."""
        if report.failed and self.problem is None:
            lines = report.longreprtext.strip().splitlines() or ["ukjent grunn"]
            self.problem = UsageProblem(f"Testsamlingen kan ikke leses: {lines[-1].removeprefix('E').strip()}.", REMEDY)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Open the rig and begin to show progress."""
        runs = [run for item in session.items if (run := scenario_of(item)) is not None]
        self._collected = len(runs)
        if self.problem is not None or not runs:
            return
        try:
            rig = open_rig(self._config, self._folder, seed=self._seed, faults=self._options.faults, clock=self._clock)
            self._rig = self._stack.enter_context(rig)
        except EpromVerifyError as exc:
            self.problem = exc
            session.items.clear()
            self._collected = 0
            return
        fault = f" · innlagt feil: {self._options.faults.name}" if self._options.faults.name else ""
        counted = "1 scenario" if self._collected == 1 else f"{self._collected} scenarier"
        self._console.print(f"{counted} · frø {self._seed} · utgave {self._config.edition}{fault}")
        self._tell_environment()
        counts = Counter(self.log.chapter(run) for run in sorted(runs, key=self._chapter_number))
        self._progress = Progress(self._console, dict(counts))
        self._stack.enter_context(self._progress)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Follow each scenario."""
        report = yield
        run = scenario_of(item)
        if run is not None:
            result = self.log.phase(run, report, call.excinfo.value if call.excinfo else None)
            if result is not None and self._progress is not None:
                self._progress.scenario_done(result.chapter, result.outcome, result.duration_s)
        return report

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool | None:
        """What the machine refuses (a full disk) is told of in the result; a bug of ours keeps its stack trace."""
        error: BaseException = excinfo.value
        while (earlier := error.__cause__ or error.__context__) is not None:
            error = earlier
        if not isinstance(error, OSError):
            return None
        self._refused = error.strerror or type(error).__name__
        return True

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that a person stopped the run."""
        self._interrupted = True

    def _place(self, item: pytest.Item) -> tuple[bool, int]:
        """Chapters go in the catalogue's order, and what looks at the whole run after all of them."""
        run = scenario_of(item)
        return (LAST in run.tags, self._chapter_number(run)) if run is not None else (False, 0)

    def _chapter_number(self, run: ScenarioRun) -> int:
        chapters = list(dict.fromkeys(each.chapter for each in self._catalogue.values()))
        chapter = self.log.chapter(run)
        return chapters.index(chapter) if chapter in chapters else len(chapters)

    def _tell_environment(self) -> None:
        """Where the run goes, and where a tester fills in forms."""
        known = self._config.known_environment
        if known is not None:
            places = f"skjemautfyller {self._config.form_filler} · Helsenorge {known.helsenorge}"
            text = f"Miljø {known.name} (nås fra {known.reach}): {self._config.api_base} · {places}"
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)
        for remark in self._config.remarks:
            self._console.print(remark, highlight=False, markup=False, soft_wrap=True)

    def _opened(self) -> Rig:
        assert self._rig is not None
        return self._rig


def _shuffle(items: list[pytest.Item], seed: int) -> None:
    """Another order, but for those that must come last."""
    last = [item for item in items if (run := scenario_of(item)) is not None and LAST in run.tags]
    others = [item for item in items if item not in last]
    random.Random(seed).shuffle(others)  # noqa: S311 - an order, not a secret
    items[:] = others + last
