"""Which scenarios are begun at all, by the integration's profile and by what stands at the two ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from eprom_verify.config import Config
from eprom_verify.environments import SIMULATOR
from eprom_verify.errors import ONLY_SIMULATED, ForAPerson, NotApplicable
from eprom_verify.rig import Rig
from eprom_verify.runner.scenarios import ONLY_SIMULATOR, PARTIES, ScenarioRun

EPROM_IS_OURS = "Scenariet stiller krav til ePROM, og ePROM er her verktøyets egen simulator."
EPROM_CANNOT_BE_MADE_TO = (
    "Scenariet stiller krav til ePROM alene, og kan bare prøves mot simulatoren. Den som verifiserer sitt eget "
    "bestillersystem, svarer ikke for det."
)


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
    if not_to_be_answered_for := for_eprom_to_answer(run.tags, rig.config):
        raise NotApplicable(not_to_be_answered_for)
    if rig.simulator is None and ONLY_SIMULATOR in run.tags:
        raise ForAPerson(ONLY_SIMULATED)


def for_eprom_to_answer(tags: Collection[str], config: Config) -> str:
    """Why nobody answers for a scenario here that judges ePROM alone; "" when it is to be shown.

    Whoever verifies a bestillersystem has no say in what ePROM does; where no bestillersystem but our own is at the
    other end, ePROM is what is looked at.
    """
    if not config.system.foreign or set(PARTIES).intersection(tags) != {"eprom"}:
        return ""
    if config.eprom == SIMULATOR:
        return EPROM_IS_OURS
    return EPROM_CANNOT_BE_MADE_TO if ONLY_SIMULATOR in tags else ""
