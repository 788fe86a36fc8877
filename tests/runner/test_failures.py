"""What a failure is given where it is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pytest_bdd.parser import ScenarioTemplate

from eprom_verify.errors import ContractBroken
from eprom_verify.exchange import Exchange, Message
from eprom_verify.runner.failures import complete
from eprom_verify.runner.scenarios import ScenarioRun

AT = datetime(2026, 5, 9, 10, 0, 1, 250_000, tzinfo=timezone(timedelta(hours=2)))


def _exchange(name: str) -> Exchange:
    message = Message(seq=1, at=AT, headers=(), body=b"", size=0)
    url = "https://proms.hemitdev.org/promswebapi/api/v2/formorder"
    return Exchange(
        id=name, operation="A", sender="bestillersystem", method="POST", url=url, request=message, status=400
    )


def _run(*exchanges: str) -> ScenarioRun:
    template = ScenarioTemplate.__new__(ScenarioTemplate)
    return ScenarioRun(template, "prøve.feature", {}, (), (), exchanges=list(exchanges))


def _broken(*exchanges: str, source: str = "") -> ContractBroken:
    return ContractBroken("bestillersystem", "noe", "noe annet", source=source, exchanges=exchanges)


JOURNAL = [_exchange(name) for name in "abcdef"]


@pytest.mark.parametrize(
    ("named", "seen", "shown", "decisive"),
    [
        ("b", "abc", "b", True),
        ("ba", "abc", "ba", True),
        ("abcdef", "", "abc", True),
        ("", "ab", "b", False),
        ("", "", "", False),
        ("x", "a", "", False),
    ],
)
def test_exchanges_shown(named: str, seen: str, shown: str, decisive: bool) -> None:
    run = _run(*seen)
    complete(_broken(*named), run, JOURNAL)
    assert "".join(each.id for each in run.shown_by) == shown
    assert {each.decisive for each in run.shown_by} == ({decisive} if shown else set())
    assert run.broken_by == "bestillersystem"


def test_exchange_told() -> None:
    run = _run()
    complete(_broken("a"), run, JOURNAL)
    [shown] = run.shown_by
    assert (shown.sender, shown.method, shown.status, shown.failure) == ("bestillersystem", "POST", 400, None)
    assert shown.at == "2026-05-09T08:00:01.250Z"
    assert datetime.fromisoformat(shown.at.replace("Z", "+00:00")) == AT.astimezone(UTC)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("BestillingAvSkjemaV2, NB!", "BestillingAvSkjemaV2, NB! (https://eprom.hemit.org/BestillingAvSkjemaV2.html)"),
        ("ReleaseNotev12.1.2", "ReleaseNotev12.1.2 (https://eprom.hemit.org/releasenotes/ReleaseNotev12.1.2.html)"),
    ],
)
def test_source_has_its_address(source: str, line: str) -> None:
    error = _broken(source=source)
    complete(error, _run(), [])
    assert f"Kilde: {line}" in str(error).splitlines()


def test_without_source() -> None:
    error = _broken()
    complete(error, _run(), [])
    assert "Kilde" not in str(error)
