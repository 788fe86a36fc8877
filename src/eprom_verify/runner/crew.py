"""Leads a run whose scenarios several worker processes run at the same time: writes their one journal, ends together.

Each worker has a rig of its own, and asks over a line: to have its entries written, what the others have noted, and
whether all have come so far that the whole run can be looked at. What a worker is told stands in its `Assignment`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Generator, Set
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from eprom_verify.clock import Clock
from eprom_verify.config import Config
from eprom_verify.errors import EpromVerifyError, HarnessProblem, UsageProblem
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.part import journal_answers
from eprom_verify.keys import own_secrets
from eprom_verify.line import Facts, Switchboard
from eprom_verify.locations import features_dir
from eprom_verify.masking import Mask
from eprom_verify.runner.hub import Hub
from eprom_verify.runner.stage import Collected
from eprom_verify.runner.watch import Watch

INPUT = "eprom-verify assignment"
OUTPUT = "eprom-verify problem"
MOST_WORKERS = 64
LEAVING_S = 8.0
"""How long workers may take to end what they are in the middle of when the run is broken off; what is on its way to an
environment may take the time that a call may take, too."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What a worker is told when it starts. `config` is the configuration as a document, `fault` a name or ""."""

    suite: str
    folder: str
    config: dict[str, Any]
    seed: int
    select: str
    random_order: int | None
    fault: str
    made_by: dict[str, str] = field(default_factory=dict)
    port: int = 0
    token: str = ""


def assignment_of(config: pytest.Config) -> Assignment | None:
    """What this process was told, when it is a worker of ours."""
    told = getattr(config, "workerinput", {}).get(INPUT)
    return Assignment(**json.loads(told)) if told else None


def features_shared_out(config: pytest.Config) -> bool:
    """Whether plain pytest is about to share the features out among processes that know nothing of each other."""
    shared = getattr(config.option, "dist", "no") != "no"
    if not shared or any(isinstance(each, Crew) for each in config.pluginmanager.get_plugins()):
        return False
    features = features_dir().resolve()
    asked = [(config.invocation_params.dir / each.partition("::")[0]).resolve() for each in config.args]
    return any(each == features or features in each.parents or each in features.parents for each in asked)


def workers_named(text: str) -> int:
    """How many workers `-n` asks for.

    Raises:
        UsageProblem: it is neither a number of processes nor «auto».
    """
    if text == "auto":
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return min(usable, MOST_WORKERS)
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_WORKERS):
        raise UsageProblem(
            f"Ugyldig verdi for -n: det skal være et tall fra 0 til {MOST_WORKERS}, eller auto.",
            "Se eprom-verify run --help.",
        )
    return int(text)


def refuse_one_of_a_kind(config: Config) -> None:
    """Refuse what several workers cannot share.

    Raises:
        UsageProblem: the bestillersystem is not the built-in one, or a port is fixed.
    """
    remedy = "Kjør uten -n."
    if config.system.foreign:
        raise UsageProblem("Flere prosesser (-n) kan ikke dele ett bestillersystem.", remedy)
    if config.simulator.port:
        raise UsageProblem(
            f"Flere prosesser (-n) kan ikke dele én fast port ({config.simulator.port} under [simulator]).", remedy
        )
    if config.receiver.port:
        raise UsageProblem(
            f"Flere prosesser (-n) kan ikke dele én fast port ({config.receiver.port} under [mottak]).", remedy
        )


