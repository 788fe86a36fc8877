"""Whose fault it is when a call was not answered as it should be."""

from __future__ import annotations

from eprom_verify.exchange import Exchange

NOT_FOUND = "Sjekk at eprom i oppsettet er PromsApiBaseUrl, med stien (som /promswebapi i testmiljøet)."


def caller_at_fault(exchange: Exchange) -> bool:
    """Whether the request itself was wrong: against the contract, or with another key than the agreed one."""
    wrong = any(each.is_violation for each in exchange.request.findings)
    return wrong or exchange.key_matches is False
