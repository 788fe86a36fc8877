"""Which scenarios concern an integration at all, by its profile and by what stands at the two ends."""

from __future__ import annotations

from collections.abc import Mapping

from eprom_verify.errors import NotApplicable
from eprom_verify.rig import Rig
from eprom_verify.runner.scenarios import ScenarioRun

_EPROM_IS_OURS = "Scenariet stiller krav til ePROM, og ePROM er her verktøyets egen simulator."


def refuse_what_does_not_apply(run: ScenarioRun, rig: Rig, unused: Mapping[str, str]) -> None:
    """Let a scenario begin only when it concerns the integration; `unused` are the requirements that do not, and why.

    Raises:
        NotApplicable: it does not; the message tells why.
    """
    reasons = [unused.get(each, "") for each in run.requirements]
    if reasons and all(reasons):
        raise NotApplicable(reasons[0])
    if rig.config.system.foreign and rig.simulator is not None and run.parties == ("eprom",):
        raise NotApplicable(_EPROM_IS_OURS)