class Progression:
    """How many scenarios all the workers together have come to the end of, and whether the run was broken off."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # Taken itself, as in Journal.
        self._changed = threading.Condition(self._lock)
        self._done = 0
        self._left = 0
        self._met: dict[str, list[Any]] = {}
        self.broken_off = False

    def scenario_done(self) -> None:
        """One more scenario has come to its end."""
        with self._lock:
            self._done += 1
            self._changed.notify_all()

    def break_off(self) -> None:
        """Let nobody wait for what will not come any more."""
        with self._lock:
            self.broken_off = True
            self._changed.notify_all()

    def wait_done(self, count: int) -> bool:
        """Wait until so many scenarios are done; False when the run was broken off."""
        with self._lock:
            self._changed.wait_for(lambda: self.broken_off or self._done >= count)
            return not self.broken_off

    def meet(self, where: str, brought: Any, *, of: int) -> list[Any] | None:
        """One worker has come so far, and waits for all of them; gives what each has brought.

        None when the run was broken off.
        """
        with self._lock:
            met = self._met.setdefault(where, [])
            met.append(brought)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.broken_off or len(met) >= of)
            return None if self.broken_off else met

    def leave(self) -> int:
        """One worker has closed its rig; gives how many have."""
        with self._lock:
            self._left += 1
            self._changed.notify_all()
            return self._left

    def wait_left(self, count: int, timeout_s: float) -> None:
        """Wait until so many workers have closed their rigs."""
        with self._lock:
            self._changed.wait_for(lambda: self._left >= count, timeout_s)


class Crew:
    """The hooks of a process that leads workers, with a `hub` when ePROM is an environment. Whoever makes a crew closes
    it."""

    def __init__(
        self, workers: int, assignment: Assignment, watch: Watch, clock: Clock, hub: Hub | None = None
    ) -> None:
        self._workers = workers
        self._hub = hub
        self._watch = watch
        self._clock = clock
        self._path = Path(assignment.folder) / "journal.sqlite"
        self._opening = threading.Lock()
        self._progression = Progression()
        answers = journal_answers(self._opened) | {
            "collected": self._take_collected,
            "ordered": self._take_ordered,
            "waited": lambda _facts, _body: {"whole": self._progression.meet("waited", "", of=workers) is not None},
            "settled": self._take_settled,
            "done": lambda facts, _body: {"whole": self._progression.wait_done(facts["count"])},
            "broken off": lambda _facts, _body: {"whole": self._progression.wait_done(sys.maxsize)},
            "error": self._take_error,
            "stopped": self._take_stopped,
            "given up": self._take_given_up,
            "leave": lambda _facts, _body: {"left": self._progression.leave()},
        }
        self._switchboard = Switchboard(answers | (hub.answers() if hub is not None else {}))
        self._assignment = replace(assignment, port=self._switchboard.port, token=self._switchboard.token)
        self._nodes: list[Any] = []
        self._ready = 0
        self._lost: dict[str, str] = {}
        self._stopped: list[str] = []
        self._collected: Collected | None = None
        self._unopened: EpromVerifyError | None = None
        self._ordered = False
        self.journal: Journal | None = None
        self.problem: EpromVerifyError | None = None

    @property
    def began(self) -> bool:
        """Whether the ends of every worker stood, so that something may have passed between them."""
        return bool(self._watch.collected.chosen)

    @property
    def formal(self) -> bool:
        """Never: the bestillersystem that several workers drive is the harness's own."""
        return False

    @property
    def remarks(self) -> list[str]:
        """What to remark on in the result."""
        return self._hub.remarks if self._hub is not None else []

    @property
    def reasons(self) -> list[str]:
        """Why the run was not run whole: which workers were lost, and in the middle of what, or what stopped them."""
        lost = [f"Prosess {name} stanset uventet{why}." for name, why in self._lost.items()]
        return [*lost, *dict.fromkeys(self._stopped), *(self._hub.reasons if self._hub is not None else [])]

    @property
    def aside(self) -> Set[str]:
        """The ids of the exchanges that nothing is judged by."""
        return self._hub.aside if self._hub is not None else frozenset()

    def close(self) -> None:
        """Stop answering, and seal the journal."""
        self._progression.break_off()
        self._switchboard.close()
        if self._hub is not None:
            self._hub.close()
        elif self.journal is not None:
            self.journal.close()
        if self.problem is None and self._lost and not self._watch.collected.chosen:
            self.problem = HarnessProblem(f"{' '.join(self.reasons)} Kjøringen kom ikke i gang.")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """Start the workers so that Ctrl-C is for this process alone: it then lets them end what they are in."""
        with _no_interrupts():
            return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config) -> object:
        """Give each worker its share at once where ePROM is one for all of them."""
        if self._hub is None:
            return None
        # It needs pytest-xdist, which a run in one process does not load.
        from eprom_verify.runner.shares import Shares

        return Shares(config, self._scenario)

    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker what to do."""
        self._nodes.append(node)
        node.workerinput[INPUT] = json.dumps(asdict(self._assignment))

    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Begin when every worker has found something to run."""
        self._ready += bool(ids)
        if self._ready == self._workers and self._collected is not None and self.problem is None:
            self._watch.begin(self._collected)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Workers that found different scenarios cannot share them; what each of them found wrong, they tell."""
        if report.failed and report.nodeid in {node.gateway.id for node in self._nodes}:
            self.problem = self.problem or HarnessProblem("Prosessene fant ikke de samme scenariene.")
            self._progression.break_off()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what is done; a report that belongs to no phase is of a scenario that a worker was lost in."""
        if report.when == "teardown":
            self._progression.scenario_done()
        elif report.when not in ("setup", "call") and report.node.gateway.id in self._lost and not self._ordered:
            # Later on, it goes on with what waited, and pytest-xdist knows nothing of that.
            scenario, _ = self._watch.collected.chosen.get(report.nodeid, (report.nodeid, ""))
            self._lost[report.node.gateway.id] = f" mens den kjørte {scenario}"

    def pytest_testnodedown(self, node: Any, error: object | None) -> None:
        """Take in why a worker had to stop; when it just did, all must, and when all must, it is only one of them."""
        told = getattr(node, "workeroutput", {}).get(OUTPUT)
        if told and not self._unopened:
            self.problem = _problem(json.loads(told))
        if error is not None and not self._progression.broken_off:
            self._lost[node.gateway.id] = ""
            self._progression.break_off()

    def pytest_keyboard_interrupt(self) -> None:
        """Let the workers stop."""
        self._progression.break_off()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Let workers that were stopped end what they are in the middle of, before they are ended themselves."""
        if not self._progression.broken_off:
            return
        for node in self._nodes:
            node.shutdown()
        longest_s = LEAVING_S + (self._hub.call_s if self._hub is not None else 0.0)
        self._progression.wait_left(len(self._nodes) - len(self._lost), longest_s)

    def _opened(self) -> Journal:
        """The journal of the run, which begins when somebody has something to note."""
        with self._opening:
            if self._unopened is not None:
                raise self._unopened
            if self.journal is None and self._hub is not None:
                try:
                    self.journal = self._hub.open()
                except EpromVerifyError as exc:
                    # Told to whoever is at the terminal as it is; to the workers it is only that they cannot begin.
                    self._unopened = self.problem = exc
                    raise
            if self.journal is None:
                # Masked where it was seen, by one who knows what is secret there; what is noted here knows less.
                self.journal = Journal(self._path, mask=Mask(own_secrets()), clock=self._clock)
            return self.journal

    def _scenario(self, node: str) -> str:
        """The id of a scenario that was collected, by pytest's own name of it."""
        assert self._collected is not None
        return self._collected.chosen[node][0]

    def _take_collected(self, facts: Facts, _body: bytes) -> Facts:
        chosen = {node: (scenario, chapter) for node, (scenario, chapter) in facts["chosen"].items()}
        self._collected = Collected(**facts | {"chosen": chosen})
        return {}

    def _take_settled(self, facts: Facts, _body: bytes) -> Facts:
        """One worker has nothing more to do or to send; answered when none has."""
        aside = facts.get("aside", [])
        if self._hub is not None:
            self._hub.set_aside(aside)
        problems = self._progression.meet("settled", facts["problem"], of=self._workers)
        if self._hub is not None:
            aside = self._hub.set_aside([])
        return {"whole": problems is not None, "problem": next(filter(None, problems or []), ""), "aside": aside}

    def _take_ordered(self, facts: Facts, _body: bytes) -> Facts:
        """One worker has ordered all that it is to; answered when all have."""
        waiting = self._progression.meet("ordered", facts["count"], of=self._workers)
        with self._opening:
            if waiting is not None and not self._ordered:
                self._ordered = True
                if any(waiting):
                    self._watch.waits(sum(waiting))
        return {"whole": waiting is not None}

    def _take_given_up(self, facts: Facts, body: bytes) -> Facts:
        """One worker has no room for what it is to write."""
        if self._hub is None or self.journal is None:
            return self._take_error({"name": facts["name"], "error": facts["why"].removesuffix(".")}, body)
        self.journal.give_up(facts["why"])
        self._progression.break_off()
        return {}

    def _take_stopped(self, facts: Facts, _body: bytes) -> Facts:
        """One worker was stopped by what stops all: the network is away."""
        self._stopped += facts["reasons"]
        self._progression.break_off()
        return {}

    def _take_error(self, facts: Facts, _body: bytes) -> Facts:
        self._lost[facts["name"]] = f" med en feil i verktøyet: {facts['error']}"
        self._progression.break_off()
        return {}


def problem_to_json(problem: EpromVerifyError) -> str:
    """A problem as text that can be sent to the process that leads the run."""
    if isinstance(problem, UsageProblem):
        return json.dumps({"problem": problem.problem, "remedy": problem.remedy})
    return json.dumps({"stopped": str(problem)})


def _problem(told: dict[str, str]) -> EpromVerifyError:
    return HarnessProblem(told["stopped"]) if "stopped" in told else UsageProblem(**told)


@contextmanager
def _no_interrupts() -> Generator[None, None, None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
