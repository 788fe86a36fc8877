"""Where the built-in bestillersystem can go wrong with orders on behalf of somebody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OnBehalfBehaviour:
    """The points at which it can be made to err; the defaults are correct.

    `gives_to_receiver` registers the form on the one who receives it, and `gives_to_filler` the answer on the one who
    filled it in.
    """

    gives_to_receiver: bool = False
    gives_to_filler: bool = False
