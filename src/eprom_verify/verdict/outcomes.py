"""What came of a scenario, of a requirement, and of a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What came of a scenario or a requirement."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    UNVERIFIED = "unverified"
    WAITING = "waiting"
    NOT_APPLICABLE = "not_applicable"
    ATTESTED = "attested"
    WAIVED = "waived"

    @property
    def norwegian(self) -> str:
        """The outcome's name in everything that testers read."""
        return _OUTCOME_NAMES[self]


class Conclusion(StrEnum):
    """What came of a run."""

    APPROVED = "approved"
    REJECTED = "rejected"
    INCOMPLETE = "incomplete"

    @property
    def norwegian(self) -> str:
        """The conclusion's name in everything that testers read."""
        return _CONCLUSIONS[self][0]

    @property
    def exit_code(self) -> int:
        """What the command exits with; 2 is kept for wrong usage or configuration."""
        return _CONCLUSIONS[self][1]


class Judged(Protocol):
    """What a conclusion needs to know of a requirement."""

    @property
    def mandatory(self) -> bool:
        """Whether the run stands or falls with it."""

    @property
    def outcome(self) -> Outcome:
        """What came of it."""


_OUTCOME_NAMES = {
    Outcome.PASSED: "Godkjent",
    Outcome.FAILED: "Ikke godkjent",
    Outcome.ERROR: "Feil i kjøringen",
    Outcome.UNVERIFIED: "Ikke verifisert",
    Outcome.WAITING: "Venter",
    Outcome.NOT_APPLICABLE: "Ikke aktuelt",
    Outcome.ATTESTED: "Bekreftet av tester",
    Outcome.WAIVED: "Dispensasjon",
}

_CONCLUSIONS = {
    Conclusion.APPROVED: ("Godkjent", 0),
    Conclusion.REJECTED: ("Ikke godkjent", 1),
    Conclusion.INCOMPLETE: ("Ufullstendig", 3),
}

PRECEDENCE = (
    Outcome.ERROR,
    Outcome.FAILED,
    Outcome.WAITING,
    Outcome.UNVERIFIED,
    Outcome.ATTESTED,
    Outcome.WAIVED,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)
"""Which outcome decides when a requirement has several, the strongest first."""

UNDECIDED = frozenset({Outcome.ERROR, Outcome.WAITING, Outcome.UNVERIFIED})
"""The outcomes that say neither yes nor no."""

_ACCEPTED = frozenset({Outcome.PASSED, Outcome.ATTESTED, Outcome.WAIVED, Outcome.NOT_APPLICABLE})
_SHOWN = frozenset({Outcome.PASSED, Outcome.ATTESTED})


def combine(outcomes: Iterable[Outcome]) -> Outcome:
    """The one outcome of a requirement that several scenarios prove; unverified when there are none."""
    return min(outcomes, key=PRECEDENCE.index, default=Outcome.UNVERIFIED)


def conclude(requirements: Iterable[Judged], *, suite_complete: bool, waivers_hold: bool = True) -> Conclusion:
    """What the requirements come to together.

    Rejected wins over incomplete: what is broken stays broken however much of the suite was run, and so does a waiver
    that has expired or is not needed. Approval needs a complete suite and at least one mandatory requirement that was
    shown to hold, so that a run in which everything is not applicable or waived, or a catalogue without requirements,
    is never approved.
    """
    mandatory = [requirement.outcome for requirement in requirements if requirement.mandatory]
    if Outcome.FAILED in mandatory or not waivers_hold:
        return Conclusion.REJECTED
    if suite_complete and _ACCEPTED.issuperset(mandatory) and not _SHOWN.isdisjoint(mandatory):
        return Conclusion.APPROVED
    return Conclusion.INCOMPLETE


def tally(outcomes: Sequence[Outcome]) -> str:
    """How many there are of each, in Norwegian: «32 av 34 godkjent, 2 ikke godkjent»."""
    counted = Counter(outcomes)
    words = {each: each.norwegian.lower() for each in Outcome} | {Outcome.WAIVED: "med dispensasjon"}
    others = [f"{counted[o]} {words[o]}" for o in PRECEDENCE if o is not Outcome.PASSED and counted[o]]
    return ", ".join([f"{counted[Outcome.PASSED]} av {len(outcomes)} godkjent", *others])
