"""Wires two ends and the journal between them into something that the features can drive."""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.bestillersystem.behaviour import Behaviour as SystemBehaviour
from eprom_verify.bestillersystem.endpoints import BODY_LIMIT as CALLBACK_LIMIT
from eprom_verify.bestillersystem.system import BuiltInSystem
from eprom_verify.clock import Clock, system_clock
from eprom_verify.config import Config
from eprom_verify.contract import Contract
from eprom_verify.contract.privacy_codes import SettingType
from eprom_verify.drivers.builtin import BuiltInDriver
from eprom_verify.drivers.direct import MARK, DirectApi
from eprom_verify.drivers.protocol import Driver
from eprom_verify.errors import Unverified, UsageProblem
from eprom_verify.exchange import Exchange
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.ledgers import Ledgers
from eprom_verify.journal.recorder import Recorder
from eprom_verify.journal.recording import AsyncRecordedTransport, RecordedApp, RecordedTransport, base_path_of
from eprom_verify.masking import Mask
from eprom_verify.persons import NationalIdGuard, Population, Sex, refuse_production
from eprom_verify.persons.national_id import generate_fh_number, generate_h_number
from eprom_verify.serving import Host, url_host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.simulator.behaviour import Behaviour as EpromBehaviour
from eprom_verify.simulator.callbacks import Redelivery
from eprom_verify.simulator.forms import OTHER_SYSTEM, SIMULATED_FORMS
from eprom_verify.simulator.orders import Bestillersystem
from eprom_verify.simulator.settings import BASE_PATH, Settings, body_limit

KEY_VARIABLE = "EPROM_VERIFY_API_KEY"
_SYSTEM_NAME = "innebygd bestillersystem"
HARNESS = "eprom-verify"
NORWAY = ZoneInfo("Europe/Oslo")


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is deliberately wrong in a run, at most one thing at a time; `name` is "" when nothing is."""

    name: str = ""
    eprom: EpromBehaviour = DOCUMENTED
    bestillersystem: SystemBehaviour = CORRECT


@dataclass
class Ledger:
    """What the scenarios themselves have caused, so that it is not held against the integration.

    `asked` counts the orders asked of the bestillersystem, by national id; `provoked` holds the ids of exchanges
    that were meant to fail; `repeated` and `other_edition` the ids of orders whose status the simulator was told to
    send more than once, or in another edition (`repeated` has ids of privacy settings too); `unordered` those of
    forms that it was told to return though nobody ordered them; `told_to_answer` the ids of exchanges whose answer
    it was told. `differences` are orders that say otherwise than was asked: the exchange, the member, what was
    asked and what was sent. `looked_at` are the ids of the exchanges that a check of the whole run has looked at
    since it was last emptied.
    """

    asked: Counter[str] = field(default_factory=Counter)
    provoked: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)
    other_edition: set[str] = field(default_factory=set)
    unordered: set[str] = field(default_factory=set)
    told_to_answer: set[str] = field(default_factory=set)
    differences: list[tuple[Exchange, str, object, object]] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Part:
    """What is told of a rig that is one of several in a run: its name, and how it opens its part of the journal."""

    name: str
    open_journal: Callable[[Mask], Journal]


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Two ends, the journal between them, and what the features need to know of them.

    `simulator` is None when ePROM is a real environment; `negative_ids` are made-up numbers of kinds that ePROM
    refuses, which exist for the simulator alone. `form_filler` is where forms are filled in, "" when that is not known.
    """

    config: Config
    seed: int
    journal: Journal
    contract: Contract
    population: Population
    negative_ids: Mapping[str, str]
    driver: Driver
    direct: DirectApi
    simulator: Simulator | None
    clock: Clock
    host: Host
    form_filler: str = ""
    ledgers: Ledgers = field(default_factory=Ledgers)

    @property
    def ledger(self) -> Ledger:
        """What the scenarios themselves have caused; a chapter's own ledger is `ledgers.of(its kind)`."""
        return self.ledgers.of(Ledger)

    def form(self, name: str) -> str:
        """The id of the form that plays this part.

        Raises:
            Unverified: no such form is set up for this environment.
        """
        forms: Mapping[str, object] = SIMULATED_FORMS if self.simulator is not None else self.config.forms
        if name not in forms:
            raise Unverified(f"Ingen skjema-id er satt opp for «{name}».")
        return str(forms[name])

    def privacy_setting(self, kind: SettingType) -> str:
        """The id of the privacy setting of this kind in a real environment.

        Raises:
            Unverified: no such setting is set up for this environment.
        """
        settings = self.config.privacy_settings
        found = settings.reservation if kind is SettingType.Reservasjon else settings.consent
        if found is None:
            raise Unverified(f"Ingen personverninnstilling er satt opp for «{kind.name}».")
        return str(found)

    def in_simulator(self, work: Coroutine[Any, Any, None]) -> None:
        """Let the simulator do something, in its own thread, and wait until it is done."""
        self.host.run(work)

    def seen(self, *operations: str) -> list[Exchange]:
        """The exchanges of these operations in the run, also the unanswered; the report tells that they were seen."""
        found = [each for each in self.journal.exchanges() if each.operation in operations]
        self.ledger.looked_at.update(each.id for each in found)
        return found

    def delivered(self, *, timeout_s: float, but: int = 0) -> bool:
        """Wait until the simulator has delivered what it is to deliver, but for so many; True where ePROM is real."""
        if self.simulator is None:
            return True
        deliverer = self.simulator.office.deliverer
        return self.host.run(deliverer.settled(timeout_s=timeout_s, but=but), timeout_s=timeout_s + 10)

    @property
    def formal(self) -> bool:
        """Whether the run can be handed to Hemit: never while one of the ends is the harness's own."""
        return False

    def national_id(self, persona: str) -> str:
        """The national id of the person that plays this persona.

        Raises:
            Unverified: nobody is set up for it in this environment.
        """
        if self.simulator is not None:
            return self.population[persona].national_id
        if persona not in self.config.personas:
            raise Unverified(f"Ingen testperson er satt opp for «{persona}».")
        return self.config.personas[persona]


