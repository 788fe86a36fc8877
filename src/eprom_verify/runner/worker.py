"""One of several processes that run the scenarios of a run; see `crew`."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest

from eprom_verify.checks.quiet import wait_until_quiet
from eprom_verify.clock import SteadyClock
from eprom_verify.config import parse_config
from eprom_verify.environments import SIMULATOR
from eprom_verify.errors import HarnessProblem
from eprom_verify.journal.part import PartJournal
from eprom_verify.line import Line
from eprom_verify.masking import Mask
from eprom_verify.rig import Faults, Rig
from eprom_verify.runner.ahead import left_waiting, needs_tester
from eprom_verify.runner.allure_listener import lean_allure
from eprom_verify.runner.crew import OUTPUT, Assignment, problem_to_json
from eprom_verify.runner.hub import RemoteHub
from eprom_verify.runner.outage import Outage
from eprom_verify.runner.record import SCENARIO
from eprom_verify.runner.scenarios import LAST, scenario_of
from eprom_verify.runner.stage import RESULT, Choice, Collected, Stage
from eprom_verify.runner.step_index import indexed_steps
from eprom_verify.verdict import Catalogue
from eprom_verify.wiring import Part, open_rig


class Worker:
    """The hooks of a worker besides those of its stage."""

    def __init__(self, assignment: Assignment, name: str, faults: Faults, catalogue: Catalogue) -> None:
        self._assignment = assignment
        self._name = name
        self._faults = faults
        self._line = Line(assignment.port, assignment.token)
        self._stack = ExitStack()
        self._config = parse_config(assignment.config, "oppsettet")
        self._hub = RemoteHub(self._line) if self._config.eprom != SIMULATOR else None
        self._broken_off = threading.Event()
        outage = None
        if self._hub is not None:
            told = self._config.connection
            outage = Outage(self._hub, attended=False, wait_s=told.wait_s, row=self._hub, until=self._broken_off)
        self._stage = Stage(
            catalogue,
            Choice(select=assignment.select, random_order=assignment.random_order),
            self._open_rig,
            self._begun,
            outage,
        )
        self._ordered = False
        self._collected: Collected | None = None
        self._session: pytest.Session | None = None
        self._settled = False
        self._ended = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Get ready; a worker is stopped by the one that leads it, and by no Ctrl-C."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._stack.enter_context(lean_allure(self._mask))
        self._stack.enter_context(indexed_steps())
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            config.pluginmanager.unregister(reporter)
        config.pluginmanager.register(self._stage)
        threading.Thread(target=self._follow, name="eprom-verify-follow", daemon=True).start()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remember what is to be stopped."""
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Run nothing more of a run that was broken off, and what looks at the whole run when all else is done."""
        run = scenario_of(item)
        if run is not None and LAST in run.tags:
            self._go_on_with_what_waits(item.session, then=item)
            if item.session.shouldstop:
                self._tell_why_it_stopped()
                return True
            self._settle()
            self._see_all()
        return True if self._broken_off.is_set() else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Go on with what waits when nothing of this worker's looks at the whole run."""
        result = yield
        self._go_on_with_what_waits(session, then=None)
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a scenario came to before the next one begins, or what that one sends would be taken for its."""
        if self._hub is None:
            return
        for place, (name, text) in enumerate(report.user_properties):
            if name == RESULT:
                if not self._kept(str(text)):
                    # What is not in the journal was never judged; why it is not there is told at the end.
                    del report.user_properties[place]
                return

    def _kept(self, result: str) -> bool:
        if self._journal.problem:
            # Left as a scenario that was broken off: it is run again, and nothing is judged by what is left of it.
            return False
        try:
            self._journal.note(SCENARIO, {"part": self._name}, result.encode())
        except HarnessProblem:
            return False
        return True

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Tell that this worker cannot go on."""
        journal = self._stage.journal
        error = f"{excinfo.typename}: {excinfo.value}"
        self._line.ask(
            "error", {"name": self._name, "error": journal.mask.text(error) if journal else excinfo.typename}
        )

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep the rig open until all are done, and then close it: late messages belong to the run too."""
        self._tell_why_it_stopped()
        if self._collected is not None:
            self._settle()
            if self._hub is None:
                self._line.ask("done", {"count": len(self._collected.chosen)})
        self._stage.close()
        if self._stage.problem is not None:
            output = cast(Any, session.config).workeroutput
            output[OUTPUT] = problem_to_json(self._stage.problem)
        self._ended = True
        self._line.ask("leave", {})

    def _tell_why_it_stopped(self) -> None:
        """Let the others not wait for what is not run here."""
        journal = self._stage.journal
        if journal is not None and journal.problem:
            self._line.ask("given up", {"name": self._name, "why": journal.problem})
        if self._stage.reasons:
            self._line.ask("stopped", {"reasons": self._stage.reasons})

    def pytest_unconfigure(self) -> None:
        """Leave pytest as it was."""
        self._stack.close()

    def _mask(self) -> Mask | None:
        return self._stage.journal.mask if self._stage.journal is not None else None

    @property
    def _journal(self) -> PartJournal:
        return cast(PartJournal, self._stage.journal)

    def _open_rig(self) -> AbstractContextManager[Rig]:
        told, folder, hub = self._assignment, Path(self._assignment.folder), self._hub
        clock = SteadyClock()

        def open_journal(mask: Mask) -> PartJournal:
            path, until = folder / "journal.sqlite", self._broken_off if hub is not None else None
            return PartJournal(path, self._line, name=self._name, mask=mask, clock=clock, hears_until=until)

        part = Part(self._name, open_journal)
        if hub is not None:
            part = Part(self._name, open_journal, turns=hub, receives=False, elsewhere=hub.troubles)
        return open_rig(
            self._config, folder, seed=told.seed, faults=self._faults, clock=clock, part=part, made_by=told.made_by
        )

    def _begun(self, collected: Collected) -> None:
        self._collected = collected
        if self._stage.rig is not None and self._stage.rig.attempts is not None:
            self._stage.rig.attempts.ahead = True
        self._line.ask("collected", asdict(collected))

    def _go_on_with_what_waits(self, session: pytest.Session, then: pytest.Item | None) -> None:
        """Run the scenarios of this worker that had to wait once more, when all workers have ordered; and when all have
        waited for what does not need a tester, those that look at what one has answered meanwhile. Once."""
        rig = self._stage.rig
        if self._ordered or rig is None or rig.attempts is None or session.shouldstop or self._broken_off.is_set():
            return
        self._ordered = True
        rig.attempts.ahead = False
        again = left_waiting(session.items, self._stage.waiting)
        if again and then is not None:
            # Pytest is ready for the one that was to be run now.
            session._setupstate.teardown_exact(again[0])
        count = sum(not needs_tester(item) for item in again)
        following = [*again[1:], then]
        if self._meet("ordered", {"count": len(again)}):
            self._run(session, list(zip(again, following, strict=False))[:count])
        if not session.shouldstop and self._meet("waited", {}):
            self._see_all()
            self._run(session, list(zip(again, following, strict=False))[count:])

    def _meet(self, where: str, facts: dict[str, Any]) -> bool:
        """Wait until all workers have come so far; False when the run was broken off."""
        if not self._broken_off.is_set() and not self._line.ask(where, facts)["whole"]:
            self._broken_off.set()
        return not self._broken_off.is_set()

    def _run(self, session: pytest.Session, items: list[tuple[pytest.Item, pytest.Item | None]]) -> None:
        """Run these items, each given with the one that comes after it."""
        # What tells of each report which of its items it is of knows only what it runs itself.
        sender = cast(Any, next(each for each in session.config.pluginmanager.get_plugins() if hasattr(each, "torun")))
        index = getattr(sender, "item_index", 0)
        for item, following in items:
            if session.shouldstop or self._broken_off.is_set():
                break
            sender.item_index = session.items.index(item)
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        sender.item_index = index

    def _settle(self) -> None:
        """Wait until nothing is under way here, and then until that is so in every worker: once."""
        if self._settled or self._broken_off.is_set() or self._stage.rig is None:
            return
        self._settled = True
        problem = ""
        if self._hub is None:
            # Where ePROM is one for all, it is quiet only when none of them has anything more to do.
            try:
                wait_until_quiet(self._stage.rig)
            except HarnessProblem as exc:
                problem = str(exc)
        aside = self._stage.rig.abandoned
        answer = self._line.ask("settled", {"problem": problem, "aside": sorted(aside)})
        aside.update(answer["aside"])
        self._journal.problem_of_others = answer["problem"]
        if not answer["whole"]:
            self._broken_off.set()

    def _see_all(self) -> None:
        """From now on, see what every worker has noted, and know what the scenarios of each have caused."""
        if self._broken_off.is_set() or self._stage.rig is None:
            return
        for changes in self._journal.read_on():
            self._stage.rig.ledgers.merge(changes, self._journal.exchanges())

    def _follow(self) -> None:
        """Stop when the run is broken off, and at once when there is nobody left to work for."""
        try:
            self._line.ask("broken off", {})
        except HarnessProblem:
            if not self._ended:
                os._exit(1)
            return
        self._broken_off.set()
        if self._session is not None:
            self._session.shouldstop = "the run was broken off"
