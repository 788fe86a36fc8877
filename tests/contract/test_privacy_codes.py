"""The codes of the privacy settings. Source: Personverninnstillinger, section Koder."""

from __future__ import annotations

import pytest

from eprom_verify.contract.privacy_codes import InstanceChanged, SettingStatus, SettingType, VolvenCode
from eprom_verify.contract.schema_files import load_schemas

RESERVATION, CONSENT = SettingType.Reservasjon, SettingType.Samtykke
ACTIVE, INACTIVE = SettingStatus.Aktiv, SettingStatus.IkkeAktiv


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("RES", RESERVATION, ACTIVE),
        ("IRES", RESERVATION, INACTIVE),
        ("SAM", CONSENT, ACTIVE),
        ("ISAM", CONSENT, INACTIVE),
    ],
)
def test_codes(code: str, kind: SettingType, status: SettingStatus) -> None:
    assert VolvenCode.of(kind, status).value == code
    assert (VolvenCode(code).kind, VolvenCode(code).status) == (kind, status)


def test_numbers() -> None:
    assert [each.name for each in sorted(SettingType)] == ["Reservasjon", "Samtykke"]
    assert [each.name for each in sorted(SettingStatus)] == ["IkkeAktiv", "Aktiv"]
    assert [each.name for each in sorted(InstanceChanged)] == ["IkkeEndret", "Endret"]


def test_schemas_agree() -> None:
    schemas = load_schemas("2026-05")
    answer = schemas["privacy-get-response"]["properties"]
    assert answer["type"]["enum"] == [*(each.name for each in SettingType), *SettingType]
    assert answer["status"]["enum"] == [*(each.name for each in SettingStatus), *SettingStatus]
    changed = schemas["privacy-set-response"]["properties"]["instansEndret"]["enum"]
    assert changed == [*(each.name for each in InstanceChanged), *InstanceChanged]
    told = schemas["privacy-replication-request"]["properties"]["status"]["enum"]
    assert told == [each.value for each in VolvenCode]
