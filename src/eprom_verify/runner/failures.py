"""What a failure is given where it is judged, so that no check has to: the source's address, and what shows it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import cast

from eprom_verify.contract.sources import page_url
from eprom_verify.errors import ContractBroken
from eprom_verify.exchange import Exchange
from eprom_verify.runner.scenarios import ScenarioRun
from eprom_verify.verdict import ShownExchange
from eprom_verify.verdict.requirements import End

_SHOWN = 3


def complete(error: ContractBroken, run: ScenarioRun, exchanges: Iterable[Exchange]) -> None:
    """Give the failure its source's address, and note in the run who broke the contract and what shows it.

    `exchanges` are those of the journal. When the check named none of them, the last that the scenario saw is noted,
    as not decisive.
    """
    if error.source:
        error.source_url = page_url(error.source.partition(", ")[0])
    decisive = bool(error.exchanges)
    wanted = (error.exchanges or tuple(run.exchanges[-1:]))[:_SHOWN]
    found = {each.id: each for each in exchanges if each.id in wanted}
    run.broken_by = cast(End, error.party)
    run.shown_by = tuple(_shown(found[each], decisive=decisive) for each in wanted if each in found)


def _shown(exchange: Exchange, *, decisive: bool) -> ShownExchange:
    return ShownExchange(
        id=exchange.id,
        sender=exchange.sender,
        method=exchange.method,
        url=exchange.url,
        status=exchange.status,
        failure=exchange.failure,
        at=exchange.request.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        decisive=decisive,
    )
