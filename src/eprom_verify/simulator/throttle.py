"""Makes guessing slow, and nothing else: nobody is ever locked out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

_KEPT = 1000


@dataclass
class Throttle:
    """The more often a log-in has failed for the same birth date, the longer the next answer takes.

    The first `free` failures cost nothing; then the wait doubles from `first_s` seconds up to `longest_s`. A right code
    never waits. Whether ePROM does something like it is not documented.
    """

    free: int = 5
    first_s: float = 0.1
    longest_s: float = 2.0
    _failures: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def after_failure(self, name: str) -> float:
        """Note that a log-in failed; gives the seconds that its answer has to wait."""
        count = self._failures.pop(name, 0) + 1
        self._failures[name] = count
        while len(self._failures) > _KEPT:
            self._failures.popitem(last=False)
        if count <= self.free:
            return 0.0
        return min(self.longest_s, self.first_s * 2.0 ** min(count - self.free - 1, 30))

    def forget(self, name: str) -> None:
        """A log-in went well."""
        self._failures.pop(name, None)
