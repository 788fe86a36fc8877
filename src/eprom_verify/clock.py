"""The time of day, passed in so that tests can move it, and so that nobody else moves it in the middle of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the time now, with time zone UTC."""

_WITH_SLEEP = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""What counts the time in which the machine slept, too; where there is none (Windows), `monotonic` does."""

_NAP_S = 5.0
"""A shorter sleep loses nothing: whoever calls meanwhile is still trying."""

_STEP_S, _DRIFT = 5.0, 1e-4
"""Two clocks that nobody has set may be this far apart: so many seconds, and so much of the time that has passed."""


def system_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


def passed_s() -> float:
    """Seconds since some moment, whether the machine slept or not; no clock that is set changes it."""
    return time.monotonic() if _WITH_SLEEP is None else time.clock_gettime(_WITH_SLEEP)


class SteadyClock:
    """The machine's clock as it was when this was made, and what has passed since: to set the machine's clock later
    moves nothing here.

    `not_before` is a moment that has been: the clock begins there when the machine's says that it is earlier. It is
    asked often, and so knows between which two moments the machine `slept`; `awake` counts the seconds in which it did
    not.
    """

    def __init__(
        self,
        *,
        not_before: datetime | None = None,
        wall: Clock = system_clock,
        passed: Callable[[], float] = passed_s,
        awake: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._passed = passed
        self._awake = awake
        self._asking = threading.Lock()
        self._since = self._asked = passed()
        self._awake_then = awake()
        self._slept: list[tuple[datetime, datetime]] = []
        self._began = max(wall(), not_before) if not_before else wall()

    def __call__(self) -> datetime:
        """The time now."""
        with self._asking:
            awake, passed = self._awake(), self._passed()
            if (passed - self._asked) - (awake - self._awake_then) > _NAP_S:
                self._slept.append((self._at(self._asked), self._at(passed)))
            self._asked, self._awake_then = passed, awake
        return self._at(passed)

    @property
    def slept(self) -> tuple[tuple[datetime, datetime], ...]:
        """Each time that the machine slept, no shorter than it was: when it was last seen awake, and when it was so
        again. Where no clock tells (Windows), there are none."""
        self()
        return tuple(self._slept)

    def _at(self, passed: float) -> datetime:
        return self._began + timedelta(seconds=passed - self._since)

    @property
    def moved(self) -> timedelta:
        """How far ahead of this clock the machine's has been set; zero when it has not been."""
        apart = self._wall() - self()
        allowed = _STEP_S + _DRIFT * (self._passed() - self._since)
        return apart if abs(apart.total_seconds()) > allowed else timedelta()