@contextmanager
def open_rig(
    config: Config,
    folder: Path,
    *,
    seed: int,
    faults: Faults | None = None,
    clock: Clock = system_clock,
    part: Part | None = None,
) -> Iterator[Rig]:
    """Start both ends and everything between them; stops them again at the end. `part` is for one of several rigs.

    Raises:
        UsageProblem: the configuration cannot be used on this machine (a port is taken, a key is missing).
    """
    faults = faults or Faults()
    population = Population.generate(seed, today=clock().astimezone(NORWAY).date())
    _refuse_unknown("personas", config.personas, population.names)
    _refuse_unknown("skjema", config.forms, tuple(SIMULATED_FORMS))
    api_key = _api_key(config)
    with ExitStack() as stack:
        mask = Mask([api_key])
        journal = part.open_journal(mask) if part else Journal(folder / "journal.sqlite", mask=mask, clock=clock)
        stack.callback(journal.close)
        facts = {"seed": seed, "edition": config.edition, "eprom": config.api_base, "fault": faults.name}
        journal.run_started(facts | ({"part": part.name} if part else {}))
        contract = Contract(config.edition)
        # Closed in reverse: first the callbacks stop, then the servers, then what the servers use.
        ends = stack.enter_context(ExitStack())
        build = _Builder(
            config=config,
            store=folder / f"bestillersystem{f'-{part.name}' if part else ''}.sqlite",
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
        )
        yield build.with_simulator() if config.eprom == "simulator" else build.with_environment()


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

    def with_simulator(self) -> Rig:
        rng = random.Random(self.seed)  # noqa: S311 - synthetic persons, not secrets
        born = date(1970, 1, 1)
        negative = {
            "H-nummer": generate_h_number(rng, birth_date=born, sex=Sex.WOMAN),
            "FH-nummer": generate_fh_number(rng),
            "for kort nummer": self.population["alle kanaler"].national_id[:-1],
            "for langt nummer": f"{self.population['alle kanaler'].national_id}0",
        }
        guard = NationalIdGuard(negative_cases=frozenset(negative.values()))
        outward = AsyncRecordedTransport(httpx.AsyncHTTPTransport(), self.recorder, guard, sender="eprom")
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
        base_url = f"http://127.0.0.1:{self.host.serve(recorded)}{BASE_PATH}"
        system = self._built_in(self._client(base_url, guard, recorder=None))
        listens_on = self.config.receiver.host
        callbacks = self.host.serve(system.app, host=listens_on, port=self.config.receiver.port)
        simulator.register(Bestillersystem(_SYSTEM_NAME, self.api_key, f"http://{url_host(listens_on)}:{callbacks}"))
        # Owns forms too, and is nobody to send to: what comes to the first of what is its own came wrongly.
        simulator.register(Bestillersystem(OTHER_SYSTEM, secrets.token_urlsafe(24), None))
        direct = DirectApi(self._client(base_url, guard, recorder=None), self.journal, api_key=self.api_key)
        return self._rig(negative, system, direct, simulator, form_filler=f"{base_url.removesuffix(BASE_PATH)}/proms")

    def with_environment(self) -> Rig:
        refuse_production(self.config.api_base)
        guard = NationalIdGuard(self.config.allowed_national_ids)
        system = self._built_in(self._client(self.config.api_base, guard, recorder=self.recorder))
        recorded = RecordedApp(
            system.app, self.recorder, sender=lambda headers: "eprom", body_limit=lambda path: CALLBACK_LIMIT
        )
        self.host.serve(recorded, host=self.config.receiver.host, port=self.config.receiver.port)
        client = self._client(self.config.api_base, guard, recorder=self.recorder, sender=HARNESS)
        direct = DirectApi(client, self.journal, api_key=self.api_key)
        return self._rig({}, system, direct, None, form_filler=self.config.form_filler)

    def _rig(
        self,
        negative: Mapping[str, str],
        system: BuiltInSystem,
        direct: DirectApi,
        simulator: Simulator | None,
        *,
        form_filler: str,
    ) -> Rig:
        self.ends.callback(system.close)
        self.ends.callback(direct.close)
        return Rig(
            config=self.config,
            seed=self.seed,
            journal=self.journal,
            contract=self.contract,
            population=self.population,
            negative_ids=negative,
            driver=BuiltInDriver(system),
            direct=direct,
            simulator=simulator,
            clock=self.clock,
            host=self.host,
            form_filler=form_filler,
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
        )

    def _client(
        self, base_url: str, guard: NationalIdGuard, *, recorder: Recorder | None, sender: str = "bestillersystem"
    ) -> httpx.Client:
        transport = RecordedTransport(
            httpx.HTTPTransport(), recorder, guard, sender=sender, base_path=base_path_of(base_url)
        )
        return httpx.Client(base_url=base_url, transport=transport, timeout=30)


