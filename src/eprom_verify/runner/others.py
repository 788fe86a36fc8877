"""Tells of what a real environment sent during a run that is of no order or letter of the run's own."""

from __future__ import annotations

from eprom_verify.rig import Rig

CALLBACKS = ("I", "J", "K")


def of_others(rig: Rig) -> list[str]:
    """What to remark on such messages, which are kept in the journal and judge nobody; nothing without any."""
    strays = [each.order_id or each.message_id or "" for each in rig.strays(*CALLBACKS)]
    if not strays:
        return []
    ours = rig.made_before(set(strays))
    known = sum(each in ours for each in strays)
    told = f"{len(strays)} {'melding' if len(strays) == 1 else 'meldinger'} fra ePROM gjelder noe som ikke er gjort i "
    told += "denne kjøringen, og er ikke dømt"
    return [f"{told}: {known} gjelder en annen kjøring i samme mappe, {len(strays) - known} noe ukjent."]
