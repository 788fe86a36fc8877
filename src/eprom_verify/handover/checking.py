"""Checks a package on the receiver's side, alone: nothing of the run is needed but the archive itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eprom_verify.errors import EpromVerifyError
from eprom_verify.handover import contents
from eprom_verify.handover.archive import read_archive
from eprom_verify.handover.entries import examine_journal, foreign_parts
from eprom_verify.handover.evidence import examine_ending, examine_scenarios, examine_suite
from eprom_verify.handover.finding import Examined, shortened
from eprom_verify.handover.manifest import Manifest, examine_manifest
from eprom_verify.handover.packing import judged
from eprom_verify.handover.privacy import examine_privacy
from eprom_verify.handover.report_page import examine_report
from eprom_verify.handover.retold import examine_attachments, examine_made, examine_verdict, told_result
from eprom_verify.handover.signed import Signatures, examine_signatures
from eprom_verify.locations import features_dir
from eprom_verify.runner.record import Recorded, read_record
from eprom_verify.verdict import Conclusion, RunResult, load_catalogue

if TYPE_CHECKING:
    from asn1crypto import x509


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a package came to: what was looked at, the result that it holds when that could be read, and who signed."""

    name: str
    sha256: str
    examined: Sequence[Examined]
    result: RunResult | None
    signatures: Signatures

    @property
    def whole(self) -> bool:
        """Whether nothing was wrong with the package."""
        return self.result is not None and all(each.holds for each in self.examined)

    @property
    def valid(self) -> bool:
        """Whether the package is whole, and is a verification that was approved."""
        result = self.result
        return self.whole and result is not None and result.run.formal and result.conclusion is Conclusion.APPROVED

    @property
    def exit_code(self) -> int:
        """0: valid; 1: something is wrong with the package; 3: it is whole, but is no approved verification."""
        return 0 if self.valid else 3 if self.whole else 1


def verify_package(
    path: Path, *, trust: Sequence[x509.Certificate] | None = None, known_secrets: tuple[str, ...] = ()
) -> Verdict:
    """Check the package at `path`; `trust` is whom to trust, None judges no trust.

    Raises:
        UsageProblem: there is no file at `path`, or it is no archive.
    """
    files, problems = read_archive(path)
    sealed = contents.Listed.of(path.read_bytes()).sha256
    examined = [Examined(title="Arkivet", seen=f"{len(files)} filer, ingen skjult.", problems=shortened(problems))]
    manifest, about = examine_manifest(files)
    examined.append(about)
    result: RunResult | None = None
    if contents.JOURNAL in files:
        result, more = examine_run(files, manifest)
        examined += more
    retold = {contents.PROTOCOL} if any(each.title == _MADE and each.holds for each in examined) else set[str]()
    privacy = _looked(
        "Personvern og hemmeligheter", lambda: examine_privacy(files, known_secrets=known_secrets, retold=retold)
    )
    examined.append(privacy)
    signatures, about = examine_signatures(files, trust=trust)
    examined.append(about)
    return Verdict(name=path.name, sha256=sealed, examined=examined, result=result, signatures=signatures)


_JOURNAL = "Journalen"
_MADE = "Protokollen og listene"
_REST = "Resten av pakken bygger på journalen, og er ikke sett på."


def examine_run(files: Mapping[str, bytes], manifest: Manifest) -> tuple[RunResult | None, list[Examined]]:
    """What the package says of its run, against what follows from its journal."""
    told = told_result(files)
    claimed = {"Manifestet": str(manifest.facts.get("journal_last_digest", ""))}
    claimed |= {"Resultatet": told.run.journal_last_digest} if told else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / contents.JOURNAL
        path.write_bytes(files[contents.JOURNAL])
        problems = foreign_parts(path)
        if problems:
            return None, [Examined(title=_JOURNAL, problems=shortened(problems), notes=[_REST])]
        journal = _looked(_JOURNAL, lambda: examine_journal(path, claimed))
        try:
            recorded = read_record(path)
            result = judged(recorded)
        except Exception as exc:  # whatever a reader of forged entries may raise
            problems = [*journal.problems, f"Kjøringen kan ikke dømmes: {_told(exc)}"]
            return None, [Examined(title=_JOURNAL, problems=problems, notes=[_REST])]
    return result, [journal, *_examine_result(result, recorded, files, manifest, told)]


def _examine_result(
    result: RunResult, recorded: Recorded, files: Mapping[str, bytes], manifest: Manifest, told: RunResult | None
) -> list[Examined]:
    catalogue = load_catalogue(features_dir() / "krav.toml")
    written = files.get(contents.MANIFEST, b"")
    looks: dict[str, Callable[[], Examined]] = {
        "Verktøyet og testsamlingen": lambda: examine_suite(result),
        "Fullstendighet": lambda: examine_scenarios(recorded, catalogue),
        "Oppsettet": lambda: examine_ending(recorded, catalogue),
        "Dommen": lambda: examine_verdict(result, told, manifest, written),
        _MADE: lambda: examine_made(result, recorded, manifest),
        "Bekreftelser": lambda: examine_attachments(result, manifest.base),
        "Rapporten (report.html)": lambda: examine_report(result, files.get(contents.REPORT, b"")),
    }
    return [_looked(title, look) for title, look in looks.items()]


def _looked(title: str, look: Callable[[], Examined]) -> Examined:
    """What was found, or that what is told of the run is so strange that it cannot be looked at."""
    try:
        return look()
    except Exception as exc:  # whatever forged entries may lead to
        return Examined(title=title, problems=[f"Kan ikke kontrolleres: {_told(exc)}"])


def _told(exc: Exception) -> str:
    # The texts of other exceptions quote what they were given.
    if isinstance(exc, EpromVerifyError):
        return str(exc)
    return f"innslagene er ikke slik verktøyet skriver dem ({type(exc).__name__})."
