"""Whether the bestillersystem calls about the patient that it was asked to call about, or about somebody else.

For orders of forms, see `Case.place`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from eprom_verify.checks.blame import broken
from eprom_verify.checks.case import SYSTEM, Case
from eprom_verify.errors import Unverified
from eprom_verify.exchange import Exchange
from eprom_verify.rig import HARNESS, Rig


@dataclass
class CallLedger:
    """How many calls the bestillersystem was asked for, by operation and national id; and those about somebody else."""

    asked: Counter[str] = field(default_factory=Counter)
    mistaken: list[Exchange] = field(default_factory=list)


def asks(case: Case, operation: str, times: int = 1) -> None:
    """Note that the bestillersystem is about to be asked for a call about the patient; at most so many are expected."""
    case.rig.ledgers.of(CallLedger).asked[f"{operation} {case.national_id}"] += times


def call(case: Case, operation: str, wanted: Callable[[Exchange], bool], *, since: int) -> Exchange | None:
    """The first finished call that is the wanted one; waits for it.

    Raises:
        Unverified: the bestillersystem called about somebody else; the requirement on whom calls are about tells of it.
    """
    found = case.rig.journal.wait_for(
        lambda each: wanted(each) or is_mistaken(case, operation, each),
        timeout_s=case.rig.order_s,
        since=since,
    )
    if found is not None and not wanted(found):
        tell(case, found)
    return found


def is_mistaken(case: Case, operation: str, exchange: Exchange) -> bool:
    """Whether this is one call more about a person than the bestillersystem was asked for."""
    person = exchange.request.member("nationalId")
    if exchange.operation != operation or exchange.sender == HARNESS or person in (None, "", case.national_id):
        return False
    calls = [each for each in case.rig.journal.exchanges() if each.operation == operation and each.sender != HARNESS]
    made: int = sum(each.request.member("nationalId") == person for each in calls)
    return made > case.rig.ledgers.of(CallLedger).asked[f"{operation} {person}"]


def tell(case: Case, exchange: Exchange) -> None:
    """Note a call that is about somebody else, and end the scenario.

    Raises:
        Unverified: always.
    """
    case.rig.ledgers.of(CallLedger).mistaken.append(case.note(exchange))
    raise Unverified(
        "Bestillersystemet kalte ePROM om en annen pasient enn det ble bedt om, så resten viser ikke noe. "
        "Kravet om hvem kallene gjelder, er brutt."
    )


def none_mistaken(rig: Rig, source: str, *operations: str) -> None:
    """Every call of these operations is about the patient that the bestillersystem was asked to call about.

    Raises:
        Unverified: it was not asked for any, or made none.
    """
    ledger = rig.ledgers.of(CallLedger)
    asked = any(key.split()[0] in operations for key in ledger.asked)
    if not asked or not any(each.sender != HARNESS for each in rig.seen(*operations)):
        raise Unverified("Bestillersystemet er ikke bedt om slike kall, eller har ikke gjort noen.")
    found = [each for each in ledger.mistaken if each.operation in operations]
    if found:
        expected = "nationalId er den som bestillersystemet ble bedt om"
        seen = f"en annen – i {len(found)} kall"
        raise broken(expected, seen, found[0], where="/nationalId", source=source, party=SYSTEM)
