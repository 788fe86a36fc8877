"""When nothing more is under way between the two ends, so that what has not come will not come."""

from __future__ import annotations

from time import monotonic

from eprom_verify.checks.case import EPROM
from eprom_verify.errors import HarnessProblem
from eprom_verify.rig import Rig


def wait_until_quiet(rig: Rig) -> None:
    """Wait until every message is answered, the simulator has nothing more to send, and it has been quiet for a while.

    A message that nobody has answered within the deadline for a status is waited for no longer; the journal's
    `unanswered` holds it. Of a real environment nobody knows what it will send: there, quiet for longer must do.

    Raises:
        HarnessProblem: messages kept coming, or the simulator kept some back.
    """
    deadlines = rig.config.deadlines
    until = monotonic() + longest_s(rig)
    while True:
        if not rig.journal.wait_quiet(quiet_s=deadlines.quiet_s, timeout_s=until - monotonic(), patience_s=rig.order_s):
            raise HarnessProblem("Det kommer stadig nye meldinger, så kjøringen kan ikke sees under ett.")
        given_up = sum(each.sender == EPROM for each in rig.journal.unanswered)
        if rig.delivered(timeout_s=0, but=given_up):
            return
        if not rig.delivered(timeout_s=until - monotonic(), but=given_up):
            raise HarnessProblem("Simulatoren har fortsatt meldinger å sende, så kjøringen kan ikke sees under ett.")


def longest_s(rig: Rig) -> float:
    """Seconds that it may take until it is quiet: a status at its latest, delivered at the last of its attempts."""
    deadlines = rig.config.deadlines
    longest = max(rig.order_s, 10 * deadlines.quiet_s)
    if rig.simulator is None:
        return longest
    settings = rig.simulator.settings
    return longest + settings.callback_delay_s + settings.redelivery.total_delay_s
