"""One whole run: lets pytest run the features, here or in workers, judges, and writes what the run leaves."""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import pytest
from rich.console import Console

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.clock import Clock, SteadyClock
from eprom_verify.config import Config
from eprom_verify.environments import SIMULATOR
from eprom_verify.errors import EpromVerifyError, HarnessProblem, UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import Journal
from eprom_verify.keys import own_secrets
from eprom_verify.locations import features_dir, suite_root
from eprom_verify.masking import Mask
from eprom_verify.report.junit import write_junit
from eprom_verify.rig import Faults, Rig
from eprom_verify.runner.allure_listener import lean_allure
from eprom_verify.runner.alone import alone_in, in_use
from eprom_verify.runner.asking import TerminalTester
from eprom_verify.runner.circumstances import circumstances, named_system, places
from eprom_verify.runner.crew import Assignment, Crew, refuse_one_of_a_kind
from eprom_verify.runner.evidence import write_causes, write_environment, write_undecided, write_waivers
from eprom_verify.runner.folders import ALLURE_RESULTS, JOURNAL, LISTENING, new_run_folder, point_latest
from eprom_verify.runner.hub import Hub
from eprom_verify.runner.meanwhile import take_in
from eprom_verify.runner.outage import Outage
from eprom_verify.runner.record import SCENARIO, Ending, Recorded, judge_recorded, note_end, read_record
from eprom_verify.runner.remarks import clock_was_set, remarks_of
from eprom_verify.runner.resume import decided_of, taken_up
from eprom_verify.runner.seal import made_by
from eprom_verify.runner.stage import Choice, Stage, unused_requirements
from eprom_verify.runner.step_index import indexed_steps
from eprom_verify.runner.watch import Watch
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.verdict import (
    Catalogue,
    RunInfo,
    RunResult,
    day_in_norway,
    find_waivers,
    load_catalogue,
    load_faults,
    write_result,
)
from eprom_verify.verdict import Rig as RigNames
from eprom_verify.wiring import SYSTEM_STORE, Earlier, open_rig, settings_of

