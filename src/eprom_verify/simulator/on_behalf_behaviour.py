"""Where orders on behalf of somebody can go wrong on purpose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OnBehalfBehaviour:
    """The points at which orders on behalf of somebody can be changed; the defaults are the documented behaviour.

    `represented_first` lets the represented person have the form on Helsenorge, and `receiver_on_helsenorge` the one
    who was named as the receiver; None leaves both to the edition. `heeds_rule` is false when Helsenorge is tried
    though the rule does not. `copy_to_filler` sends a copy to whoever fills in for somebody else.
    """

    represented_first: bool | None = None
    receiver_on_helsenorge: bool | None = None
    heeds_rule: bool = True
    copy_to_filler: bool = False
