"""Named ways in which the built-in bestillersystem can be wrong (features/faults.toml); a module for each chapter."""

from eprom_verify.bestillersystem.behaviour import Behaviour
from eprom_verify.bestillersystem.faults import (
    documents,
    environment,
    initiated,
    letters,
    on_behalf,
    ordering,
    privacy,
    unsecure,
)

FAULTS: dict[str, Behaviour] = {
    **ordering.FAULTS,
    **documents.FAULTS,
    **environment.FAULTS,
    **letters.FAULTS,
    **initiated.FAULTS,
    **on_behalf.FAULTS,
    **unsecure.FAULTS,
    **privacy.FAULTS,
}
