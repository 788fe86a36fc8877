"""Takes a tester's answers into a run: into its journal first, then into its result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eprom_verify.attesting.attachments import Kept, cleaned
from eprom_verify.attesting.document import Document, Given
from eprom_verify.clock import Clock
from eprom_verify.errors import UsageProblem
from eprom_verify.journal.store import read_entries, verify_chain
from eprom_verify.keys import own_secrets
from eprom_verify.locations import features_dir
from eprom_verify.masking import Mask
from eprom_verify.runner.alone import alone_in, in_use
from eprom_verify.runner.folders import ALLURE_RESULTS, ATTACHMENTS, JOURNAL
from eprom_verify.runner.record import Recorded, judge_recorded, note_attestation, read_record
from eprom_verify.runner.run import write_judged
from eprom_verify.verdict import Answer, Attestation, Catalogue, RunResult, load_catalogue, load_faults, read_result
from eprom_verify.verdict.points import Point, load_points, points_of


@dataclass(frozen=True)
class OpenRun:
    """A finished run that can be answered for, and what may be asked of it."""

    folder: Path
    catalogue: Catalogue
    recorded: Recorded
    result: RunResult
    points: Sequence[Point]

    @property
    def latest(self) -> dict[str, Attestation]:
        """The answers that count, by requirement."""
        return {each.requirement: each for each in self.recorded.attestations}


def open_run(folder: Path) -> OpenRun:
    """The run in this folder.

    Raises:
        UsageProblem: it never came to its end, its journal is not whole, or it is of another version.
    """
    path = folder / JOURNAL
    chain = verify_chain(path)
    if chain.problem:
        raise UsageProblem(f"Journalen i {folder} er ikke hel: {chain.problem}", "Kjør verifikasjonen på nytt.")
    catalogue = load_catalogue(features_dir() / "krav.toml")
    recorded = read_record(path)
    result = judge_recorded(recorded, catalogue, load_faults(features_dir() / "faults.toml").values())
    known = load_points(features_dir() / "bemannet.toml", catalogue)
    return OpenRun(folder, catalogue, recorded, result, points_of(result, catalogue, known))


def refuse_other_run(document: Document, run: OpenRun) -> None:
    """Refuse answers that were given for another run than this.

    Raises:
        UsageProblem: they were.
    """
    digests = {entry.digest for entry in read_entries(run.folder / JOURNAL)}
    if document.run != run.result.run.id:
        raise UsageProblem(
            f"Svarene gjelder kjøringen {document.run}, ikke {run.result.run.id}.",
            "Oppgi mappen til kjøringen de gjelder, eller lag en ny fil med --template.",
        )
    if document.journal not in digests:
        raise UsageProblem(
            f"Svarene hører ikke til journalen i {run.folder}: «journal» i filen er en annen.",
            "Den skal stå slik --template skrev den. Lag en ny fil, og flytt svarene dit.",
        )


def take(run: OpenRun, answers: Iterable[Given], clock: Clock) -> list[Attestation]:
    """Take these answers into the run; gives those that were new. What is answered again is kept beside the earlier.

    Raises:
        UsageProblem: one of them is not a tester's to give, an attachment cannot be used, or the run has been taken up
            again; then none is taken.
    """
    with alone_in(run.folder, in_use(run.folder)):
        return _take(run, answers, clock)


def _take(run: OpenRun, answers: Iterable[Given], clock: Clock) -> list[Attestation]:
    ready = [(each, _attachments(run, each)) for each in answers]
    taken, mask = [], Mask(own_secrets())
    for given, kept in ready:
        attestation = Attestation(
            requirement=given.requirement,
            answer=given.answer,
            words=mask.text(given.words),
            tester=mask.text(given.tester),
            at=clock(),
            attachments=tuple(each.attachment for each in kept),
        )
        if _alike(run.latest.get(given.requirement), attestation):
            continue
        _keep(run.folder / ATTACHMENTS, kept)
        note_attestation(run.folder / JOURNAL, attestation, clock, mask=mask)
        taken.append(attestation)
    if taken or _is_behind(run):
        write_judged(run.folder, run.catalogue, allure=(run.folder / ALLURE_RESULTS).is_dir())
    return taken


def _is_behind(run: OpenRun) -> bool:
    """Whether the result lacks what stands in the journal: an answer that was stopped just after it was kept."""
    path = run.folder / "result.json"
    return not path.is_file() or read_result(path).run.journal_last_digest != run.recorded.last_digest


def _attachments(run: OpenRun, given: Given) -> list[Kept]:
    if given.requirement not in run.catalogue:
        raise UsageProblem(f"Krav «{given.requirement}» finnes ikke.", "Se eprom-verify requirements.")
    asked = [each.requirement.id for each in run.points]
    if given.requirement not in asked:
        raise UsageProblem(
            f"Krav {given.requirement} er ikke et punkt som en tester kan svare på i denne kjøringen.",
            f"eprom-verify attest --template skriver de {len(asked)} punktene til en fil."
            if asked
            else "Alle krav er avgjort av verktøyet.",
        )
    if given.answer is Answer.NOT_APPLICABLE and run.catalogue[given.requirement].verified_by != "attended":
        raise UsageProblem(
            f"Krav {given.requirement} kan ikke besvares med «ikke aktuelt».",
            "Bruk profilen i oppsettet til å si hva integrasjonen ikke bruker.",
        )
    return [cleaned(path, stem=f"krav-{given.requirement}") for path in given.attachments]


def _alike(earlier: Attestation | None, new: Attestation) -> bool:
    def said(each: Attestation) -> object:
        return each.answer, each.words, each.tester, each.attachments

    return earlier is not None and said(earlier) == said(new)


def _keep(folder: Path, kept: Sequence[Kept]) -> None:
    if kept:
        folder.mkdir(exist_ok=True)
    for each in kept:
        beside = folder / f".{each.attachment.name}.tmp"
        beside.write_bytes(each.content)
        beside.replace(folder / each.attachment.name)
