"""What every report tells of a waiver."""

from __future__ import annotations

from dataclasses import dataclass

from eprom_verify.verdict import Outcome, RunResult, WaiverResult, WaiverState


@dataclass(frozen=True, kw_only=True)
class ToldWaiver:
    """A waiver in words, Norwegian; `headline` is one line, and `facts` are labels and texts that may have several.

    `broken` says that it fails the run, and `used` that it counts.
    """

    requirement: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    broken: bool
    used: bool


def told_waivers(result: RunResult) -> list[ToldWaiver]:
    """The waivers of a run in words, those that fail it first, then those of mandatory requirements."""
    mandatory = {each.id for each in result.requirements if each.mandatory}
    ordered = sorted(result.waivers, key=lambda each: (each.state.holds, each.requirement not in mandatory))
    return [_told(each, result) for each in ordered]


def _told(waiver: WaiverResult, result: RunResult) -> ToldWaiver:
    requirement = next(each for each in result.requirements if each.id == waiver.requirement)
    kind = "obligatorisk" if requirement.mandatory else "tillegg"
    facts = [
        ("Krav", requirement.title),
        ("Grunn", waiver.reason),
        ("Ansvarlig", waiver.owner),
    ]
    if waiver.covers is not None:
        reason = f": {waiver.covers.reason}" if waiver.covers.reason else ""
        facts.append(("Dekker", f"{waiver.covers.outcome.norwegian}{reason}"))
    return ToldWaiver(
        requirement=waiver.requirement,
        headline=f"Krav {waiver.requirement} ({kind}): {_state(waiver, requirement.outcome)}",
        facts=tuple(facts),
        broken=not waiver.state.holds,
        used=waiver.state is WaiverState.USED,
    )


def _state(waiver: WaiverResult, outcome: Outcome) -> str:
    match waiver.state:
        case WaiverState.USED:
            return f"dispensasjonen er brukt, og gjelder til og med {waiver.expires}."
        case WaiverState.EXPIRED:
            return f"dispensasjonen gikk ut {waiver.expires}. Rett feilen, eller få en ny."
        case WaiverState.UNUSED:
            return f"dispensasjonen trengs ikke, for kravet er «{outcome.norwegian}». Ta den bort."
        case WaiverState.UNDECIDED if outcome is Outcome.UNVERIFIED:
            return "det er ikke avgjort om dispensasjonen trengs, for ikke alle scenariene for kravet ble kjørt."
        case WaiverState.UNDECIDED:
            return f"dispensasjonen dekker ikke «{outcome.norwegian}»."
