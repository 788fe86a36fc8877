"""The catalogue of named faults: each is one thing wrong in one end, and tells which requirements must notice it."""

from __future__ import annotations

from difflib import get_close_matches

from eprom_verify.bestillersystem.faults import FAULTS as SYSTEM_FAULTS
from eprom_verify.errors import UsageProblem
from eprom_verify.rig import Faults
from eprom_verify.simulator.faults import FAULTS as EPROM_FAULTS
from eprom_verify.verdict.faults import Fault, load_faults

__all__ = ["Fault", "fault_named", "load_faults"]


def fault_named(name: str) -> Faults:
    """What a run with this fault needs; "" gives a run without any.

    Raises:
        UsageProblem: there is no fault of that name.
    """
    if not name:
        return Faults()
    if name in EPROM_FAULTS:
        return Faults(name=name, eprom=EPROM_FAULTS[name])
    if name in SYSTEM_FAULTS:
        return Faults(name=name, bestillersystem=SYSTEM_FAULTS[name])
    near = get_close_matches(name, [*EPROM_FAULTS, *SYSTEM_FAULTS], n=3)
    raise UsageProblem(
        f"Det finnes ingen feil som heter «{name}».",
        f"Mente du {' eller '.join(near)}?" if near else "Se listen med eprom-verify faults.",
    )
