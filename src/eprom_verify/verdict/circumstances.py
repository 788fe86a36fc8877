"""The circumstances of a run: who verified what, against what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Rig:
    """Which two ends met."""

    bestillersystem: str
    eprom: str


@dataclass(frozen=True, kw_only=True)
class VerifiedSystem:
    """The bestillersystem, as its owner names it; "" is what is not stated.

    `contact` is who answers technical questions, `api_base_url` where it takes callbacks, `driver` how it was made to
    act.
    """

    name: str = ""
    version: str = ""
    owner: str = ""
    contact: str = ""
    api_base_url: str = ""
    driver: str = ""


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """The circumstances of a run.

    `started` and `finished` carry a time zone, and so do the times in `resumed`, at which it was taken up again.
    `versions` holds at least `tool` and `python`, and the digests of the tool and of the suite; `profile` is what the
    integration states that it uses. `journal_last_digest` seals the journal: SHA-256, in hexadecimal. `environment` is
    the short name of ePROM's environment, or its address; `eprom_version` is as the tester states it, and `documented`
    the date of the documentation that was judged by. `personas` are the test persons by name: synthetic numbers, or
    masked ones. `performed_by` is who ran it, and `role` what they are there.
    """

    id: str
    started: datetime
    finished: datetime
    rig: Rig
    edition: str
    formal: bool
    seed: int
    versions: Mapping[str, str]
    profile: Mapping[str, bool | str]
    journal_last_digest: str
    system: VerifiedSystem = VerifiedSystem()
    environment: str = ""
    eprom_version: str = ""
    documented: str = ""
    performed_by: str = ""
    role: str = ""
    personas: Mapping[str, str] = field(default_factory=dict)
    resumed: tuple[datetime, ...] = ()
