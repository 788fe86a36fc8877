"""The catalogue of named faults as `faults.toml` lists it: what can be wrong in one end, and what notices it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eprom_verify.verdict.requirements import End


@dataclass(frozen=True)
class Fault:
    """A fault as `features/faults.toml` describes it; `kills` are the requirements that must fail because of it.

    `edition` is the edition of the contract in which it shows. `remedy` tells the integrator what to change, in
    Norwegian; empty for faults of ePROM, which an integrator cannot mend.
    """

    name: str
    end: End
    title: str
    kills: tuple[str, ...]
    edition: str = "2026-05"
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A fault of the catalogue that a failure is like: a likely cause, never a proven one.

    `likeness` is how much of what the fault would make fail has failed, from 0 to 1.
    """

    fault: str
    end: End
    title: str
    remedy: str
    likeness: float


def load_faults(path: Path) -> dict[str, Fault]:
    """The catalogue by name."""
    return {each.name: each for each in _faults(path.read_text(encoding="utf-8"))}


@lru_cache(maxsize=4)
def _faults(text: str) -> tuple[Fault, ...]:
    document = tomllib.loads(text)
    return tuple(Fault(name, **entry | {"kills": tuple(entry["kills"])}) for name, entry in document.items())
