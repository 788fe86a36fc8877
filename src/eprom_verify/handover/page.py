"""What a check of a package came to, on one page for a person and as JSON for a machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from eprom_verify.handover.checking import Verdict
from eprom_verify.handover.judgement import SignatureReport
from eprom_verify.verdict import Conclusion, Outcome, explain, tally

_NORWAY = ZoneInfo("Europe/Oslo")


def as_lines(verdict: Verdict) -> Iterator[str]:
    """The page, line by line."""
    yield f"Pakke:  {verdict.name}"
    yield f"SHA-256 {verdict.sha256}"
    yield ""
    yield from _run(verdict)
    for each in verdict.examined:
        yield f"{'✓' if each.holds else '✗'} {each.title}: {each.seen if each.holds else f'{len(each.problems)} feil'}"
        yield from (f"    – {problem}" for problem in each.problems)
        yield from (f"    Merk: {note}" for note in each.notes)
    yield from _signatures(verdict)
    yield ""
    yield f"=== {headline(verdict)} ==="
    yield from _advice(verdict)


def headline(verdict: Verdict) -> str:
    """What the package came to, in a few words."""
    result = verdict.result
    if not verdict.whole or result is None:
        return "PAKKEN ER IKKE TIL Å STOLE PÅ"
    trial = "" if result.run.formal else " (prøvekjøring)"
    return f"Pakken er hel. Konklusjon: {result.conclusion.norwegian.upper()}{trial}"


def _run(verdict: Verdict) -> Iterator[str]:
    result = verdict.result
    if result is None:
        return
    run = result.run
    mandatory = [each.outcome for each in result.requirements if each.mandatory]
    yield f"Bestillersystem:  {' '.join(filter(None, [run.system.name, run.system.version]))}"
    yield f"Mot:              {run.environment} ({run.rig.eprom}), utgave {run.edition}"
    yield f"Kjøring:          {run.id}, {_time(run.started)}"
    yield f"Utført av:        {', '.join(filter(None, [run.performed_by, run.role])) or 'ikke oppgitt'}"
    yield f"Obligatoriske:    {tally(mandatory)}"
    yield ""


def _signatures(verdict: Verdict) -> Iterator[str]:
    signatures = verdict.signatures
    named = [*((f"protokollen, {s.field or 'felt'}", s) for s in signatures.protocol), *signatures.manifest.items()]
    if named:
        yield ""
        yield "Signert av"
    for where, each in named:
        yield f"  {each.signer or 'ukjent'} ({where}): {_signed(each)}"


def _signed(report: SignatureReport) -> str:
    trust = {True: "utstederen er blant dem du stoler på", False: "utstederen er ikke blant dem du stoler på"}
    when = f"tidsstemplet {_time(report.timestamped_at)}" if report.timestamped_at else ""
    claimed = f"oppgitt tid {_time(report.signed_at)}" if report.signed_at and not when else ""
    words = [
        when or claimed,
        f"utstedt av {report.issuer}" if report.issuer else "",
        trust.get(bool(report.trusted), ""),
    ]
    if report.trusted is None:
        words[-1] = "utstederen er ikke prøvd"
    return "; ".join(filter(None, [*words, report.problem]))


def _advice(verdict: Verdict) -> Iterator[str]:
    result = verdict.result
    if not verdict.whole or result is None:
        yield "Ikke godta pakken. Be om en ny fra den som laget den."
        return
    yield explain(result)
    if result.conclusion is Conclusion.APPROVED and result.run.formal:
        attested = sum(each.outcome is Outcome.ATTESTED for each in result.requirements)
        waived = sum(each.outcome is Outcome.WAIVED for each in result.requirements)
        yield f"{attested} krav er bekreftet av en tester, og {waived} har dispensasjon: se på dem i protokollen."
        yield "Sammenhold ordrelisten (orders.csv) med ePROMs egen logg: kjøringen kan ikke vise hva den gikk mot."


def _time(moment: datetime) -> str:
    return moment.astimezone(_NORWAY).strftime("%d.%m.%Y kl. %H.%M")


def as_document(verdict: Verdict) -> dict[str, Any]:
    """The same as a document; texts are Norwegian."""
    result = verdict.result
    signatures = [*verdict.signatures.protocol, *verdict.signatures.manifest.values()]
    return {
        "package": verdict.name,
        "sha256": verdict.sha256,
        "whole": verdict.whole,
        "valid": verdict.valid,
        "headline": headline(verdict),
        "conclusion": result.conclusion.value if result else None,
        "formal": result.run.formal if result else None,
        "run": result.run.id if result else None,
        "checks": [
            {"title": each.title, "holds": each.holds, "problems": list(each.problems), "notes": list(each.notes)}
            for each in verdict.examined
        ],
        "signatures": [
            {
                "signer": each.signer,
                "issuer": each.issuer,
                "signed_at": each.signed_at.isoformat() if each.signed_at else None,
                "timestamped_at": each.timestamped_at.isoformat() if each.timestamped_at else None,
                "trusted": each.trusted,
                "problem": each.problem,
            }
            for each in signatures
        ],
    }
