"""What a rig refuses before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from eprom_verify.config import parse_config
from eprom_verify.errors import UsageProblem
from eprom_verify.rig import KEY_VARIABLE, open_rig

SYNTHETIC = "26670271527"


@pytest.mark.parametrize(
    ("section", "name", "value", "near"),
    [
        ("personas", "alle kanalar", SYNTHETIC, "«alle kanaler»"),
        ("skjema", "RAND12", "1bc5f9f0-2607-49eb-94f0-6af955bbd79a", "«RAND-12»"),
    ],
)
def test_unknown_name_refused(section: str, name: str, value: str, near: str, tmp_path: Path) -> None:
    config = parse_config({section: {name: value}}, "prøven")
    with pytest.raises(UsageProblem, match=name) as refused, open_rig(config, tmp_path, seed=1):
        pass
    assert near in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_unsendable_key_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "nøkkel")
    config = parse_config({"eprom": "http://127.0.0.1:9/promswebapi"}, "prøven")
    with pytest.raises(UsageProblem, match=KEY_VARIABLE) as refused, open_rig(config, tmp_path, seed=1):
        pass
    assert "nøkkel" not in str(refused.value).replace("API-nøkkelen", "").replace("nøkkelen", "")
