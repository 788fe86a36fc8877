"""Wires two ends and the journal between them into a rig, as the configuration says."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import httpx

from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.bestillersystem.takeover import take_over
from eprom_verify.clock import Clock, system_clock
from eprom_verify.config import Config
from eprom_verify.config_problems import refuse_unknown
from eprom_verify.contract import Contract
from eprom_verify.drivers.attended import AttendedDriver, Tester
from eprom_verify.drivers.builtin import BuiltInDriver
from eprom_verify.drivers.direct import MARK, DirectApi
from eprom_verify.drivers.http import HttpDriver
from eprom_verify.drivers.own_class import OwnDriver, load_driver
from eprom_verify.drivers.protocol import Driver
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.attempts import Attempt, Attempts
from eprom_verify.journal.connection import Connection
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.ledgers import Changes
from eprom_verify.journal.politeness import Limit, Manners, NetworkLog, Turns
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import AsyncRecordedTransport, RecordedTransport, base_path_of
from eprom_verify.journal.tap import Tap
from eprom_verify.keys import OPEN_KEY, agreed_key, hook_token, own_secrets
from eprom_verify.masking import Mask
from eprom_verify.network import Trouble
from eprom_verify.persons import NationalIdGuard, Population, Sex, refuse_production
from eprom_verify.persons.national_id import generate_fh_number, generate_h_number
from eprom_verify.rig import HARNESS, NORWAY, Faults, Rig
from eprom_verify.serving import Host, url_host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.callbacks import Redelivery
from eprom_verify.simulator.forms import OTHER_SYSTEM, SIMULATED_FORMS
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings, body_limit
from eprom_verify.taps import open_taps, serve_receiver
from eprom_verify.tls import usual_trust

PORT_TAKEN = (
    "Kjører eprom-verify simulator eller run i et annet vindu? Stopp den, eller velg en annen port under [simulator] i "
    "oppsettet, og gi bestillersystemet samme adresse."
)
"""What to do when the simulator cannot listen where the bestillersystem is to call it."""
SYSTEM_STORE = "bestillersystem.sqlite"
"""Where, in a folder of its own, the built-in bestillersystem keeps what it has registered."""
_SYSTEM_NAME = "innebygd bestillersystem"


@dataclass(frozen=True)
class Part:
    """What is told of a rig that is one of several in a run: its name, and how it opens its part of the journal.

    Where ePROM is an environment, the parts take `turns` in calling it, and the one without a name `receives` for all:
    they have its stores in common, and know by `elsewhere` what the network did to its calls.
    """

    name: str
    open_journal: Callable[[Mask], Journal]
    turns: Turns | None = None
    receives: bool = True
    elsewhere: Callable[[], list[Trouble]] = list


@dataclass(frozen=True)
class Earlier:
    """What is told of a run that is taken up again: when it began, ids that belong to no result, what scenarios
    caused and had begun, and when nothing ran.

    `take_in` adds to its journal what was heard while no run was going, and `heard` is where the built-in
    bestillersystem registered it; `made` are the ids of the run's orders and letters. `unsure`, to which `take_in` may
    add, are those of callbacks whose answers ePROM may never have got.
    """

    began: datetime
    abandoned: frozenset[str]
    ledgers: Sequence[Changes]
    attempts: Mapping[str, Attempt] = field(default_factory=dict)
    away: Sequence[tuple[datetime, datetime]] = ()
    made: frozenset[str] = frozenset()
    unsure: Set[str] = frozenset()
    take_in: Callable[[Journal], object] = lambda journal: None
    heard: Path | None = None


@contextmanager
def open_rig(
    config: Config,
    folder: Path,
    *,
    seed: int,
    faults: Faults | None = None,
    clock: Clock = system_clock,
    part: Part | None = None,
    tester: Tester | None = None,
    earlier: Earlier | None = None,
    made_by: Mapping[str, str] = {},
) -> Iterator[Rig]:
    """Start both ends and everything between them; stops them again at the end. `part` is for one of several rigs;
    `tester` is who does what the driver «attended» asks for, `earlier` what is known of a run that is taken up again,
    and `made_by` what the run is made with, for its first entry.

    Raises:
        UsageProblem: the configuration cannot be used on this machine (a port is taken, a key is missing).
    """
    faults = faults or Faults()
    # By the day on which the run began: its persons are the same however late it is taken up again.
    day = earlier.began if earlier else clock()
    population = Population.generate(seed, today=day.astimezone(NORWAY).date())
    refuse_unknown("personas", config.personas, population.names)
    refuse_unknown("skjema", config.forms, tuple(SIMULATED_FORMS))
    api_key = agreed_key(config)
    with ExitStack() as stack:
        mask = Mask([*own_secrets(), *([] if api_key == OPEN_KEY else [api_key])])
        journal = part.open_journal(mask) if part else Journal(folder / "journal.sqlite", mask=mask, clock=clock)
        stack.callback(journal.close)
        facts: dict[str, Any] = {"seed": seed, "edition": config.edition, "eprom": config.api_base}
        facts |= {"fault": faults.name}
        facts |= {"part": part.name} if part and part.name else {}
        facts |= {"made_by": dict(made_by)} if made_by else {}
        facts |= {"resumed": True} if earlier else {}
        journal.run_started(facts, json.dumps(settings_of(config)).encode())
        if earlier:
            # Before anything is served: what came earlier is to stand before what comes now.
            earlier.take_in(journal)
        contract = Contract(config.edition)
        # Closed in reverse: first the callbacks stop, then the servers, then what the servers use.
        ends = stack.enter_context(ExitStack())
        build = _Builder(
            config=config,
            store=folder / (SYSTEM_STORE if part is None or part.turns else f"bestillersystem-{part.name}.sqlite"),
            seed=seed,
            population=population,
            faults=faults,
            clock=clock,
            api_key=api_key,
            journal=journal,
            contract=contract,
            recorder=Recorder(journal, contract, keys=[api_key]),
            host=stack.enter_context(Host()),
            stack=stack,
            ends=ends,
            tester=tester,
            earlier=earlier or Earlier(day, frozenset(), ()),
            part=part,
            abandoned=set(earlier.abandoned) if earlier else set(),
        )
        if config.system.foreign:
            rig = build.own_with_simulator() if config.eprom == "simulator" else build.own_with_environment()
        else:
            rig = build.with_simulator() if config.eprom == "simulator" else build.with_environment()
        for changes in earlier.ledgers if earlier else ():
            rig.ledgers.merge(changes, journal.exchanges())
        yield rig


def settings_of(config: Config) -> dict[str, Any]:
    """What a run was told, as the file has it; keys and tokens never stand there."""
    settings = config.model_dump(mode="json", by_alias=True)
    return settings | {"tillatte_fodselsnumre": sorted(config.allowed_national_ids)}


@dataclass(frozen=True, kw_only=True)
class _Builder:
    """What both kinds of rig are made of. The one that notes the exchanges is the simulator where there is one."""

    config: Config
    store: Path
    seed: int
    population: Population
    faults: Faults
    clock: Clock
    api_key: str
    journal: Journal
    contract: Contract
    recorder: Recorder
    host: Host
    stack: ExitStack
    ends: ExitStack
    tester: Tester | None
    earlier: Earlier
    part: Part | None
    abandoned: set[str]
    recorded: list[RecordedApp] = field(default_factory=list)

    @cached_property
    def connection(self) -> Connection:
        """How the environment is reached; its secrets are masked from now on."""
        made = self.config.connection.connection()
        for secret in made.secrets(self.config.api_base):
            self.journal.mask.learn(secret)
        return made

    @cached_property
    def manners(self) -> Manners | None:
        """How all clients of the run together treat the environment; None for the simulator."""
        told, base = self.config.connection, self.config.api_base
        if self.config.eprom == "simulator":
            return None
        proxy = self.connection.proxy_to(base)
        return Manners(
            limit=self.part.turns if self.part and self.part.turns else Limit(told.calls_per_second),
            attempts=told.attempts,
            log=NetworkLog(self.journal, self.abandoned, elsewhere=self.part.elsewhere if self.part else list),
            base_path=base_path_of(base),
            proxy=proxy.address if proxy else "",
        )

    def with_simulator(self) -> Rig:
        negative, guard, simulator, base_url = self._simulated()
        system = self._built_in(self._client(base_url, guard, recorder=None))
        listens_on = self.config.receiver.host
        callbacks = self.host.serve(system.app, host=listens_on, port=self.config.receiver.port)
        simulator.register(Bestillersystem(_SYSTEM_NAME, self.api_key, f"http://{url_host(listens_on)}:{callbacks}"))
        self.ends.callback(system.close)
        return self._rig(negative, BuiltInDriver(system), guard, base_url, simulator)

    def own_with_simulator(self) -> Rig:
        told = self.config.system
        negative, guard, simulator, base_url = self._simulated()
        simulator.register(Bestillersystem(told.name or "bestillersystemet", self.api_key, told.api_base_url))
        return self._rig(negative, self._own_driver(guard), guard, base_url, simulator)

    def own_with_environment(self) -> Rig:
        refuse_production(self.config.api_base)
        guard = NationalIdGuard(self.config.allowed_national_ids)
        driver = self._own_driver(guard)
        # Closed before the servers, in whose loop their connections live.
        taps = self.stack.enter_context(open_taps(self.config, self.recorder, self.host, self.manners))
        return self._rig({}, driver, guard, self.config.api_base, None, taps.both)

    def _own_driver(self, guard: NationalIdGuard) -> Driver:
        driver = self._driver_told(guard)
        close = getattr(driver, "close", None)
        if close is not None:
            self.ends.callback(close)
        return driver

    def _driver_told(self, guard: NationalIdGuard) -> Driver:
        told = self.config.system
        if told.driver == "python":
            return load_driver(told.class_name)
        if told.driver == "attended":
            return self._attended()
        token = hook_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = RecordedTransport(httpx.HTTPTransport(usual_trust()), None, guard, sender=HARNESS)
        return HttpDriver(
            httpx.Client(base_url=told.hook_url, transport=transport, timeout=told.hook_timeout_s, headers=headers)
        )

    def _attended(self) -> Driver:
        if self.tester is None:
            raise UsageProblem("Driveren «attended» trenger en tester ved terminalen.", "Bruk eprom-verify run.")
        asked = AttendedDriver(
            self.tester,
            self.journal,
            system=self.config.system.name or "bestillersystemet",
            persons={each.national_id: each.name for each in self.population},
            forms={form_id: name for name, form_id in SIMULATED_FORMS.items()},
            limit_s=self.config.deadlines.tester_s,
        )
        return cast(Driver, OwnDriver(asked, "tester"))

    def _simulated(self) -> tuple[dict[str, str], NationalIdGuard, Simulator, str]:
        """The numbers of negative cases, the guard that knows them, the simulator, and its PromsApiBaseUrl."""
        rng = random.Random(self.seed)  # noqa: S311 - synthetic persons, not secrets
        born = date(1970, 1, 1)
        negative = {
            "H-nummer": generate_h_number(rng, birth_date=born, sex=Sex.WOMAN),
            "FH-nummer": generate_fh_number(rng),
            "for kort nummer": self.population["alle kanaler"].national_id[:-1],
            "for langt nummer": f"{self.population['alle kanaler'].national_id}0",
        }
        guard = NationalIdGuard(negative_cases=frozenset(negative.values()))
        outward = AsyncRecordedTransport(httpx.AsyncHTTPTransport(usual_trust()), self.recorder, guard, sender="eprom")
        simulator = Simulator(self.population, self._settings(), callback_transport=outward, clock=self.clock)
        self.stack.callback(lambda: self.host.run(simulator.close()))
        recorded = RecordedApp(
            simulator.app,
            self.recorder,
            sender=_caller,
            base_path=BASE_PATH,
            body_limit=body_limit,
            recorded=lambda path: path.casefold().startswith(f"{BASE_PATH}/api/"),
        )
        self.recorded.append(recorded)
        listens_on = self.config.simulator.host
        try:
            port = self.host.serve(recorded, host=listens_on, port=self.config.simulator_port)
        except UsageProblem as exc:
            raise UsageProblem(exc.problem, PORT_TAKEN) from exc
        return negative, guard, simulator, f"http://{url_host(listens_on)}:{port}{BASE_PATH}"

    def with_environment(self) -> Rig:
        refuse_production(self.config.api_base)
        guard = NationalIdGuard(self.config.allowed_national_ids)
        system = self._built_in(self._client(self.config.api_base, guard, recorder=self.recorder))
        # Before the first callback is taken, so that what came earlier is registered as the earlier.
        if self.earlier.heard is not None:
            take_over(system, self.earlier.heard, self.earlier.made)
        if self.part is None or self.part.receives:
            _, recorded = serve_receiver(self.config, system.app, self.recorder, self.host)
            self.recorded.append(recorded)
        self.ends.callback(system.close)
        return self._rig({}, BuiltInDriver(system), guard, self.config.api_base, None)

    def _rig(
        self,
        negative: Mapping[str, str],
        driver: Driver,
        guard: NationalIdGuard,
        base_url: str,
        simulator: Simulator | None,
        taps: tuple[Tap, ...] = (),
    ) -> Rig:
        # The simulator notes what comes to it; of a real environment, what is sent to it is noted here.
        recorder = self.recorder if simulator is None else None
        client = self._client(base_url, guard, recorder=recorder, sender=HARNESS)
        direct = DirectApi(client, self.journal, api_key=self.api_key)
        self.ends.callback(direct.close)
        if simulator is not None:
            # Owns forms too, and is nobody to send to: what comes to the first of what is its own came wrongly.
            simulator.register(Bestillersystem(OTHER_SYSTEM, secrets.token_urlsafe(24), None))
        own_filler = f"{base_url.removesuffix(BASE_PATH)}/proms"
        return Rig(
            config=self.config,
            seed=self.seed,
            journal=self.journal,
            contract=self.contract,
            population=self.population,
            negative_ids=negative,
            driver=driver,
            direct=direct,
            simulator=simulator,
            clock=self.clock,
            host=self.host,
            form_filler=self.config.form_filler if simulator is None else own_filler,
            keys_seen=self.recorder.keys_seen,
            abandoned=self.abandoned,
            away=tuple(self.earlier.away),
            unsure=self.earlier.unsure,
            attempts=Attempts(self.journal, self.earlier.attempts.items()) if simulator is None else None,
            taps=taps,
            recorded=tuple(self.recorded),
            fault=self.faults.name,
            network=self.manners.log if self.manners else None,
        )

    def _settings(self) -> Settings:
        section = self.config.simulator
        return Settings(
            edition=self.config.edition,
            callback_delay_s=section.callback_delay_s,
            redelivery=Redelivery(first_delay_s=section.redelivery_delay_s),
            behaviour=self.faults.eprom,
        )

    def _built_in(self, http: httpx.Client) -> BuiltInSystem:
        return BuiltInSystem(
            http,
            api_key=self.api_key,
            store_path=str(self.store),
            behaviour=self.faults.bestillersystem,
            on_trouble=self.journal.give_up,
        )

    def _client(
        self, base_url: str, guard: NationalIdGuard, *, recorder: Recorder | None, sender: str = "bestillersystem"
    ) -> httpx.Client:
        manners = self.manners
        inner = self.connection.transport(base_url) if manners else httpx.HTTPTransport(usual_trust())
        recorded = RecordedTransport(inner, recorder, guard, sender=sender, base_path=base_path_of(base_url))
        transport = manners.round(recorded) if manners else recorded
        return httpx.Client(base_url=base_url, transport=transport, timeout=self.config.connection.timeout_s)


def _caller(headers: Sequence[tuple[str, str]]) -> str:
    """Who sent a request to the simulator: the harness marks its own."""
    marked = any(name.casefold() == MARK.casefold() for name, _ in headers)
    return HARNESS if marked else "bestillersystem"
