"""Which scenarios are begun at all, by the integration's profile and by what stands at the two ends."""

from __future__ import annotations

from collections.abc import Mapping

from eprom_verify.errors import ONLY_SIMULATED, ForAPerson, NotApplicable
from eprom_verify.rig import Rig
from eprom_verify.runner.scenarios import ONLY_SIMULATOR, ScenarioRun

_EPROM_IS_OURS = "Scenariet stiller krav til ePROM, og ePROM er her verktøyets egen simulator."


def refuse_what_does_not_apply(run: ScenarioRun, rig: Rig, unused: Mapping[str, str]) -> None:
    """Let a scenario begin only when it concerns the integration, and can show something here; `unused` are the
    requirements that do not concern it, and why.

    Raises:
        NotApplicable: it does not; the message tells why.
        ForAPerson: it does, and only the simulator could show it: nothing is to be done in an environment in vain.
    """
    reasons = [unused.get(each, "") for each in run.requirements]
    if reasons and all(reasons):
        raise NotApplicable(reasons[0])
    if rig.config.system.foreign and rig.simulator is not None and run.parties == ("eprom",):
        raise NotApplicable(_EPROM_IS_OURS)
    if rig.simulator is None and ONLY_SIMULATOR in run.tags:
        raise ForAPerson(ONLY_SIMULATED)
