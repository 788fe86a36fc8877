"""What a scenario had the bestillersystem do is kept, so that a run that is taken up again does not do it twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from eprom_verify.errors import Unverified, Waiting
from eprom_verify.exchange import Exchange
from eprom_verify.interrupting import unbroken
from eprom_verify.journal.attempts import Act, Attempt
from eprom_verify.rig import NORWAY, Rig

_UNCERTAIN = (
    "Kjøringen stanset mens noe ble sendt til ePROM, og svaret ble aldri sett. Det blir ikke sendt på nytt, for ePROM "
    "kan ha tatt det imot. Begynn en ny kjøring for å prøve dette igjen."
)


@dataclass
class Kept:
    """A case that can be left while it waits for ePROM, and taken up again where it was.

    `since` is the journal's newest entry when the case began: nothing older belongs to it. `earlier` is what the
    scenario had done when it was last left, `until` the journal's newest entry then: what the bestillersystem sent
    after it is of others, as is what another process than `part` sent. `kept` says that the run keeps what it does, to
    go on from there, and `taken_up` that it has been left, and goes on.
    """

    rig: Rig
    since: int
    id: str = field(default_factory=lambda: str(uuid4()))
    scenario: str = ""
    began: datetime | None = None
    earlier: list[Act] = field(default_factory=list)
    until: int = 0
    kept: bool = False
    taken_up: bool = False
    uncertain: bool = False
    part: str = ""

    @classmethod
    def begin(cls, rig: Rig, scenario: str = "") -> Self:
        """A new case, where the journal stands now; one that `scenario` began before goes on from where it was left."""
        attempt = rig.attempts.earlier(scenario) if rig.attempts is not None else None
        if attempt is None:
            return cls(rig, rig.journal.seq, scenario=scenario, began=rig.clock(), part=rig.journal.part)
        return cls(
            rig,
            attempt.since,
            id=attempt.case_id,
            scenario=scenario,
            began=attempt.began,
            earlier=list(attempt.acts),
            until=attempt.until,
            kept=True,
            taken_up=True,
            uncertain=attempt.uncertain,
            part=attempt.part,
        )

    def of_others(self, exchange: Exchange) -> bool:
        """Whether another process of the run noted it, or this one after the case was left: of the same patient, and of
        another case."""
        return exchange.part not in (self.part, self.rig.journal.part) or 0 < self.until < exchange.request.seq

    def in_days(self, days: int) -> datetime:
        """The moment that many days from now, in Norwegian time and whole seconds."""
        # By the day on which the case began: it may be taken up again on another.
        return ((self.began or self.rig.clock()).astimezone(NORWAY) + timedelta(days=days)).replace(microsecond=0)

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Where the run may be left and taken up again: keep that the bestillersystem is to be asked for something, and
        leave it only when that is done, so that the run knows what came of it. A tester can leave at any time."""
        if self.rig.attempts is None or not self.scenario:
            yield
            return
        self._about_to_act()
        with nullcontext() if self.rig.config.system.driver == "attended" else unbroken():
            yield

    def _about_to_act(self) -> None:
        assert self.rig.attempts is not None
        self.rig.journal.note_ledger(self.rig.ledgers.changes())
        self.until = 0
        if self.taken_up:
            self.rig.attempts.goes_on(self.scenario)
        if not self.kept:
            self.kept = True
            began = self.began or self.rig.clock()
            self.rig.attempts.begin(self.scenario, Attempt(self.id, self.since, began, part=self.part))

    def has_acted(self, exchange: Exchange) -> None:
        """Keep what the bestillersystem did, and what the ledgers say of it, so that it is not asked for it again."""
        if self.rig.attempts is not None and self.scenario:
            self.rig.attempts.did(self.scenario, exchange.id, self.rig.ledgers.changes())

    def acted_before(self) -> Act | None:
        """The next of what the scenario had done when it was last left; None when it had done no more.

        Raises:
            Unverified: whether it did something is not known.
        """
        if self.uncertain:
            raise Unverified(_UNCERTAIN)
        return self.earlier.pop(0) if self.earlier else None

    def once(self, ask: Callable[[], Exchange]) -> Exchange:
        """The exchange of a call of the harness's own, which is made only the first time that the scenario is run."""
        act = self.acted_before()
        before = self.rig.journal.exchange(act.exchange) if act is not None else None
        if before is not None:
            return before
        with self.acting():
            made = ask()
            self.has_acted(made)
        return made

    def awaited(
        self,
        wanted: Callable[[Exchange], bool],
        what: str,
        asked: Exchange,
        *,
        seconds: float | None = None,
    ) -> Exchange | None:
        """What ePROM sends because of the exchange `asked`: waits for it until its deadline; None when it did not come.

        `what` is what is waited for, in Norwegian.

        Raises:
            Waiting: it is not there yet, and the run is to go on with something else meanwhile.
        """
        limit = self.rig.config.deadlines.status_s if seconds is None else seconds
        attempts = self.rig.attempts
        if attempts is None:
            return self.rig.journal.wait_for(wanted, timeout_s=limit, since=self.since)
        due = asked.request.at + timedelta(seconds=limit)
        found = self.rig.journal.wait_for(wanted, timeout_s=0, since=self.since)
        if found is not None:
            return found
        left = (due - self.rig.clock()).total_seconds()
        if attempts.ahead and left > 0:
            name = asked.order_id or asked.message_id or asked.id
            raise Waiting(
                f"Venter på {what} {name}, sendt {_local(asked.request.at)}. Fristen er {_local(due)}. "
                "Nå er det ePROM som skal svare."
            )
        return self.rig.journal.wait_for(wanted, timeout_s=max(left, 0.0), since=self.since)

    def refuse_if_away(self, what: str, asked: Exchange) -> None:
        """Blame nobody for what did not come because of the exchange `asked`, when nobody was there to receive it.

        Raises:
            Unverified: the run was stopped, or the machine slept, in some of the time that it may have been sent in.
        """
        since, due = asked.request.at, asked.request.at + timedelta(seconds=self.rig.config.deadlines.status_s)
        for stopped, taken_up in self.rig.absences:
            if stopped < due and since < taken_up:
                raise Unverified(
                    f"{what} kom ikke. Kjøringen sto stille fra {_local(stopped)} til {_local(taken_up)}, og det som "
                    "ePROM sendte da, kan ha gått tapt. Begynn en ny kjøring for å prøve dette igjen."
                )


def _local(moment: datetime) -> str:
    return moment.astimezone(NORWAY).strftime("%d.%m.%Y kl. %H.%M.%S")
