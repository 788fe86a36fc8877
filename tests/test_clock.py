"""The clock of a run goes evenly, whatever is done to the machine's, and knows that of a closed lid."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from eprom_verify.clock import SteadyClock, passed_s

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """What a machine's clocks say: the one on its wall, and the one that nobody sets."""

    def __init__(self) -> None:
        self.wall, self.passed, self.awake = NOON, 1000.0, 50.0

    def sleeps(self, seconds: float) -> None:
        self.goes(seconds)
        self.awake -= seconds

    def goes(self, seconds: float, *, wall_s: float | None = None) -> None:
        self.passed += seconds
        self.awake += seconds
        self.wall += timedelta(seconds=seconds if wall_s is None else wall_s)

    def clock(self, not_before: datetime | None = None) -> SteadyClock:
        return SteadyClock(
            not_before=not_before, wall=lambda: self.wall, passed=lambda: self.passed, awake=lambda: self.awake
        )


@pytest.mark.parametrize("set_by", [HOUR, -HOUR, timedelta(days=3), timedelta(seconds=-30)])
def test_set_clock_moves_nothing(set_by: timedelta) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.goes(60)
    assert (clock(), clock.moved) == (NOON + timedelta(seconds=60), timedelta())
    machine.wall += set_by
    assert (clock(), clock.moved) == (NOON + timedelta(seconds=60), set_by)


def test_sleep_is_no_set_clock() -> None:
    """A lid that was closed for two days: both clocks went on."""
    machine = Machine()
    clock = machine.clock()
    machine.goes(48 * 3600)
    assert (clock(), clock.moved) == (NOON + 48 * HOUR, timedelta())


def test_closed_lid_is_known() -> None:
    """From when it was last asked until it was asked again; what is too short to lose anything is nothing."""
    machine = Machine()
    clock = machine.clock()
    machine.goes(60)
    clock()
    machine.sleeps(4)
    assert clock.slept == ()
    machine.goes(6)
    machine.sleeps(3600)
    machine.goes(10)
    assert clock.slept == ((NOON + timedelta(seconds=64), NOON + timedelta(seconds=64 + 6 + 3600 + 10)),)
    machine.goes(48 * 3600)
    assert len(clock.slept) == 1


def test_clock_that_is_kept_right() -> None:
    """Four seconds in two days is what a machine's clock may be pulled along."""
    machine = Machine()
    clock = machine.clock()
    machine.goes(48 * 3600, wall_s=48 * 3600 + 4)
    assert clock.moved == timedelta()


def test_never_earlier_than_what_has_been() -> None:
    """A run that is taken up again with a clock that was set back goes on from its newest moment."""
    machine = Machine()
    assert machine.clock(not_before=NOON - HOUR)() == NOON
    clock = machine.clock(not_before=NOON + HOUR)
    machine.goes(60)
    assert (clock(), clock.moved) == (NOON + HOUR + timedelta(seconds=60), -HOUR)


@pytest.mark.skipif(sys.platform != "linux", reason="the clock that counts sleep has this name on Linux")
def test_sleep_is_counted() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= passed_s() <= time.clock_gettime(time.CLOCK_BOOTTIME)
