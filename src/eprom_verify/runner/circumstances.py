"""What the result tells of the circumstances of a run, from its settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from eprom_verify.config import Config
from eprom_verify.contract.sources import DOCUMENTED
from eprom_verify.persons import Population, mask_ids
from eprom_verify.rig import NORWAY
from eprom_verify.verdict import VerifiedSystem


def circumstances(config: Config, driver: str, seed: int, now: datetime) -> dict[str, Any]:
    """Who verified what, against what, and with which test persons, as members of `RunInfo`."""
    system, protocol = config.system, config.protocol
    environment = config.known_environment
    return {
        "system": VerifiedSystem(
            name=mask_ids(system.name) or ("" if system.foreign else "eprom-verifys eget bestillersystem"),
            version=mask_ids(system.version),
            owner=mask_ids(system.owner),
            contact=mask_ids(system.contact),
            api_base_url=system.api_base_url,
            driver=driver,
        ),
        "environment": environment.name if environment else config.api_base,
        "eprom_version": mask_ids(protocol.eprom_version),
        "documented": DOCUMENTED,
        "performed_by": mask_ids(protocol.performed_by),
        "role": mask_ids(protocol.role),
        "personas": {name: mask_ids(number) for name, number in _personas(config, seed, now).items()},
    }


def named_system(config: Config, driver: str) -> str:
    """What the result calls the bestillersystem: its own name and version, and how it was driven."""
    if not config.system.foreign:
        return driver or config.system.driver
    named = " ".join(filter(None, [config.system.name or "eget bestillersystem", config.system.version]))
    return f"{named} ({driver})" if driver else named


def places(config: Config) -> list[str]:
    """Where the run goes, and where a tester fills in forms; empty for the simulator and for unknown addresses."""
    known = config.known_environment
    if known is None:
        return list(config.remarks)
    where = f"skjemautfyller {config.form_filler} · Helsenorge {known.helsenorge}"
    return [f"Miljø {known.name} (nås fra {known.reach}): {config.api_base} · {where}", *config.remarks]


def _personas(config: Config, seed: int, now: datetime) -> dict[str, str]:
    if config.eprom != "simulator":
        return dict(config.personas)
    population = Population.generate(seed, today=now.astimezone(NORWAY).date())
    return {each.name: each.national_id for each in population}
