"""The codes of the privacy settings: the numbers of the calls to ePROM, and the Volven codes of its callback.

Source: Personverninnstillinger, section Koder.
"""

from __future__ import annotations

from enum import StrEnum

from eprom_verify.contract.enumerations import ContractEnum


class SettingType(ContractEnum):
    """What kind of setting it is. Source: Personverninnstillinger, section Type."""

    Reservasjon = 0
    Samtykke = 1


class SettingStatus(ContractEnum):
    """Whether a citizen's setting is active. Source: Personverninnstillinger, section Status."""

    IkkeAktiv = 0
    Aktiv = 1


class InstanceChanged(ContractEnum):
    """What a change led to. Source: Personverninnstillinger, section InstansEndret."""

    IkkeEndret = 0
    Endret = 1


class VolvenCode(StrEnum):
    """A status as the callback has it, which tells the type too. Source: Personverninnstillinger, Status (Volven 7609).

    The page lists the codes without explaining them; `I` is read as "ikke".
    """

    RES = "RES"
    IRES = "IRES"
    SAM = "SAM"
    ISAM = "ISAM"

    @classmethod
    def of(cls, kind: SettingType, status: SettingStatus) -> VolvenCode:
        """The code of a status of a setting of this kind."""
        word = "RES" if kind is SettingType.Reservasjon else "SAM"
        return cls(word if status is SettingStatus.Aktiv else f"I{word}")

    @property
    def kind(self) -> SettingType:
        """The kind of setting that the code is for."""
        return SettingType.Reservasjon if self.value.endswith("RES") else SettingType.Samtykke

    @property
    def status(self) -> SettingStatus:
        """Whether the setting is active."""
        return SettingStatus.IkkeAktiv if self.value.startswith("I") else SettingStatus.Aktiv
