"""The catalogue of named faults: each is one thing wrong in one end, and tells which requirements must notice it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from eprom_verify.bestillersystem.faults import FAULTS as SYSTEM_FAULTS
from eprom_verify.errors import UsageProblem
from eprom_verify.rig import Faults
from eprom_verify.simulator.faults import FAULTS as EPROM_FAULTS


@dataclass(frozen=True)
class Fault:
    """A fault as `features/faults.toml` describes it; `kills` are the requirements that must fail because of it.

    `edition` is the edition of the contract in which it shows.
    """

    name: str
    end: str
    title: str
    kills: tuple[str, ...]
    edition: str = "2026-05"


def load_faults(path: Path) -> dict[str, Fault]:
    """The catalogue by name."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Fault(name, **entry | {"kills": tuple(entry["kills"])}) for name, entry in document.items()}


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
