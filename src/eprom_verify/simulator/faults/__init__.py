"""Named ways in which the simulator can be wrong, described in features/faults.toml; a module for each chapter."""

from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.faults import (
    citizen,
    environment,
    initiated,
    letters,
    on_behalf,
    ordering,
    persons,
    privacy,
    signing,
    unsecure,
)

FAULTS: dict[str, Behaviour] = {
    **ordering.FAULTS,
    **environment.FAULTS,
    **persons.FAULTS,
    **signing.FAULTS,
    **letters.FAULTS,
    **initiated.FAULTS,
    **on_behalf.FAULTS,
    **citizen.FAULTS,
    **unsecure.FAULTS,
    **privacy.FAULTS,
}
