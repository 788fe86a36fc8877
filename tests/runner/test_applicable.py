"""What an integration is not asked to show, by what stands at the two ends."""

from __future__ import annotations

from typing import Any

import pytest

from eprom_verify.config import parse_config
from eprom_verify.runner.applicable import EPROM_CANNOT_BE_MADE_TO, EPROM_IS_OURS, for_eprom_to_answer

OWN = {"driver": "http", "api_base_url": "http://127.0.0.1:8081", "hook_url": "http://127.0.0.1:8081/test-hook"}
SIMULATED: dict[str, Any] = {"bestillersystem": OWN}
FORMAL: dict[str, Any] = {"bestillersystem": OWN, "eprom": "qa"}
TRIAL: dict[str, Any] = {"eprom": "qa"}


@pytest.mark.parametrize(
    ("config", "parties", "only_simulated", "reason"),
    [
        pytest.param(SIMULATED, ["eprom"], False, EPROM_IS_OURS, id="ePROM is ours"),
        pytest.param(SIMULATED, ["eprom"], True, EPROM_IS_OURS, id="ePROM is ours, only the simulator"),
        pytest.param(SIMULATED, ["bestillersystem"], True, "", id="the system against the simulator"),
        pytest.param(FORMAL, ["eprom"], True, EPROM_CANNOT_BE_MADE_TO, id="QA cannot be made to"),
        pytest.param(FORMAL, ["eprom"], False, "", id="QA shows it by itself"),
        pytest.param(FORMAL, ["bestillersystem"], True, "", id="the system must show it"),
        pytest.param(FORMAL, ["bestillersystem", "eprom"], True, "", id="both must show it"),
        pytest.param(TRIAL, ["eprom"], True, "", id="ePROM is what is looked at"),
        pytest.param({}, ["eprom"], True, "", id="both are ours"),
    ],
)
def test_left_to_eprom(config: dict[str, Any], parties: list[str], only_simulated: bool, reason: str) -> None:
    tags = [*parties, "krav-X-01", *(["bare-simulator"] if only_simulated else [])]
    assert for_eprom_to_answer(tags, parse_config(config, "prøven")) == reason
