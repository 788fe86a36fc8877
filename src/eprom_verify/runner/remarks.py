"""What is worth a remark in a result, and no end's fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from eprom_verify.contract import Severity
from eprom_verify.exchange import PATIENT, Exchange, path_in
from eprom_verify.journal.recorder import NEVER_WHOLE

_SHOWN_STRAYS, _SHOWN_PATH = 12, 200
_UNITS = ((86400.0, "døgn"), (3600.0, "timer"), (60.0, "minutter"), (1.0, "sekunder"))


def remarks_of(exchanges: Sequence[Exchange]) -> list[str]:
    """What the contract check found worth a remark, and the calls that it does not know; each kind once, the commonest
    first."""
    found: Counter[str] = Counter()
    strays: Counter[str] = Counter()
    for each in exchanges:
        findings = each.request.findings + (each.response.findings if each.response else ())
        found.update(f"{f.message.removesuffix('.')} ({f.source})" for f in findings if f.severity is Severity.REMARK)
        if each.failure in NEVER_WHOLE and not each.operation:
            found[f"En melding kom aldri hel fram, og er ikke dømt. {each.failure.removesuffix('.')}"] += 1
        elif not each.operation and each.sender != PATIENT:
            strays[f"{each.method} {path_in(each.url)[:_SHOWN_PATH]}"] += 1
    # Another system may call anything, and so much that nobody would see the rest.
    for call, count in strays.most_common(_SHOWN_STRAYS):
        found[f"{call} er ikke et kall i kontrakten, og er ikke dømt"] = count
    others = strays.total() - sum(count for _, count in strays.most_common(_SHOWN_STRAYS))
    if others:
        found["Andre kall er heller ikke i kontrakten, og er ikke dømt"] = others
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return [f"{text}: {'én gang' if count == 1 else f'{count} ganger'}." for text, count in ordered]


def clock_was_set(moved: timedelta) -> list[str]:
    """What is told of a clock that was set while the run went on; it goes by the clock as it was when it began."""
    if not moved:
        return []
    seconds = abs(moved).total_seconds()
    amount, unit = next((seconds / size, name) for size, name in _UNITS if seconds >= 0.99 * size)
    way = "fram" if moved > timedelta() else "tilbake"
    told = f"{amount:.1f}".removesuffix(".0").replace(".", ",")
    return [
        f"Klokken på maskinen ble stilt {told} {unit} {way} i løpet av kjøringen. Alle tider i kjøringen følger "
        "klokken slik den var før det."
    ]
