"""The environments by name and by host."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from eprom_verify.cli import app
from eprom_verify.environments import ENVIRONMENTS, QA, TEST, api_base_of, checked_target, environment_of
from eprom_verify.errors import UnsafeTarget
from eprom_verify.persons import refuse_production


def test_none_is_production() -> None:
    for each in ENVIRONMENTS.values():
        for address in (each.api_base, each.form_filler, each.helsenorge):
            refuse_production(address)


@pytest.mark.parametrize(
    ("target", "environment"),
    [
        ("test", TEST),
        ("qa", QA),
        ("https://PROMS.hemitdev.org/PromsWebApi", TEST),
        ("https://proms2.hemit.org/promswebapi", TEST),
        ("https://pasientrapportering.qa.nhn.no:443/webapi", QA),
        ("simulator", None),
        ("http://[", None),
        ("https://eprom.example.invalid/webapi", None),
    ],
)
def test_environment_found(target: str, environment: object) -> None:
    assert environment_of(target) is environment


def test_former_host_replaced() -> None:
    assert api_base_of("https://proms2.hemit.org/promswebapi") == TEST.api_base
    assert api_base_of("https://proms.hemitdev.org/other") == "https://proms.hemitdev.org/other"


@pytest.mark.parametrize("target", ["prod", "Produksjon", "https://pasientrapportering.nhn.no/webapi"])
def test_production_refused(target: str) -> None:
    with pytest.raises(UnsafeTarget, match="produksjon"):
        checked_target(target)


@pytest.mark.parametrize("target", ["prod", "https://pasientrapportering.nhn.no/webapi"])
def test_run_refused(target: str) -> None:
    ended = CliRunner().invoke(app, ["run", "--eprom", target])
    assert isinstance(ended.exception, UnsafeTarget)
    assert "Verifisering kjøres aldri i produksjon" in str(ended.exception)
