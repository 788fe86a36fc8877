"""What the features drive: two ends, the journal between them, and what is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Coroutine, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from eprom_verify.bestillersystem.behaviour import CORRECT
from eprom_verify.bestillersystem.behaviour import Behaviour as SystemBehaviour
from eprom_verify.clock import Clock, SteadyClock
from eprom_verify.config import Config
from eprom_verify.contract import Contract
from eprom_verify.contract.privacy_codes import SettingType
from eprom_verify.drivers.direct import DirectApi
from eprom_verify.drivers.protocol import Driver
from eprom_verify.errors import UnsafeNationalId, Unverified
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.journal.attempts import Attempts
from eprom_verify.journal.elsewhere import MAKES, made_elsewhere
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.ledgers import Ledgers
from eprom_verify.journal.politeness import NetworkLog
from eprom_verify.journal.recorded_app import RecordedApp
from eprom_verify.journal.recorder import KeysSeen
from eprom_verify.journal.tap import Tap
from eprom_verify.persons import Population
from eprom_verify.serving import Host
from eprom_verify.simulator.app import Simulator
from eprom_verify.simulator.behaviour import DOCUMENTED
from eprom_verify.simulator.behaviour import Behaviour as EpromBehaviour
from eprom_verify.simulator.forms import SIMULATED_FORMS

HARNESS = "eprom-verify"
NORWAY = ZoneInfo("Europe/Oslo")
ACTING_S = 60.0
"""Seconds within which a bestillersystem sends what it was asked for, when ePROM is a real environment."""


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


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Two ends, the journal between them, and what the features need to know of them.

    `simulator` is None when ePROM is a real environment; `negative_ids` are made-up numbers of kinds that ePROM
    refuses, which exist for the simulator alone. `form_filler` is where forms are filled in, "" when that is not known.
    `taps` stand between the ends when neither is the harness's own, and `recorded` round a server that is; `fault`
    names what is deliberately wrong, "" when nothing is. `abandoned` are the ids of exchanges, orders and letters of
    scenarios that were broken off before the run was taken up again, or that the network stopped: nothing is judged by
    them. `away` is from when and until when nothing ran and nobody received, of a run that was taken up again, and
    `unsure` are callbacks whose answers ePROM may never have got, since a process ended just then. `attempts` are what
    scenarios have begun; None when ePROM is the simulator, which forgets its orders when it stops. `network` tells what
    the network has spoiled, of a real environment.
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
    keys_seen: KeysSeen = field(default_factory=KeysSeen)
    abandoned: set[str] = field(default_factory=set)
    away: tuple[tuple[datetime, datetime], ...] = ()
    unsure: Set[str] = frozenset()
    attempts: Attempts | None = None
    taps: tuple[Tap, ...] = ()
    recorded: tuple[RecordedApp, ...] = ()
    fault: str = ""
    network: NetworkLog | None = None

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

    @property
    def absences(self) -> tuple[tuple[datetime, datetime], ...]:
        """From when and until when nobody received: the run was stopped, or the machine slept."""
        return (*self.away, *(self.clock.slept if isinstance(self.clock, SteadyClock) else ()))

    def in_simulator(self, work: Coroutine[Any, Any, None]) -> None:
        """Let the simulator do something, in its own thread, and wait until it is done."""
        self.host.run(work)

    def seen(self, *operations: str) -> list[Exchange]:
        """The exchanges of these operations in the run, also the unanswered; the report tells that they were seen."""
        strays = {each.id for each in self.strays(*operations)}
        found = [each for each in self._of(*operations) if each.id not in strays]
        self.ledger.looked_at.update(each.id for each in found)
        return found

    def strays(self, *operations: str) -> list[Exchange]:
        """What a real environment sent of orders and letters that nobody in this run has made.

        Others may use it at the same time, and a run before this one may have ordered, so that this says nothing of
        ePROM. The simulator has nobody else to send to: of it, there are none. What a patient began has no order.
        """
        if self.simulator is not None:
            return []
        sent = [each for each in [*self.journal.exchanges(), *self.journal.spoiled()] if each.operation in MAKES]
        made = {name for each in sent for name in (each.order_id, each.message_id)} | self.ledger.unordered
        return [each for each in self._of(*operations) if (name := _told_of(each)) and name not in made]

    def made_before(self, names: Collection[str]) -> set[str]:
        """Which of these orders and letters another run has made, or was made between two, as the folders beside this
        run's tell."""
        mine = self.journal.path.resolve()
        beside = {path.resolve() for path in mine.parent.parent.glob(f"*/{mine.name}")} - {mine}
        return made_elsewhere(sorted(beside, reverse=True), names)

    def _of(self, *operations: str) -> list[Exchange]:
        """The exchanges of these operations that may be judged."""
        return [
            each
            for each in self.journal.exchanges()
            if each.operation in operations and self.abandoned.isdisjoint({each.id, each.order_id, each.message_id})
        ]

    def may_have_made_more(self, operation: str) -> bool:
        """Whether ePROM may have done what a request of this operation asked for though no answer came: it can then
        tell of what nobody knows."""
        return any(
            each.operation == operation and each.id in self.abandoned and not (each.order_id or each.message_id)
            for each in [*self.journal.exchanges(), *self.journal.spoiled()]
        )

    def delivered(self, *, timeout_s: float, but: int = 0) -> bool:
        """Wait until the simulator has delivered what it is to deliver, but for so many; True where ePROM is real."""
        if self.simulator is None:
            return True
        deliverer = self.simulator.office.deliverer
        return self.host.run(deliverer.settled(timeout_s=timeout_s, but=but), timeout_s=timeout_s + 10)

    @property
    def order_s(self) -> float:
        """Seconds that the bestillersystem may take for what it is asked for, and either end to answer a message."""
        deadlines = self.config.deadlines
        return deadlines.status_s if self.simulator is not None else max(ACTING_S, deadlines.registered_s)

    @property
    def patience_s(self) -> float:
        """Seconds that the bestillersystem may take to register what it has answered; 0 for the built-in one."""
        return self.config.deadlines.registered_s if self.config.system.foreign else 0.0

    @property
    def formal(self) -> bool:
        """Whether the run can be handed to Hemit: never while one of the ends is the harness's own, or unknown, or
        something is deliberately wrong."""
        return self.config.may_be_formal and self.simulator is None and not self.fault

    @property
    def unrecorded(self) -> int:
        """How many exchanges passed, or were answered so that they come again, and could not be noted."""
        return sum(each.failures.count for each in self.taps) + sum(each.failures.count for each in self.recorded)

    @property
    def refused(self) -> UnsafeNationalId | None:
        """Why a message of the bestillersystem was not handed on to ePROM: it told of somebody who may be real."""
        return next((each.refused for each in self.taps if each.refused is not None), None)

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


def _told_of(exchange: Exchange) -> str | None:
    """The id of the order or letter that ePROM tells of; None when it is none that anybody can have made."""
    name = {"I": exchange.order_id, "J": exchange.order_id, "K": exchange.message_id}.get(exchange.operation)
    if name is None or name == ZERO_GUID or exchange.request.member("isPatientInitiated") is True:
        return None
    try:
        return name if str(UUID(name)) == name else None
    except ValueError:
        return None
