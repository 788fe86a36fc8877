"""The verification protocol: what an integrator signs and hands to Hemit, as content that has no form yet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from eprom_verify.environments import SIMULATOR, environment_of
from eprom_verify.report.order_list import OrderLine
from eprom_verify.report.protocol_blocks import Block, Protocol, Section, one_line
from eprom_verify.report.protocol_broken import broken, undecided
from eprom_verify.report.protocol_front import TRIAL, TRIAL_WORD, first_sections, front
from eprom_verify.report.protocol_judged import Judged, additional, mandatory, proofs
from eprom_verify.report.protocol_told import attested, limits, orders, versions, waivers
from eprom_verify.verdict import RunResult, day_in_norway

_UNSAFE = re.compile(r"[^A-Za-z0-9.]+")
_SPELLED = str.maketrans({"æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "đ": "d", "ß": "ss"})


def content_of(result: RunResult, orders_made: Sequence[OrderLine], checksums: Mapping[str, str]) -> Protocol:
    """The protocol of a run; `checksums` are the SHA-256 of the files that go with it, by name, in hexadecimal."""
    judged = Judged.of(result)
    parts: list[tuple[str, str, list[Block]]] = [
        ("obligatorisk", "Obligatorisk verifikasjon, punkt for punkt", mandatory(judged)),
        ("ovrige", "Øvrige krav, kapittel for kapittel", additional(judged)),
        ("brutt", "Krav som er brutt", broken(judged)),
        ("dispensasjoner", "Dispensasjoner", waivers(result)),
        ("ikke-verifisert", "Det som ikke er verifisert, og hvorfor", undecided(judged)),
        ("bekreftet", "Bekreftet av tester", attested(judged)),
        ("ordreliste", "Ordreliste", orders(orders_made)),
        ("sjekksummer", "Versjoner og sjekksummer", versions(result, checksums)),
        ("grenser", "Hva protokollen viser, og ikke kan vise", limits()),
    ]
    sections = [*first_sections(result), *(Section(anchor=a, title=t, blocks=tuple(b)) for a, t, b in parts)]
    numbered = [
        Section(anchor=each.anchor, title=f"{number}. {each.title}", blocks=each.blocks)
        for number, each in enumerate(sections, start=1)
    ]
    annex = Section(anchor="bevis", title="Vedlegg A. Bevis for hvert krav", blocks=tuple(proofs(judged)), annex=True)
    system = one_line(result.run.system.name, 60)
    return Protocol(
        title="Verifikasjonsprotokoll",
        subtitle=f"Integrasjonen mellom {system or 'bestillersystemet'} og ePROM",
        run=(run := one_line(result.run.id, 80)),
        run_words=f"Kjøring {run}",
        tool=f"eprom-verify {one_line(result.run.versions.get('tool', ''), 40)}",
        trial="" if result.run.formal else TRIAL,
        trial_word="" if result.run.formal else TRIAL_WORD,
        finished=result.run.finished,
        front=front(result),
        sections=(*numbered, annex),
    )


def file_stem(result: RunResult) -> str:
    """A name for files of this run: the system, its version, the environment and the date; ASCII, at most 100 long."""
    run = result.run
    target = run.environment or run.rig.eprom
    known = environment_of(target)
    where = known.name if known else target if target == SIMULATOR else (_host(target) or target)
    system = _safe(run.system.name or run.rig.bestillersystem, 30) or "bestillersystem"
    named = "-".join(filter(None, (system, _safe(run.system.version, 20))))
    return f"eprom-verifikasjon_{named}_{_safe(where, 18) or 'ukjent'}_{day_in_norway(run.finished)}"


def _host(target: str) -> str:
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""


def _safe(text: str, limit: int) -> str:
    plain = unicodedata.normalize("NFKD", text[:200].translate(_SPELLED))
    kept = _UNSAFE.sub("-", "".join(char for char in plain if not unicodedata.combining(char)))
    return re.sub(r"\.{2,}", ".", kept)[:limit].strip(".-")
