"""Where the built-in bestillersystem can go wrong with forms that patients begin themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InitiatedBehaviour:
    """The points at which it can be made to err; the defaults are correct.

    `creates_patient` takes up a patient who is not known, `creates_again` one who is; `registers_repeats` registers a
    form each time that it comes; `time_member` is what the time of the order is read from, in lower case;
    `takes_unmarked` takes every form that it did not order for a patient's own; `refuses` answers that such a form was
    not processed.
    """

    creates_patient: bool = True
    creates_again: bool = False
    registers_repeats: bool = False
    time_member: str = "ordertimestamputc"
    takes_unmarked: bool = False
    refuses: bool = False