_MAKE_ROOM = "Alt som er ført, er beholdt. Sørg for plass på disken, og {}."
_ONE_SYSTEM = (
    "Med ditt eget bestillersystem mot et testmiljø går alt i én prosess, også med -n: ellers kunne ingen se hvilken "
    "bestilling som hører til hvilket scenario. Alt blir bestilt først, og så ventes det på alt samtidig."
)
_TAKEN_UP_BY_ONE = "En kjøring mot et testmiljø blir tatt opp igjen i én prosess, også med -n."
_QUIET = ["-p", "no:cacheprovider", "-p", "no:junitxml", "-p", "no:pastebin", "-q", "--no-header", "--no-summary"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says of a run, besides the configuration.

    `select` is text to find in the scenarios; a run that leaves any out can never be approved. `random_order` is a seed
    for the order of the scenarios; without `allure` there is nothing to make report.html of. With two `workers` or more
    the scenarios are run by so many processes, whose clock is the system's and whose faults are known by name.
    `waivers` is the file that the command line names; it wins over the configuration's. `resume` is the folder of the
    run that is taken up again.
    """

    reports: Path
    select: str = ""
    random_order: int | None = None
    allure: bool = True
    faults: Faults = field(default_factory=Faults)
    workers: int = 1
    waivers: Path | None = None
    resume: Path | None = None


@dataclass(frozen=True)
class Finished:
    """A run that has come to its end, and where it left what it made."""

    result: RunResult
    folder: Path


class Company(Protocol):
    """Who runs the scenarios: this process (`Stage`), or several (`Crew`)."""

    problem: EpromVerifyError | None
    reasons: list[str]

    @property
    def remarks(self) -> list[str]:
        """What to remark on in the result."""

    @property
    def began(self) -> bool:
        """Whether both ends stood, so that something may have passed between them."""

    @property
    def formal(self) -> bool:
        """Whether the run can be handed to Hemit."""

    @property
    def journal(self) -> Journal | None:
        """The journal; None when the run never began."""

    @property
    def aside(self) -> Set[str]:
        """The ids of the exchanges that nothing is judged by."""

    def close(self) -> None:
        """Stop whatever runs."""


def run_suite(config: Config, options: Options, console: Console, *, clock: SteadyClock | None = None) -> Finished:
    """Run every feature and write result.json, junit.xml, allure-results and the journal.

    The whole run goes by one clock, which nobody sets: one that stands still for nobody, and never goes back.

    Raises:
        UsageProblem: the run could not begin: wrong configuration or waivers, or a suite that is not whole.
    """
    notes = places(config)
    if options.workers > 1 and config.eprom != SIMULATOR and (config.system.foreign or options.resume is not None):
        notes = [*notes, _ONE_SYSTEM if config.system.foreign else _TAKEN_UP_BY_ONE]
        options = replace(options, workers=1)
    if options.workers > 1 and config.eprom == SIMULATOR:
        refuse_one_of_a_kind(config)
    if config.system.foreign and options.faults.bestillersystem is not CORRECT:
        raise UsageProblem(
            f"Feilen «{options.faults.name}» er en feil i det innebygde bestillersystemet, og her kjøres et annet.",
            "Velg en feil hos ePROM, eller kjør uten --fault.",
        )
    if config.eprom != SIMULATOR and options.faults.eprom is not DOCUMENTED:
        raise UsageProblem(
            f"Feilen «{options.faults.name}» er en feil i simulatoren, og her er ePROM {config.api_base}.",
            "Kjør uten --fault, eller mot simulatoren.",
        )
    with ExitStack() as held:
        if options.resume is not None:
            held.enter_context(alone_in(options.resume, in_use(options.resume)))
        return _run(config, options, console, clock, held, notes)


def _run(
    config: Config,
    options: Options,
    console: Console,
    clock: SteadyClock | None,
    held: ExitStack,
    notes: Sequence[str],
) -> Finished:
    """The run itself; `held` is what holds its folder, and `notes` what is told as it begins."""
    earlier = taken_up(options.resume, config, options) if options.resume is not None else None
    clock = clock or SteadyClock(not_before=earlier.newest if earlier else None)
    now = clock()
    started = earlier.began if earlier and earlier.began else now
    seed = earlier.seed if earlier else config.seed if config.seed is not None else secrets.randbelow(10**9)
    catalogue = load_catalogue(features_dir() / "krav.toml")
    configured = Path(config.waivers) if config.waivers else None
    waivers = find_waivers(options.waivers or configured, catalogue, on=day_in_norway(started))
    folder = options.resume or new_run_folder(options.reports, started)
    if options.resume is None:
        held.enter_context(alone_in(folder, in_use(folder)))
    versions = _versions()
    fault = f" · innlagt feil: {options.faults.name}" if options.faults.name else ""
    decided = decided_of(earlier) if earlier else {}

    def keep(text: str, part: str) -> str:
        journal = company.journal
        if journal is not None and journal.problem:
            # Left as a scenario that was broken off: it is run again, and nothing is judged by what is left of it.
            raise HarnessProblem(journal.problem)
        if part and config.eprom != SIMULATOR:
            # Noted by its worker, before that began with the next.
            return text
        return journal.note(SCENARIO, {}, text.encode()).body.decode() if journal is not None else text

    about = f"frø {seed} · utgave {config.edition}{fault}"
    watch = Watch(console, about, notes=notes, keep=keep, decided=decided)
    # The streams as they are now: pytest puts others in their places while it captures.
    tester = TerminalTester(console, sys.stdin)
    company = _company(config, options, folder, seed, catalogue, watch, clock, tester, earlier)
    try:
        code = _pytest([watch, company], folder, options, lambda: company.journal.mask if company.journal else None)
    finally:
        # Before the journal is sealed: what is cut off while the ends close is noted too.
        watch.close()
        company.close()
    if company.problem is not None:
        # A run that never began leaves nothing behind; one that did keeps what it has.
        if not company.began and earlier is None:
            held.close()
            shutil.rmtree(folder, ignore_errors=True)
        raise company.problem
    journal = company.journal
    if options.workers > 1 and config.eprom != SIMULATOR and journal is not None:
        watch.take_in(read_record(folder / JOURNAL).scenarios)
    run = RunInfo(
        id=folder.name,
        started=started,
        finished=clock(),
        rig=RigNames(named_system(config, watch.collected.driver), config.api_base),
        **circumstances(config, watch.collected.driver, seed, started),
        resumed=(*earlier.resumed, now) if earlier else (),
        edition=config.edition,
        formal=company.formal,
        seed=seed,
        versions=versions,
        profile=({"fault": options.faults.name} if options.faults.name else {})
        | (config.profile.stated() if config.system.foreign else {}),
        journal_last_digest=journal.last_digest if journal else "0" * 64,
    )
    anew = options.workers > 1 and config.eprom == SIMULATOR
    room = _MAKE_ROOM.format("begynn på nytt" if anew else "fortsett med eprom-verify run --resume")
    stopped = [f"{journal.problem} Kjøringen er stanset.", room] if journal is not None and journal.problem else []
    planted = [f"Kjøringen har en innlagt feil: {options.faults.name}."] if options.faults.name else []
    ending = Ending(
        run=run,
        incomplete_reasons=tuple(watch.incomplete_reasons(code, [*stopped, *planted, *company.reasons])),
        remarks=(
            *config.remarks,
            *company.remarks,
            *clock_was_set(clock.moved),
            *remarks_of(_judged(journal, company.aside) if journal else []),
        ),
        not_run=tuple(sorted(watch.not_run if watch.collected.written else catalogue.keys())),
        unused=unused_requirements(catalogue, config),
        waivers=tuple(waivers),
        order=tuple(each.id for each in watch.results),
    )
    if journal is None:
        _note_start(folder / JOURNAL, config, seed, clock)
    try:
        note_end(folder / JOURNAL, ending, clock, mask=journal.mask if journal else Mask(own_secrets()))
    except HarnessProblem as exc:
        raise HarnessProblem(f"{exc} Kjøringen er stanset. {room}") from exc
    result = write_judged(folder, catalogue, allure=options.allure)
    point_latest(folder)
    return Finished(result, folder)


def _note_start(path: Path, config: Config, seed: int, clock: Clock) -> None:
    """Begin the journal of a run that was broken off before its ends stood."""
    journal = Journal(path, mask=Mask(own_secrets()), clock=clock)
    journal.run_started({"seed": seed, "edition": config.edition}, json.dumps(settings_of(config)).encode())
    journal.close()


def write_judged(folder: Path, catalogue: Catalogue, *, allure: bool) -> RunResult:
    """Judge what the journal in this folder has kept, and write what a run leaves of it.

    Raises:
        UsageProblem: the run never came to its end.
    """
    faults = load_faults(features_dir() / "faults.toml").values()
    result = judge_recorded(read_record(folder / JOURNAL), catalogue, faults)
    write_result(result, folder / "result.json")
    write_junit(result, folder / "junit.xml")
    if allure:
        write_environment(result, folder / ALLURE_RESULTS)
        write_undecided(result, folder / ALLURE_RESULTS)
        write_waivers(result, folder / ALLURE_RESULTS)
        write_causes(result, folder / ALLURE_RESULTS)
    return result


def _company(
    config: Config,
    options: Options,
    folder: Path,
    seed: int,
    catalogue: Catalogue,
    watch: Watch,
    clock: Clock,
    tester: TerminalTester,
    earlier: Recorded | None,
) -> Stage | Crew:
    if options.workers > 1:
        assignment = Assignment(
            suite=str(suite_root()),
            folder=str(folder.resolve()),
            config=config.model_dump(mode="json", by_alias=True),
            seed=seed,
            select=options.select,
            random_order=options.random_order,
            fault=options.faults.name,
        )
        if config.eprom == SIMULATOR:
            return Crew(options.workers, assignment, watch, clock)
        made = made_by()
        opens = partial(open_rig, config, folder, seed=seed, faults=options.faults, clock=clock, made_by=made)
        hub = Hub(lambda part: opens(part=part), folder / JOURNAL, clock, config.connection, tester.show)
        return Crew(options.workers, replace(assignment, made_by=made), watch, clock, hub)

    @contextmanager
    def opened() -> Iterator[Rig]:
        known = None
        if earlier is not None and earlier.began is not None:
            away = [*earlier.away, (earlier.last_at or earlier.began, clock())]
            known = Earlier(
                earlier.began,
                earlier.abandoned,
                earlier.ledgers,
                earlier.attempts,
                away=away,
                made=earlier.made,
                unsure=earlier.unsure,
                take_in=lambda journal: take_in(journal, earlier),
                heard=folder.parent / LISTENING / SYSTEM_STORE,
            )
        with open_rig(
            config,
            folder,
            seed=seed,
            faults=options.faults,
            clock=clock,
            tester=tester,
            earlier=known,
            made_by=made_by(),
        ) as rig:
            yield rig

    decided = frozenset(decided_of(earlier)) if earlier else frozenset()
    choice = Choice(select=options.select, random_order=options.random_order, decided=decided)
    attended = tester.present if config.eprom != SIMULATOR else False
    outage = Outage(tester, attended=attended, wait_s=config.connection.wait_s)
    return Stage(catalogue, choice, opened, watch.begin, outage, watch.waits)


def _versions() -> dict[str, str]:
    """What the run is made by, as it is when the run begins: these are the files that it reads."""
    return {
        "tool": version("eprom-verify"),
        "python": platform.python_version(),
        "typst": version("typst"),
        **made_by(),
    }


def _judged(journal: Journal, aside: Set[str]) -> list[Exchange]:
    return [each for each in journal.exchanges() if each.id not in aside]


def _pytest(plugins: list[object], folder: Path, options: Options, mask: Callable[[], Mask | None]) -> int:
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
    if options.workers > 1:
        arguments += ["-p", "xdist.plugin", f"-n{options.workers}", "--dist=load", "--max-worker-restart=0"]
    # Plugins that happen to be installed beside us, and settings meant for other projects, have no say in a verdict.
    kept = {name: os.environ.pop(name, None) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        with lean_allure(mask), indexed_steps():
            return int(pytest.main(arguments, plugins=plugins))
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in kept.items() if value is not None})
