"""What the journal keeps of a run besides its messages: all that its verdict can be made of once more."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from eprom_verify.clock import Clock
from eprom_verify.errors import HarnessProblem, UsageProblem
from eprom_verify.exchange import ZERO_GUID, Exchange
from eprom_verify.journal.attempts import ACT, Act, Attempt, take_attempt
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import grown
from eprom_verify.journal.ledgers import Changes
from eprom_verify.journal.store import Store, read_entries
from eprom_verify.masking import Mask
from eprom_verify.runner.unsure import HEARD_BY, Unsure
from eprom_verify.verdict import (
    Attestation,
    Catalogue,
    Fault,
    RunInfo,
    RunResult,
    ScenarioResult,
    Waiver,
    judge,
    scenario_from_json,
)
from eprom_verify.verdict.diagnosis import diagnosed

SCENARIO, END, ATTESTATION = "scenario", "end", "attestation"
"""The kinds of the entries: what a scenario came to, how the run ended, and what a tester answered."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run ended: what besides the scenarios its verdict is made of; see `judge`.

    The digest of `run` is that of the entry before this one; `order` are the ids of the scenarios, as they were run.
    """

    run: RunInfo
    incomplete_reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    not_run: tuple[str, ...]
    unused: Mapping[str, str]
    waivers: tuple[Waiver, ...]
    order: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Recorded:
    """What a journal has kept of its run so far.

    `scenarios` are the latest results by id, `seed` and `settings` those of its first entry, `began` when that was and
    `resumed` when it was taken up again; `newest` is the latest moment that is told of. `ending` is None when it never
    came to an end. `left` are the exchanges of a scenario that was in the middle of something when the run last
    stopped, `lost` what was left of earlier stops, and `ledgers` what scenarios have caused. `unsure` are callbacks
    whose answers were noted just before a process ended, so that ePROM may never have got them. `shared` says that
    several processes ran it, and `attempts` are what scenarios began, by their ids. `last_at` is when the run last
    noted something, and `away` from when and until when nothing ran.
    """

    seed: int = 0
    settings: Any = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    began: datetime | None = None
    resumed: list[datetime] = field(default_factory=list)
    scenarios: dict[str, ScenarioResult] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    ledgers: list[Changes] = field(default_factory=list)
    shared: bool = False
    attempts: dict[str, Attempt] = field(default_factory=dict)
    attestations: list[Attestation] = field(default_factory=list)
    ending: Ending | None = None
    last_digest: str = ""
    last_at: datetime | None = None
    away: list[tuple[datetime, datetime]] = field(default_factory=list)
    newest: datetime | None = None

    @property
    def abandoned(self) -> frozenset[str]:
        """The ids of exchanges, orders and letters that belong to no result: their scenario never came to its end."""
        kept = self._taken_up
        # What came of an order that is gone on from belongs to it, whenever it came.
        kept |= {each.id for each in self.exchanges.values() if {each.order_id, each.message_id} & kept}
        return frozenset((self.lost | abandoned_of(set(self.left), self.exchanges.values())) - kept)

    @property
    def made(self) -> frozenset[str]:
        """The ids that ePROM gave the orders and letters of the run."""
        sent = [each for each in self.exchanges.values() if each.operation in _MADE_ONCE and each.status == 200]
        names = {name for each in sent for name in (each.order_id, each.message_id) if name}
        return frozenset(names - {ZERO_GUID})

    def adopt_what_was_sent(self) -> None:
        """Let the scenario that was in the middle of something keep what it had sent before it could say so."""
        begun = [each for name, each in self.attempts.items() if name not in self.scenarios or not each.until_known]
        known = {act.exchange for each in self.attempts.values() for act in each.acts}
        for part in {each.goes_on_in for each in begun}:
            # The one that was told of last: a process runs one scenario at a time, and may not have reached an earlier
            # one again.
            attempt = max((each for each in begun if each.goes_on_in == part), key=lambda each: each.told)
            left = [self.exchanges[each] for each in self.left if self.exchanges[each].part == part]
            sent = [each for each in left if each.operation in _MADE_ONCE and each.id not in known | self.lost]
            attempt.acts += [Act(each.id, adopted=True) for each in sent if each.response is not None]
            attempt.uncertain |= any(not each.done for each in sent)
            attempt.until = max([attempt.until, *(each.request.seq for each in left)])

    @property
    def _taken_up(self) -> set[str]:
        """The ids of what scenarios that are not decided have had done: they go on from there."""
        acts = [act.exchange for each in self.attempts.values() for act in each.acts]
        done = [self.exchanges[each] for each in acts if each in self.exchanges]
        return {name for each in done for name in (each.id, each.order_id, each.message_id) if name}


def abandoned_of(left: Collection[str], exchanges: Iterable[Exchange]) -> set[str]:
    """The ids of these exchanges, and of the orders and letters that nothing but these is about."""
    every = list(exchanges)
    mine, others = [each for each in every if each.id in left], [each for each in every if each.id not in left]
    names = {name for each in mine for name in (each.order_id, each.message_id) if name}
    known = {name for each in others for name in (each.order_id, each.message_id) if name}
    # A late status of an order that came to its result before is no leftover.
    lost = {each.id for each in mine if not {each.order_id, each.message_id} & known}
    return lost | (names - known)


_MADE_ONCE = ("A", "B")
"""Orders and letters: what a scenario has sent of them is not sent again."""

_ENDING = TypeAdapter(Ending)
_ATTESTATION = TypeAdapter(Attestation)


def read_record(path: Path) -> Recorded:
    """What the journal at `path` has kept of its run.

    Raises:
        UsageProblem: there is no journal, or it is not of a run that this version can read.
    """
    recorded, unsure = Recorded(), Unsure()
    try:
        for entry in read_entries(path):
            _take(recorded, entry)
            unsure.take(entry)
            recorded.last_digest = entry.digest
            at = datetime.fromisoformat(entry.at)
            recorded.newest = max(recorded.newest or at, at)
            if entry.kind != ATTESTATION:
                recorded.last_at = at
        recorded.unsure |= unsure.names
    except (ValueError, KeyError, TypeError, ValidationError) as exc:
        raise UsageProblem(
            f"Journalen {path} har innslag som denne versjonen ikke forstår ({type(exc).__name__}).",
            "Bruk versjonen av eprom-verify som kjøringen ble gjort med.",
        ) from exc
    return recorded


def _take(recorded: Recorded, entry: Entry) -> None:
    match entry.kind:
        case "run":
            _take_start(recorded, entry)
        case "scenario":
            result = scenario_from_json(entry.body.decode())
            recorded.scenarios[result.id] = result
            # What the receiver of several processes has noted is left to whichever scenario ends next, as in one.
            part, others = entry.data.get("part", ""), []
            if part:
                others = [each for each in recorded.left if recorded.exchanges[each].part not in (part, "")]
                recorded.left = [each for each in recorded.left if each not in others]
            if result.stopped_by_network:
                recorded.lost |= recorded.abandoned
            recorded.left = others
        case "ledger":
            recorded.ledgers.append(json.loads(entry.body))
        case "attempt" | "act" | "left":
            take_attempt(recorded.attempts, entry)
            if entry.kind == ACT and entry.body:
                recorded.ledgers.append(json.loads(entry.body))
        case "end":
            recorded.ending = _ENDING.validate_json(entry.body)
        case "network":  # See `journal.SET_ASIDE`.
            recorded.lost.add(entry.data["exchange"])
        case "attestation":
            recorded.attestations.append(_ATTESTATION.validate_json(entry.body))
        case _ if entry.exchange:
            recorded.exchanges[entry.exchange] = grown(recorded.exchanges.get(entry.exchange), entry)
            # What `listen` has heard is of no scenario that was in the middle of something.
            if entry.kind == "request" and HEARD_BY not in entry.data:
                recorded.left.append(entry.exchange)


def _take_start(recorded: Recorded, entry: Entry) -> None:
    at = datetime.fromisoformat(entry.at)
    recorded.shared |= "part" in entry.data
    if recorded.began is None:
        recorded.began, recorded.facts = at, entry.data
        recorded.seed = entry.data["seed"]
        recorded.settings = json.loads(entry.body) if entry.body else None
    elif entry.data.get("resumed"):
        recorded.resumed.append(at)
        recorded.away.append((recorded.last_at or at, at))
        # As when it was taken up then, or what nobody saw answered would be sent anew the next time.
        recorded.adopt_what_was_sent()
        recorded.lost |= recorded.abandoned
        recorded.left.clear()
    recorded.ending = None


def note_end(path: Path, ending: Ending, clock: Clock, *, mask: Mask) -> str:
    """Write down how the run ended, masked; gives the digest that seals the journal from now on."""
    return _note(path, END, {}, mask.values(_ENDING.dump_python(ending, mode="json")), clock)


def note_attestation(path: Path, attestation: Attestation, clock: Clock, *, mask: Mask) -> str:
    """Write down what a tester answered, masked; gives the digest that seals the journal from now on."""
    document = mask.values(_ATTESTATION.dump_python(attestation, mode="json"))
    return _note(path, ATTESTATION, {"requirement": attestation.requirement}, document, clock)


def _note(path: Path, kind: str, facts: dict[str, Any], document: Any, clock: Clock) -> str:
    if not path.is_file():
        raise HarnessProblem(f"Journalen {path} er borte.")
    store = Store(path)
    try:
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        return store.append(kind, "", clock().isoformat(), facts, body).digest
    finally:
        store.close()


def judge_recorded(recorded: Recorded, catalogue: Catalogue, faults: Collection[Fault]) -> RunResult:
    """What a run that has come to its end comes to.

    Raises:
        UsageProblem: it never came to its end.
    """
    ending = recorded.ending
    if ending is None:
        raise UsageProblem("Kjøringen ble ikke fullført.", "Ta den opp igjen med eprom-verify run --resume.")
    places = {name: place for place, name in enumerate(ending.order)}
    scenarios = sorted(recorded.scenarios.values(), key=lambda each: places.get(each.id, len(places)))
    result = judge(
        catalogue,
        scenarios,
        replace(ending.run, journal_last_digest=recorded.last_digest),
        incomplete_reasons=ending.incomplete_reasons,
        remarks=ending.remarks,
        not_run=ending.not_run,
        unused=ending.unused,
        waivers=ending.waivers,
        attestations=recorded.attestations,
    )
    return diagnosed(result, faults)
