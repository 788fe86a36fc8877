"""Whether what a package says of its run is what follows from the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields

from eprom_verify.errors import EpromVerifyError
from eprom_verify.handover import contents
from eprom_verify.handover.evidence import same_typst
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.manifest import Manifest, facts_problems
from eprom_verify.handover.packing import made_from, protocol_of
from eprom_verify.runner.record import Recorded
from eprom_verify.verdict import Attachment, RequirementResult, RunInfo, RunResult, from_json

_PROTOCOL = (contents.PROTOCOL, contents.PROTOCOL_HTML, contents.ORDERS)


def told_result(files: Mapping[str, bytes]) -> RunResult | None:
    """The result as the package has it; None when it cannot be read."""
    try:
        return from_json(json.loads(files[contents.RESULT]))
    except (EpromVerifyError, ValueError, KeyError, RecursionError):
        return None


def examine_verdict(result: RunResult, told: RunResult | None, manifest: Manifest, written: bytes) -> Examined:
    """Whether the result that the package has, and its manifest, say what follows from the journal."""
    problems = list(_differences(result, told)) if told else ["result.json kan ikke leses."]
    expected = json.loads(contents.manifest_of(result, {}))
    problems += facts_problems(manifest.facts, written, expected)
    return Examined(
        title="Dommen",
        seen=f"Regnet ut på nytt fra scenariene i journalen: {result.conclusion.norwegian}.",
        problems=shortened(problems),
    )


def _differences(result: RunResult, told: RunResult) -> Iterator[str]:
    if told.conclusion is not result.conclusion:
        yield f"Konklusjonen er «{told.conclusion.norwegian}», men scenariene gir «{result.conclusion.norwegian}»."
    by_id = {each.id: each for each in told.requirements}
    for each in result.requirements:
        yield from _about_requirement(each, by_id.pop(each.id, None))
    yield from (f"Krav {name} finnes ikke i kravkatalogen." for name in by_id)
    judged = {each.id: each for each in result.scenarios}
    for scenario in told.scenarios:
        known = judged.pop(scenario.id, None)
        if known is None:
            yield f"Scenarioet «{scenario.name}» står ikke i journalen, eller står to ganger i resultatet."
        elif known.outcome is not scenario.outcome:
            yield (
                f"Scenarioet «{known.name}» står som «{scenario.outcome.norwegian}», "
                f"men journalen sier «{known.outcome.norwegian}»."
            )
    yield from (f"Scenarioet «{each.name}» mangler i resultatet." for each in judged.values())
    other = [f.name for f in fields(RunInfo) if getattr(told.run, f.name) != getattr(result.run, f.name)]
    others = [
        f.name for f in fields(RunResult) if f.name in _LISTS and getattr(told, f.name) != getattr(result, f.name)
    ]
    if other or others:
        yield f"Resultatet sier noe annet enn journalen om {', '.join([*other, *others])}."


_LISTS = ("incomplete_reasons", "remarks", "waivers", "attestations")


def _about_requirement(judged: RequirementResult, told: RequirementResult | None) -> Iterator[str]:
    if told is None:
        yield f"Krav {judged.id} mangler i resultatet."
        return
    if told.outcome is not judged.outcome:
        yield f"Krav {judged.id} står som «{told.outcome.norwegian}», men scenariene gir «{judged.outcome.norwegian}»."
    if told.mandatory is not judged.mandatory:
        words = "obligatorisk" if judged.mandatory else "et tillegg"
        yield f"Krav {judged.id} er {words} i kravkatalogen, men ikke i resultatet."


def examine_made(result: RunResult, recorded: Recorded, manifest: Manifest) -> Examined:
    """Whether what follows from the journal alone is in the package, byte by byte."""
    base = manifest.base
    made = made_from(result, recorded, base[contents.JOURNAL])
    made |= protocol_of(result, recorded, {name: each for name, each in base.items() if name not in _PROTOCOL})
    if not same_typst(result):
        del made[contents.PROTOCOL]
    problems = [
        f"{name} er ikke det som følger av journalen."
        for name, content in sorted(made.items())
        if name in base and base[name] != content
    ]
    return Examined(
        title="Protokollen og listene",
        seen="Protokollen, ordrelisten og de andre filene er laget på nytt fra journalen, og er like.",
        problems=problems,
    )


def examine_attachments(result: RunResult, base: Mapping[str, bytes]) -> Examined:
    """Whether the attachments are those that testers have given, and no others."""
    given = [(each.requirement, attachment) for each in result.attestations for attachment in each.attachments]
    shown = {f"{contents.ATTACHMENTS}{attachment.name}" for _, attachment in given}
    kept = [name for name in base if name.startswith(contents.ATTACHMENTS)]
    problems = [f"{name} er det ingen som har lagt ved." for name in kept if name not in shown]
    for requirement, attachment in given:
        problems += _about_attachment(requirement, attachment, base.get(f"{contents.ATTACHMENTS}{attachment.name}"))
    return Examined(
        title="Bekreftelser",
        seen=f"{len(result.attestations)} svar fra testere, {len(shown)} vedlegg.",
        problems=shortened(list(dict.fromkeys(problems))),
    )


def _about_attachment(requirement: str, attachment: Attachment, content: bytes | None) -> Iterator[str]:
    path = f"{contents.ATTACHMENTS}{attachment.name}"
    stem, _, ending = attachment.name.rpartition(".")
    if stem != f"krav-{requirement}-{attachment.sha256[:12]}" or ending not in ("png", "jpg", "pdf"):
        yield f"{path} har et annet navn enn vedlegg får."
    if content is None:
        yield f"{path} mangler."
    elif contents.Listed.of(content) != contents.Listed(attachment.size, attachment.sha256):
        yield f"{path} er ikke den som testeren la ved."
