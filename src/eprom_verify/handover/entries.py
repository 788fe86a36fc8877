"""Whether a journal is a file of this tool's, and its entries come in an order in which a run leaves them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.journal.attempts import ACT, ATTEMPT, LEFT
from eprom_verify.journal.entries import Entry
from eprom_verify.journal.journal import LEDGER, SET_ASIDE
from eprom_verify.journal.store import TABLE, read_entries, verify_chain
from eprom_verify.runner.record import ATTESTATION, END, SCENARIO
from eprom_verify.runner.resume import MAY_CHANGE, is_decided
from eprom_verify.verdict import Outcome, ScenarioResult, scenario_from_json

_MESSAGES = ("request", "response", "failure")
_RUN = "run"
_KINDS = (*_MESSAGES, _RUN, LEDGER, SET_ASIDE, ATTEMPT, ACT, LEFT, SCENARIO, END, ATTESTATION)
_BY_MACHINE = frozenset(Outcome) - {Outcome.ATTESTED, Outcome.WAIVED}


def foreign_parts(path: Path) -> list[str]:
    """What is in a journal's file besides its table, in Norwegian. Nothing may be read of a file that has any: what it
    is made of decides what reading does."""
    content = path.read_bytes()
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            return list(_foreign(db, len(content)))
    except sqlite3.Error as exc:
        return [f"Filen kan ikke leses som journal ({exc})."]


def _foreign(db: sqlite3.Connection, size: int) -> Iterator[str]:
    wanted = ("table", "entries", " ".join(TABLE.split()))
    found = False
    for kind, name, sql in db.execute("SELECT type, name, sql FROM sqlite_master"):
        if (kind, name, " ".join(str(sql).split())) == wanted:
            found = True
        else:
            yield f"Filen har noe annet enn innslagene ({kind} {name})."
    if not found:
        yield "Filen har ikke tabellen som innslagene skal stå i."
        return
    if db.execute("PRAGMA freelist_count").fetchone()[0]:
        yield "Filen har rester av noe som er slettet."
    if db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0] != size:
        yield "Filen har noe etter innslagene."
    if db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        yield "Filen er skadet."


def examine_journal(path: Path, claimed: Mapping[str, str]) -> Examined:
    """Whether the journal is whole, ends where the others say that it does, and tells of a run from its beginning.

    `claimed` is what others say of its last digest, by who says so.
    """
    chain = verify_chain(path)
    if chain.problem:
        problems = [chain.problem]
    else:
        problems = [f"{who} viser til en annen slutt." for who, last in claimed.items() if last != chain.last_digest]
        problems += _Story().problems(read_entries(path))
    return Examined(
        title="Journalen",
        seen=f"{chain.entries} innslag i en ubrutt kjede, siste hash {chain.last_digest}.",
        problems=shortened(problems),
    )


def _fixed(settings: bytes) -> Any:
    """The settings of a run without what may be otherwise when it is taken up again."""
    try:
        known = json.loads(settings)
    except ValueError:
        return settings
    return {name: value for name, value in known.items() if name not in MAY_CHANGE} if known else known


@dataclass
class _Story:
    """Follows the entries of a journal as a run leaves them: it begins, goes on, ends, and is answered for."""

    facts: Mapping[str, Any] | None = None
    settings: bytes = b""
    ended: bool = False
    open: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    sent: bool = False
    scenarios: dict[str, ScenarioResult] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)

    def problems(self, entries: Iterator[Entry]) -> Iterator[str]:
        """What no run could have left, in Norwegian."""
        for entry in entries:
            if entry.kind not in _KINDS or bool(entry.exchange) != (entry.kind in _MESSAGES):
                yield f"Innslag {entry.seq} er av et slag som verktøyet ikke skriver ({entry.kind!r})."
            elif (entry.kind == _RUN) != (self.facts is None) and not self._goes_on(entry):
                yield f"Innslag {entry.seq} er ikke begynnelsen på kjøringen, eller begynner den en gang til."
            elif self.ended and entry.kind not in (_RUN, ATTESTATION):
                yield f"Innslag {entry.seq} står etter at kjøringen var slutt."
            else:
                yield from self._take(entry)

    def _goes_on(self, entry: Entry) -> bool:
        """Whether an entry that is not the first belongs to a run that has begun, as it began."""
        if self.facts is None:
            return False
        if entry.kind != _RUN:
            return True
        kept = {name: value for name, value in entry.data.items() if name not in ("resumed", "part")}
        # Several processes all begin before any of them sends anything.
        told = "resumed" in entry.data or ("part" in entry.data and not self.sent)
        return told and kept == self.facts and _fixed(entry.body) == _fixed(self.settings)

    def _take(self, entry: Entry) -> Iterator[str]:
        match entry.kind:
            case "run":
                self._begin(entry)
            case "request":
                if entry.exchange in self.seen:
                    yield f"Innslag {entry.seq} sender en melding som alt er sendt."
                self.seen.add(entry.exchange)
                self.open.add(entry.exchange)
                self.sent |= entry.data["sender"] != "eprom"
            case "response" | "failure":
                if entry.exchange not in self.open:
                    yield f"Innslag {entry.seq} er svaret på noe som ikke er spurt om, eller som alt er besvart."
                self.open.discard(entry.exchange)
            case "scenario":
                yield from self._judged(scenario_from_json(entry.body.decode()))
            case "end":
                self.ended = True
            case "attestation":
                if not self.ended:
                    yield f"Innslag {entry.seq} svarer for en kjøring som ikke er slutt."
                if entry.data != {"requirement": json.loads(entry.body)["requirement"]}:
                    yield f"Innslag {entry.seq} sier to ting om hvilket krav det svarer på."

    def _begin(self, entry: Entry) -> None:
        if self.facts is None:
            self.facts = {name: value for name, value in entry.data.items() if name != "part"}
            self.settings = entry.body
        self.ended = False
        if "resumed" in entry.data:
            self.here.clear()

    def _judged(self, result: ScenarioResult) -> Iterator[str]:
        earlier = self.scenarios.get(result.id)
        # One that had to wait for ePROM is gone on with when all have come as far as they can.
        waited = earlier is not None and earlier.outcome is Outcome.WAITING
        if (result.id in self.here and not waited) or (earlier is not None and is_decided(earlier)):
            yield f"Scenarioet «{result.name}» er dømt flere ganger."
        if not self.seen.issuperset(result.exchanges):
            yield f"Scenarioet «{result.name}» viser til meldinger som ikke står før det i journalen."
        if result.outcome not in _BY_MACHINE or (result.outcome is Outcome.PASSED and result.reason):
            yield f"Scenarioet «{result.name}» har et utfall som verktøyet ikke gir."
        self.here.add(result.id)
        self.scenarios[result.id] = result
