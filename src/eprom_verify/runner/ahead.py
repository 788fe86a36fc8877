"""Orders ahead: lets every scenario go as far as it can before anybody waits for ePROM, and then waits for all at once.

A callback may take days. Scenarios that wait one after the other would take the sum of it, together the longest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from eprom_verify.journal.attempts import Attempts
from eprom_verify.runner.scenarios import BY_TESTER, LAST, scenario_of


def run_ahead(session: pytest.Session, attempts: Attempts, waiting: Iterable[str], tell: Callable[[int], None]) -> None:
    """Run the items of a session in two rounds: all but what looks at the whole run, where nobody waits, and then those
    that had to wait. `waiting` grows with the ids of the scenarios that were left waiting; `tell` is told how many.

    Raises:
        pytest.Session.Interrupted: something asked the run to stop.
    """
    last = [item for item in session.items if _is_last(item)]
    first = [item for item in session.items if item not in last]
    attempts.ahead = True
    _run(session, first, then=last)
    attempts.ahead = False
    again = left_waiting(first, waiting)
    if again:
        tell(len(again))
    _run(session, [*again, *last], then=[])


def left_waiting(items: Iterable[pytest.Item], waiting: Iterable[str]) -> list[pytest.Item]:
    """Those of the items whose scenarios were left waiting, ready to be run once more, and last those that look at what
    a tester answers."""
    left = set(waiting)
    again = [item for item in items if (run := scenario_of(item)) is not None and run.id in left]
    again.sort(key=needs_tester)
    for item in again:
        _anew(item)
    return again


def _run(session: pytest.Session, items: Sequence[pytest.Item], then: Sequence[pytest.Item]) -> None:
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else (then[0] if then else None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)


def _is_last(item: pytest.Item) -> bool:
    run = scenario_of(item)
    return run is not None and LAST in run.tags


def needs_tester(item: pytest.Item) -> bool:
    """Whether it looks at what a tester has answered, who may be at it meanwhile."""
    run = scenario_of(item)
    return run is not None and BY_TESTER in run.tags


def _anew(item: pytest.Item) -> None:
    """Let an item be run once more, as if it had not been run."""
    run = scenario_of(item)
    assert run is not None
    run.begin_again()
    # What pytest itself does to an item before its first run; a fixture that was used has to be made again.
    item._initrequest()  # type: ignore[attr-defined]  # of pytest.Function, and without another way to it
