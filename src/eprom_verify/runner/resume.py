"""Takes a run up again that was stopped, by choice or not: what is decided stays so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from eprom_verify.config import Config
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.store import verify_chain
from eprom_verify.masking import Mask
from eprom_verify.runner.folders import JOURNAL
from eprom_verify.runner.record import Recorded, read_record
from eprom_verify.runner.scenarios import LAST
from eprom_verify.verdict import Outcome, ScenarioResult
from eprom_verify.wiring import own_secrets, settings_of

if TYPE_CHECKING:
    from eprom_verify.runner.run import Options

_DECIDED = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.NOT_APPLICABLE})


def decided_of(recorded: Recorded) -> dict[str, ScenarioResult]:
    """The scenarios that are not run again; those that look at the whole run look at it anew."""
    return {
        name: each for name, each in recorded.scenarios.items() if each.outcome in _DECIDED and LAST not in each.tags
    }


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
    if recorded.shared or options.workers > 1:
        raise UsageProblem("En kjøring i flere prosesser (-n) kan ikke tas opp igjen.", "Begynn på nytt.")
    settings = json.loads(Mask(own_secrets()).body(json.dumps(settings_of(config)).encode()))
    changed = sorted(key for key in settings if settings[key] != recorded.settings.get(key) and key != "seed")
    if changed or config.seed not in (None, recorded.seed) or recorded.facts.get("fault", "") != options.faults.name:
        names = ", ".join(changed) or ("seed" if config.seed not in (None, recorded.seed) else "--fault")
        raise UsageProblem(
            f"Oppsettet er endret siden kjøringen i {folder} begynte: {names}.",
            "Sett det tilbake, eller begynn på nytt.",
        )
    return recorded
