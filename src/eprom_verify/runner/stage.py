"""Where scenarios are run: collects them whole, opens the rig, and says what each came to."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Generator, Set
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

import pytest

from eprom_verify.config import Config
from eprom_verify.errors import EpromVerifyError, UsageProblem
from eprom_verify.journal.journal import Journal
from eprom_verify.keys import KEY_VARIABLE, OPEN_KEY
from eprom_verify.locations import features_dir
from eprom_verify.rig import Rig
from eprom_verify.runner.ahead import run_ahead
from eprom_verify.runner.guard import check_suite
from eprom_verify.runner.others import of_others
from eprom_verify.runner.outage import Outage
from eprom_verify.runner.outcomes import ScenarioLog
from eprom_verify.runner.record import abandoned_of
from eprom_verify.runner.scenarios import LAST, OPEN_RIG, UNUSED, scenario_of
from eprom_verify.runner.written import REMEDY
from eprom_verify.verdict import Catalogue, Outcome, ScenarioResult, load_parts, scenario_to_json

RESULT = "eprom-verify result"
"""The name under which the last report of a scenario carries its result."""

MOST_WRONG_KEYS = 5
"""After so many calls with another key than the agreed one, and none with it, the fault is in the configuration."""


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What was found to run.

    `written` are the requirements of every scenario that was collected, by its id. `chosen` are those that are to be
    run, in their order: the scenario's id and chapter by pytest's own name of it.
    """

    driver: str
    written: dict[str, list[str]]
    chosen: dict[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which scenarios are run, and in what order; see `Options`. Those that are `decided` are not run again."""

    select: str
    random_order: int | None
    decided: frozenset[str] = frozenset()


class Stage:
    """The hooks of a process that runs scenarios: the runner's own, or a worker's.

    `open_rig` is called when the suite has been found whole, and `begun` when the rig stands; `waits` is told how many
    scenarios wait for ePROM, and left out by who runs them in an order of its own. `waiting` are their ids. Whoever
    makes a stage closes it.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        choice: Choice,
        open_rig: Callable[[], AbstractContextManager[Rig]],
        begun: Callable[[Collected], None],
        outage: Outage | None = None,
        waits: Callable[[int], None] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._choice = choice
        self._open_rig = open_rig
        self._begun = begun
        self._outage = outage
        self._waits = waits
        self._since = 0
        self._stack = ExitStack()
        self._log = ScenarioLog(catalogue)
        chapters = dict.fromkeys(each.chapter for each in catalogue.values())
        self._chapters = {chapter: place for place, chapter in enumerate(chapters)}
        self._written: dict[str, list[str]] = {}
        self.waiting: list[str] = []
        self._whole = False
        self.rig: Rig | None = None
        self.problem: EpromVerifyError | None = None
        self.reasons: list[str] = []
        self.remarks: list[str] = []

    @property
    def began(self) -> bool:
        """Whether both ends stood, so that something may have passed between them."""
        return self.rig is not None

    @property
    def formal(self) -> bool:
        """Whether the run can be handed to Hemit."""
        return self.rig is not None and self.rig.formal

    @property
    def journal(self) -> Journal | None:
        """The journal; None when the run never began."""
        return self.rig.journal if self.rig else None

    @property
    def aside(self) -> Set[str]:
        """The ids of the exchanges that nothing is judged by."""
        return self.rig.abandoned if self.rig else frozenset()

    def close(self) -> None:
        """Stop the rig."""
        self._stack.close()
        if self.rig is not None and (count := self.rig.unrecorded):
            self.reasons.append(f"{count} {'melding' if count == 1 else 'meldinger'} ble ikke ført i journalen.")
        if self.rig is not None and not self.rig.journal.part:
            # One of several processes knows only what it has ordered itself; the one that receives tells.
            self.remarks = of_others(self.rig)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Let the scenarios use the rig that is opened here."""
        config.stash[OPEN_RIG] = self._opened

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Refuse a suite that is not whole, before anything is left out by choice."""
        collected = [(item, run) for item in items if (run := scenario_of(item)) is not None]
        try:
            if self.problem is None:
                check_suite(features_dir(), collected, self._catalogue)
        except EpromVerifyError as exc:
            self.problem = exc
        if self.problem is not None:
            items.clear()
        yield
        self._whole = self.problem is None
        items.sort(key=self._place)
        self._written = {run.id: list(run.requirements) for item in items if (run := scenario_of(item)) is not None}
        select = self._choice.select
        if select:
            items[:] = [item for item in items if (run := scenario_of(item)) and run.matches(select)]
            if not items and self.problem is None:
                self.problem = UsageProblem(
                    f"Ingen scenarier passer til «{select}».",
                    "-k tar en tekst fra en tittel (scenario, regel eller egenskap), eller id-en til et krav.",
                )
        items[:] = [item for item in items if (run := scenario_of(item)) is None or run.id not in self._choice.decided]
        if self._choice.random_order is not None:
            _shuffle(items, self._choice.random_order)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A feature file that cannot be collected ends the run."""
        if report.failed and self.problem is None:
            lines = report.longreprtext.strip().splitlines() or ["ukjent grunn"]
            self.problem = UsageProblem(f"Testsamlingen kan ikke leses: {lines[-1].removeprefix('E').strip()}.", REMEDY)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Open the rig, and tell what is to be run."""
        runs = {item.nodeid: run for item in session.items if (run := scenario_of(item)) is not None}
        # Pytest calls this also when Ctrl-C came while it collected.
        if not self._whole or self.problem is not None or not runs:
            return
        try:
            self.rig = self._stack.enter_context(self._open_rig())
        except EpromVerifyError as exc:
            self.problem = exc
            session.items.clear()
            return
        session.config.stash[UNUSED] = unused_requirements(self._catalogue, self.rig.config)
        self._begun(
            Collected(
                driver=self.rig.driver.name,
                written=self._written,
                chosen={node: (run.id, self._log.chapter(run)) for node, run in runs.items()},
            )
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Order ahead where ePROM takes the time that it takes; pytest's own way is one scenario after the other."""
        attempts = self.rig.attempts if self.rig is not None else None
        if attempts is None or self._waits is None or session.testsfailed or session.config.option.collectonly:
            return None
        run_ahead(session, attempts, self.waiting, self._waits)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Wait while the network is away; when it does not come back, nothing more is run."""
        if self.rig is None:
            return None
        why = self._outage.waited(self.rig) if self._outage else ""
        self._since = self.rig.journal.seq
        if not why:
            return None
        self.reasons.append(self.rig.journal.mask.text(why))
        item.session.shouldstop = "the network is away"
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Note what the scenario has caused, before it counts as done."""
        result = yield
        if self.rig is not None and (changes := self.rig.ledgers.changes()):
            self.rig.journal.note_ledger(changes)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge each scenario, and let its last report carry what it came to."""
        report = yield
        run = scenario_of(item)
        if self.rig is not None and call.excinfo is not None and isinstance(call.excinfo.value, sqlite3.Error):
            self.rig.journal.give_up(f"Verktøyet kan ikke skrive eller lese en fil ({call.excinfo.value}).")
        if run is not None:
            result = self._log.phase(run, report, call.excinfo.value if call.excinfo else None)
            if result is not None:
                result = self._unless_given_up(result, item.session)
                self._look_at_keys(item.session)
                self._look_at_refused(item.session)
                if result.outcome is Outcome.WAITING:
                    self.waiting.append(result.id)
                self._look_at_network(result)
                report.user_properties.append((RESULT, self._masked(scenario_to_json(result))))
        return report

    def _unless_given_up(self, result: ScenarioResult, session: pytest.Session) -> ScenarioResult:
        """What a scenario came to, unless something passed that the journal has not: then nothing is known of it, and
        the run stops."""
        if self.rig is None or not self.rig.journal.problem:
            return result
        session.shouldstop = "the journal cannot be written"
        return replace(result, outcome=Outcome.ERROR, reason=self.rig.journal.problem, broken_by=None, shown_by=())

    def _look_at_network(self, result: ScenarioResult) -> None:
        """Judge nothing by what was left of a scenario that the network stopped."""
        if self._outage is not None:
            self._outage.came_to(result)
        if result.stopped_by_network and self.rig is not None:
            journal = self.rig.journal
            # What another process has ordered is its own; the messages about it that came meanwhile, too.
            left = {each.id for each in journal.exchanges(since=self._since) if each.part == journal.part}
            self.rig.abandoned.update(abandoned_of(left, self.rig.journal.exchanges()))

    def _masked(self, text: str) -> str:
        """Messages are masked when they are seen; what a check or a driver says of them may hold more."""
        return self.rig.journal.mask.body(text.encode("utf-8", "replace")).decode() if self.rig else text

    def _look_at_keys(self, session: pytest.Session) -> None:
        """Stop a run in which the bestillersystem has quite another key: each scenario would fail for that alone."""
        if self.rig is None or not self.rig.config.system.foreign:
            return
        seen, ours = self.rig.keys_seen, self.rig.simulator is not None
        if seen.agreed == 0 and seen.other >= MOST_WRONG_KEYS:
            self.problem = UsageProblem(
                f"Bestillersystemet bruker en annen API-nøkkel enn kjøringen: {seen.other} av {seen.other} kall hadde "
                "feil nøkkel. Det er en feil i oppsettet, ikke i integrasjonen, så kjøringen er stanset.",
                f"Sett {KEY_VARIABLE} til nøkkelen som bestillersystemet bruker"
                + (f", eller gi systemet nøkkelen «{OPEN_KEY}» når variabelen ikke er satt." if ours else "."),
            )
            session.shouldstop = "wrong key"

    def _look_at_refused(self, session: pytest.Session) -> None:
        """Stop a run in which the bestillersystem would have sent the number of somebody who may be real."""
        if self.rig is not None and self.rig.refused is not None:
            self.problem = UsageProblem(
                f"Bestillersystemet sendte en melding som ikke gikk videre til ePROM. {self.rig.refused.problem}",
                self.rig.refused.remedy,
            )
            session.shouldstop = "unsafe national id"

    def _place(self, item: pytest.Item) -> tuple[bool, int]:
        """Chapters go in the catalogue's order, and what looks at the whole run after all of them."""
        run = scenario_of(item)
        if run is None:
            return False, 0
        return LAST in run.tags, self._chapters.get(self._log.chapter(run), len(self._chapters))

    def _opened(self) -> Rig:
        assert self.rig is not None
        return self.rig


def unused_requirements(catalogue: Catalogue, config: Config) -> dict[str, str]:
    """The requirements that do not concern an integration with this profile, and why."""
    return load_parts(features_dir() / "profil.toml").unused(catalogue, config.profile.uses)


def _shuffle(items: list[pytest.Item], seed: int) -> None:
    """Another order, but for those that must come last."""
    last = [item for item in items if (run := scenario_of(item)) is not None and LAST in run.tags]
    others = [item for item in items if item not in last]
    random.Random(seed).shuffle(others)  # noqa: S311 - an order, not a secret
    items[:] = others + last
