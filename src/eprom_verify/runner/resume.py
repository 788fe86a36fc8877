"""Takes a run up again that was stopped, by choice or not: what is decided stays so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from eprom_verify.config import Config
from eprom_verify.environments import SIMULATOR
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.keys import own_secrets
from eprom_verify.masking import Mask
from eprom_verify.runner.folders import JOURNAL
from eprom_verify.runner.record import END, Recorded, read_record
from eprom_verify.runner.scenarios import LAST
from eprom_verify.runner.seal import made_by
from eprom_verify.verdict import Outcome, ScenarioResult
from eprom_verify.wiring import settings_of

if TYPE_CHECKING:
    from eprom_verify.runner.run import Options

MAY_CHANGE = frozenset({"seed", "forbindelse"})
"""What may be otherwise when a run is taken up: the seed is looked at by itself, and how an environment is reached says
nothing of the ends; to mend it is why many a run is taken up."""

_DECIDED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE})


def decided_of(recorded: Recorded) -> dict[str, ScenarioResult]:
    """The scenarios that are not run again; those that look at the whole run look at it anew."""
    return {name: each for name, each in recorded.scenarios.items() if is_decided(each)}


def is_decided(result: ScenarioResult) -> bool:
    """Whether a scenario that came to this is not run again."""
    return result.outcome in _DECIDED and LAST not in result.tags


def is_taken_up_since(path: Path, digest: str) -> bool:
    """Whether the run in this journal was taken up again right after the entry with this digest, and has not come to an
    end since."""
    following = iter(read_entries(path))
    if not any(each.digest == digest for each in following):
        return False
    after = next(following, None)
    return (
        after is not None
        and after.kind == "run"
        and "resumed" in after.data
        and all(each.kind != END for each in following)
    )


def taken_up(folder: Path, config: Config, options: Options) -> Recorded:
    """What is known of the run in this folder, which is to be taken up again.

    Raises:
        UsageProblem: it cannot be, or not with these settings.
    """
    recorded = read_record(folder / JOURNAL)
    chain = verify_chain(folder / JOURNAL)
    if chain.problem:
        raise UsageProblem(f"Kjøringen i {folder} kan ikke tas opp igjen: {chain.problem}", "Begynn på nytt.")
    if recorded.began is None or recorded.settings is None:
        raise UsageProblem(f"Journalen i {folder} sier ikke hvordan kjøringen begynte.", "Begynn på nytt.")
    if config.eprom == SIMULATOR and (recorded.shared or options.workers > 1):
        raise UsageProblem(
            "En kjøring mot simulatoren i flere prosesser (-n) kan ikke tas opp igjen.", "Begynn på nytt."
        )
    if recorded.facts.get("made_by") != made_by():
        raise UsageProblem(
            f"Verktøyet eller testsamlingen er en annen enn da kjøringen i {folder} begynte.",
            "Ta den opp igjen med den samme versjonen, eller begynn på nytt.",
        )
    settings = json.loads(Mask(own_secrets()).body(json.dumps(settings_of(config)).encode()))
    changed = sorted(key for key in settings.keys() - MAY_CHANGE if settings[key] != recorded.settings.get(key))
    if changed or config.seed not in (None, recorded.seed) or recorded.facts.get("fault", "") != options.faults.name:
        names = ", ".join(changed) or ("seed" if config.seed not in (None, recorded.seed) else "--fault")
        raise UsageProblem(
            f"Oppsettet er endret siden kjøringen i {folder} begynte: {names}.",
            "Sett det tilbake, eller begynn på nytt.",
        )
    recorded.adopt_what_was_sent()
    return recorded
