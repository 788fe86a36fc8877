"""What PVK knows in the simulator: the settings that are defined, and what each citizen has chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from eprom_verify.clock import Clock
from eprom_verify.contract.privacy_codes import SettingStatus, SettingType

PART_CODE = "eprom-test"


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A setting as it is registered for a bestillersystem in ePROM admin. Source: Personvernkomponent.

    `pvk_id` is in lower case; `part_code` names the register that owns it, "" when none is registered.
    """

    pvk_id: str
    name: str
    type: SettingType
    part_code: str = PART_CODE


DEFINITIONS = (
    Definition(
        pvk_id="b3cda307-154c-4af4-87d3-30567c931924",
        name="Reservasjon mot registrering",
        type=SettingType.Reservasjon,
    ),
    Definition(
        pvk_id="7d0f2a44-95d3-4c0e-8a57-1b6e0c9f3d21",
        name="Samtykke til å utlevere data for forskning",
        type=SettingType.Samtykke,
    ),
)
"""Those that the simulator has from its start; the first is the one of the documentation's example."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What one citizen has chosen. `number` is the place among all settings, in the order they were created."""

    national_id: str
    status: SettingStatus
    number: int
    sequence_number: int
    created_at: datetime
    changed_at: datetime


class PrivacyStore:
    """Definitions by their id, and settings by citizen and definition; held in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._settings: dict[tuple[str, str], Setting] = {}
        self.definitions = {each.pvk_id: each for each in DEFINITIONS}

    def define(self, kind: SettingType, name: str) -> Definition:
        """Register one more setting, which nobody has chosen anything for."""
        made = Definition(pvk_id=str(uuid4()), name=name, type=kind)
        self.definitions[made.pvk_id] = made
        return made

    def find(self, national_id: str, pvk_id: str) -> Setting | None:
        """What a citizen has chosen; None when they never did."""
        return self._settings.get((national_id, pvk_id))

    def put(self, national_id: str, pvk_id: str, status: SettingStatus) -> bool:
        """Let it be so; gives whether that was a change. Who never chose has what is not active."""
        now, before = self._clock(), self.find(national_id, pvk_id)
        if (before.status if before else SettingStatus.IkkeAktiv) is status:
            return False
        if before is None:
            after = Setting(
                national_id=national_id,
                status=status,
                number=len(self._settings) + 1,
                sequence_number=1,
                created_at=now,
                changed_at=now,
            )
        else:
            after = replace(before, status=status, sequence_number=before.sequence_number + 1, changed_at=now)
        self._settings[national_id, pvk_id] = after
        return True

    def of_definition(self, pvk_id: str) -> list[Setting]:
        """What citizens have chosen for one definition, in the order their settings were created."""
        return sorted(
            (setting for (_, definition), setting in list(self._settings.items()) if definition == pvk_id),
            key=lambda each: each.number,
        )

    def everything(self) -> Iterator[tuple[Definition, Setting]]:
        """All that has been chosen."""
        for (_, pvk_id), setting in list(self._settings.items()):
            yield self.definitions[pvk_id], setting
