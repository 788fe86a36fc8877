"""Named ways in which the simulator can be wrong, described in features/faults.toml; a module for each chapter."""

from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.faults import citizen, ordering, signing

FAULTS: dict[str, Behaviour] = {
    **ordering.FAULTS,
    **signing.FAULTS,
    **citizen.FAULTS,
}
