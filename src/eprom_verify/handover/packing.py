"""Packs a run for the one who receives it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from eprom_verify.errors import UsageProblem
from eprom_verify.handover import contents
from eprom_verify.handover.archive import write_archive
from eprom_verify.journal.store import Store, verify_chain
from eprom_verify.locations import features_dir
from eprom_verify.report.junit import write_junit
from eprom_verify.report.protocol import file_stem
from eprom_verify.report.protocol_files import write_protocol
from eprom_verify.runner.folders import ATTACHMENTS
from eprom_verify.runner.record import Recorded, judge_recorded, read_record
from eprom_verify.verdict import RunResult, load_catalogue, load_faults, write_result


def pack(folder: Path, target: Path | None, *, make_report: Callable[[Path], Path | None]) -> Path:
    """Pack the run in this folder into `target`, a file or a folder that exists; the same run gives the same bytes.

    Everything is made anew from the journal but report.html, which `make_report` makes when it is missing or older
    than the result.

    Raises:
        UsageProblem: the run never came to its end, its journal is not whole, or the package cannot be written.
    """
    journal = folder / contents.JOURNAL
    chain = verify_chain(journal)
    if chain.problem:
        raise UsageProblem(f"Journalen i {folder} er ikke hel: {chain.problem}", "Kjør verifikasjonen på nytt.")
    recorded = read_record(journal)
    result = judged(recorded)
    files = made_from(result, recorded, _in_one(journal))
    files |= {f"{contents.ATTACHMENTS}{path.name}": path.read_bytes() for path in _attached(folder, result)}
    files[contents.REPORT] = _report(folder, make_report)
    files |= protocol_of(result, recorded, files)
    files[contents.MANIFEST] = contents.manifest_of(result, files)
    path = _place(target, f"{file_stem(result)}.zip")
    write_archive(path, files, at=result.run.finished)
    return path


def judged(recorded: Recorded) -> RunResult:
    """The result of a recorded run, by the requirements of this version.

    Raises:
        UsageProblem: the run never came to its end.
    """
    catalogue = load_catalogue(features_dir() / "krav.toml")
    return judge_recorded(recorded, catalogue, load_faults(features_dir() / "faults.toml").values())


def made_from(result: RunResult, recorded: Recorded, journal: bytes) -> dict[str, bytes]:
    """The files of a package that follow from the journal alone, but for the protocol."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_result(result, folder / contents.RESULT)
        write_junit(result, folder / contents.JUNIT)
        written = {each: (folder / each).read_bytes() for each in (contents.RESULT, contents.JUNIT)}
    return written | {
        contents.JOURNAL: journal,
        contents.SETTINGS: contents.as_json(recorded.settings),
        contents.WAIVERS: contents.waivers_of(result),
        contents.ATTESTATIONS: contents.attestations_of(result),
        contents.README: contents.readme_of(result),
    }


def protocol_of(result: RunResult, recorded: Recorded, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The protocol and the order list, which vouch for these files."""
    checksums = {name: contents.Listed.of(content).sha256 for name, content in sorted(files.items())}
    with tempfile.TemporaryDirectory() as name:
        made = write_protocol(result, list(recorded.exchanges.values()), Path(name), checksums)
        return {each.name: each.read_bytes() for each in (made.pdf, made.html, made.orders)}


def _in_one(journal: Path) -> bytes:
    """The journal as one file, also when some of it was left beside it (a crash, or somebody who read it)."""
    beside = journal.with_name(f"{journal.name}-wal")
    if not beside.is_file() or not beside.stat().st_size:
        return journal.read_bytes()
    with tempfile.TemporaryDirectory() as name:
        for path in (journal, beside):
            shutil.copyfile(path, Path(name) / path.name)
        whole = Path(name) / journal.name
        Store(whole).close()
        return whole.read_bytes()


def _attached(folder: Path, result: RunResult) -> list[Path]:
    names = sorted({shown.name for each in result.attestations for shown in each.attachments})
    paths = [folder / ATTACHMENTS / each for each in names]
    for path in paths:
        if not path.is_file():
            raise UsageProblem(f"Vedlegget {path} er borte.", "Legg det tilbake, eller svar på nytt.")
    return paths


def _report(folder: Path, make_report: Callable[[Path], Path | None]) -> bytes:
    path, result = folder / contents.REPORT, folder / contents.RESULT
    stale = not path.is_file() or (result.is_file() and path.stat().st_mtime_ns < result.stat().st_mtime_ns)
    if stale and make_report(folder) is None:
        raise UsageProblem("Pakken trenger report.html, som ikke lot seg lage.", "Se meldingen over.")
    return path.read_bytes()


def _place(target: Path | None, name: str) -> Path:
    if target is None:
        return Path(name)
    return target / name if target.is_dir() else target
