"""What scenarios have begun and not ended: what they ordered stays ordered, however often they are taken up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import Journal
from eprom_verify.journal.ledgers import Changes

ATTEMPT, ACT, LEFT = "attempt", "act", "left"
"""The kinds of the entries: a scenario began, something it had the bestillersystem do was seen, and it was left."""

FAILED_STATUS = 500


@dataclass(frozen=True)
class Act:
    """Something that a scenario had the bestillersystem do: the exchange that did it.

    One that is `adopted` was found in the journal alone: the process was lost before the scenario could say so.
    """

    exchange: str
    adopted: bool = False


@dataclass
class Attempt:
    """A scenario that began: where the journal stood then and when it was left, when, under what name, and what it did
    in its order. It is `uncertain` when the process was lost while something was sent that nobody saw answered. `part`
    is the process that it began in, as in `Exchange`; `goes_on_in` the one that last had something done for it, and
    `told` the number of the entry that says so."""

    case_id: str
    since: int
    began: datetime
    until: int = 0
    acts: list[Act] = field(default_factory=list)
    until_known: bool = False
    uncertain: bool = False
    part: str = ""
    goes_on_in: str = ""
    told: int = 0

    def did(self, exchange: str) -> None:
        """Add what was done, or what was adopted and is now told."""
        place = next((place for place, each in enumerate(self.acts) if each.exchange == exchange), len(self.acts))
        self.acts[place : place + 1] = [Act(exchange)]


class Attempts:
    """The attempts of a run, by scenario; kept in its journal, so that they outlive the process.

    With `ahead`, nobody waits: a scenario that would have to is left, and taken up again later.
    """

    def __init__(self, journal: Journal, known: Iterable[tuple[str, Attempt]] = ()) -> None:
        self._journal = journal
        self._by_scenario = dict(known)
        self.ahead = False

    def earlier(self, scenario: str) -> Attempt | None:
        """What a scenario did before, when it stands: each thing was answered, and not by something that had failed.

        Also one that is uncertain, so that it is not begun anew.
        """
        attempt = self._by_scenario.get(scenario)
        if attempt is not None and attempt.uncertain:
            return attempt
        if attempt is None or not attempt.acts:
            return None
        done = [self._journal.exchange(each.exchange) for each in attempt.acts]
        return attempt if all(each is not None and 0 < (each.status or 0) < FAILED_STATUS for each in done) else None

    def begin(self, scenario: str, attempt: Attempt) -> None:
        """Note that a scenario begins, before it has anything done."""
        self._by_scenario[scenario] = attempt
        facts = {
            "scenario": scenario,
            "case": attempt.case_id,
            "since": attempt.since,
            "began": attempt.began.isoformat(),
        }
        self._note(ATTEMPT, facts)

    def goes_on(self, scenario: str) -> None:
        """Note that a scenario which was left has something more done, before it has."""
        self._by_scenario[scenario].until_known = False
        self._note(ATTEMPT, {"scenario": scenario, "again": True})

    def did(self, scenario: str, exchange: str, changes: Changes) -> None:
        """Note what a scenario had done, and what the ledgers say of it: both are kept, or neither."""
        self._by_scenario[scenario].did(exchange)
        self._set_until(scenario)
        facts = {"scenario": scenario, "exchange": exchange}
        self._note(ACT, facts, json.dumps(changes).encode() if changes else b"")

    def left(self, scenario: str) -> None:
        """Note that a scenario comes to its end, or is left for later: what is sent after this is of others."""
        if scenario in self._by_scenario and not self._by_scenario[scenario].until_known:
            self._set_until(scenario)
            self._by_scenario[scenario].until_known = True
            self._journal.note(LEFT, {"scenario": scenario})

    def _note(self, kind: str, facts: dict[str, Any], body: bytes = b"") -> None:
        """Note it as of this process, when the run has several."""
        self._journal.note(kind, facts | ({"part": self._journal.part} if self._journal.part else {}), body)

    def _set_until(self, scenario: str) -> None:
        self._by_scenario[scenario].until = self._journal.seq


def take_attempt(known: dict[str, Attempt], entry: Entry) -> None:
    """Add what one entry of a journal tells of attempts to those that are known."""
    data = entry.data
    if entry.kind == ATTEMPT:
        part = data.get("part", "")
        if "again" in data:
            known[data["scenario"]].until_known = False
        else:
            began = datetime.fromisoformat(data["began"])
            known[data["scenario"]] = Attempt(data["case"], data["since"], began, part=part)
        known[data["scenario"]].goes_on_in, known[data["scenario"]].told = part, entry.seq
    elif entry.kind == ACT and data["scenario"] in known:
        known[data["scenario"]].did(data["exchange"])
        known[data["scenario"]].until = entry.seq
    elif entry.kind == LEFT and data["scenario"] in known:
        known[data["scenario"]].until = entry.seq
        known[data["scenario"]].until_known = True
