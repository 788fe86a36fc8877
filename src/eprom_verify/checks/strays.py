"""What a real environment tells of that nobody in the run has made."""

from __future__ import annotations

from eprom_verify.errors import ForAPerson
from eprom_verify.rig import Rig


def none_unaccounted_for(rig: Rig, what: str, *operations: str) -> None:
    """Each message of these operations, which are about `what`, is of this run or of another run of ours.

    Raises:
        ForAPerson: some are not; others may use the environment, so a person must find out who made them.
    """
    told = {name for each in rig.strays(*operations) if (name := each.order_id or each.message_id)}
    unknown = sorted(told - rig.made_before(told))
    if unknown:
        raise ForAPerson(
            f"{len(unknown)} {what} som ePROM sendte status for, er ikke gjort i denne kjøringen, og heller ikke i en "
            f"annen kjøring i samme mappe. Den første er {unknown[0]}. Andre kan bruke miljøet samtidig. Finn ut hvem "
            "som har gjort dem."
        )
