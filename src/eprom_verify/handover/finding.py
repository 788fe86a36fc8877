"""What a check of a package found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eprom_verify.persons import mask_ids


@dataclass(frozen=True, kw_only=True)
class Examined:
    """One thing that was looked at: its title, what was seen when it holds, and what is wrong, in Norwegian.

    It holds when there are no `problems`. `notes` are worth knowing, but break nothing.
    """

    title: str
    seen: str = ""
    problems: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems


MOST_TOLD = 12
LONGEST_TOLD = 400


def shortened(problems: Sequence[str]) -> list[str]:
    """The problems, the first of them when there are many; what they quote is cut, and holds nobody's number."""
    more = len(problems) - MOST_TOLD
    return [*(_quotable(each) for each in problems[:MOST_TOLD]), *([f"… og {more} til."] if more > 0 else [])]


def _quotable(problem: str) -> str:
    told = mask_ids(problem)
    return told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]} …"
