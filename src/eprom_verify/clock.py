"""The time of day, passed in so that tests can move it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the time now, with time zone UTC."""


def system_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)