def _caller(headers: Sequence[tuple[str, str]]) -> str:
    """Who sent a request to the simulator: the harness marks its own."""
    marked = any(name.casefold() == MARK.casefold() for name, _ in headers)
    return HARNESS if marked else "bestillersystem"


def _api_key(config: Config) -> str:
    if config.eprom == "simulator":
        return secrets.token_urlsafe(24)
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise UsageProblem(
            f"Ingen API-nøkkel for {config.api_base}.", f"Sett miljøvariabelen {KEY_VARIABLE} til nøkkelen fra Hemit."
        )
    if not (key.isascii() and key.isprintable()):
        raise UsageProblem(
            f"API-nøkkelen i {KEY_VARIABLE} har tegn som ikke kan sendes i en header.", "Lim inn nøkkelen på nytt."
        )
    return key


def _refuse_unknown(section: str, given: Iterable[str], known: Sequence[str]) -> None:
    """A name that no scenario uses is a typing mistake, which would else show up as a missing person or form."""
    for name in given:
        if name not in known:
            near = " eller ".join(f"«{each}»" for each in get_close_matches(name, known, n=2))
            remedy = f"Mente du {near}?" if near else f"Navnene er: {', '.join(known)}."
            raise UsageProblem(f"Oppsettet har det ukjente navnet «{name}» under [{section}].", remedy)
