"""Whose fault it is that a message is not as it should be, or was not answered so."""

from __future__ import annotations

from eprom_verify.errors import ContractBroken
from eprom_verify.exchange import Exchange

NOT_FOUND = "Sjekk at eprom i oppsettet er PromsApiBaseUrl, med stien (som /promswebapi i testmiljøet)."


def caller_at_fault(exchange: Exchange) -> bool:
    """Whether the request itself was wrong: against the contract, or with another key than the agreed one."""
    wrong = any(each.is_violation for each in exchange.request.findings)
    return wrong or exchange.key_matches is False


def refused_by(message: Exchange) -> str:
    """Whose fault it is that a message of ePROM's was not accepted: what breaks the contract may rightly be refused."""
    return "eprom" if caller_at_fault(message) else "bestillersystem"


def broken(
    expected: str, received: str, exchange: Exchange, *, source: str, where: str = "", party: str = "eprom"
) -> ContractBroken:
    """The failure of one exchange; ePROM's fault unless another party is named."""
    return ContractBroken(party, expected, received, where=where, source=source, exchanges=(exchange.id,))
