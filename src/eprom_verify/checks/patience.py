"""Gives a bestillersystem the time it takes: one that is not ours may register what it got after it has answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeVar

from eprom_verify.checks.case import SYSTEM
from eprom_verify.errors import ContractBroken, NotTold, Unverified
from eprom_verify.rig import Rig

_PAUSE_S = 0.05

P = ParamSpec("P")
R = TypeVar("R")


def patient(check: Callable[P, R]) -> Callable[P, R]:
    """Make a check that asks the driver hold good as soon as it does, and still when it has been quiet for a while.

    The first argument leads to the rig. There is nothing to wait on: only the system itself knows when it is done. The
    built-in system is done when it answers, and is asked once.
    """

    @wraps(check)
    def patiently(*args: P.args, **kwargs: P.kwargs) -> R:
        rig = _rig_of(args[0])
        deadline = monotonic() + rig.patience_s
        settled = rig.patience_s == 0
        while True:
            try:
                result = check(*args, **kwargs)
            except NotTold:
                raise
            except (ContractBroken, Unverified) as exc:
                others = isinstance(exc, ContractBroken) and exc.party != SYSTEM
                if others or monotonic() >= deadline:
                    raise
                sleep(_PAUSE_S)
                continue
            if settled:
                return result
            # What is registered late may be once too often.
            sleep(rig.config.deadlines.quiet_s)
            settled = True

    return patiently


def _rig_of(subject: Any) -> Rig:
    case = getattr(subject, "case", subject)
    found: Rig = case.rig
    return found
