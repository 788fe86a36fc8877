"""Where runs leave what they make: one folder each, and `latest`."""

from __future__ import annotations

import contextlib
import secrets
from datetime import datetime
from pathlib import Path

from eprom_verify.errors import UsageProblem
from eprom_verify.verdict import read_result

LATEST = "latest"
ALLURE_RESULTS = "allure-results"
JOURNAL = "journal.sqlite"
ATTACHMENTS = "vedlegg"
LISTENING = "mottak"
"""The folder of what `eprom-verify listen` notes, which is no run."""


def new_run_folder(reports: Path, started: datetime) -> Path:
    """Make the folder of a run, named after its start (UTC).

    Raises:
        UsageProblem: it cannot be made.
    """
    folder = reports / f"{started:%Y-%m-%dT%H%M%SZ}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
    except OSError as exc:
        raise UsageProblem(
            f"Kan ikke lage mappen {folder}: stien er en fil, eller du har ikke lov til å skrive der.",
            "Velg en annen mappe med --reports.",
        ) from exc
    return folder


def point_latest(folder: Path) -> None:
    """Let `latest` point at this run: a link where the system allows it, else a text file with its name."""
    latest = folder.parent / LATEST
    beside = folder.parent / f".{LATEST}-{secrets.token_hex(4)}"
    with contextlib.suppress(OSError):
        try:
            beside.symlink_to(folder.name, target_is_directory=True)
        except OSError:
            beside.write_text(folder.name, encoding="utf-8")
        beside.replace(latest)


def newest_run(reports: Path) -> Path:
    """The folder of the run that began last, whether it was finished or not.

    Raises:
        UsageProblem: there is none.
    """
    found = (path.parent for path in reports.glob(f"*/{JOURNAL}"))
    begun = sorted(each for each in found if each.name != LISTENING and not each.is_symlink())
    if not begun:
        raise UsageProblem(f"Det er ingen kjøring i {reports} å ta opp igjen.", "Kjør eprom-verify run uten --resume.")
    return begun[-1]


def find_run(run: Path) -> Path:
    """The folder of a run, where `latest` may be a text file.

    Raises:
        UsageProblem: there is no such run.
    """
    if run.is_file() and run.name == LATEST:
        run = run.parent / run.read_text(encoding="utf-8", errors="replace").strip()[:255]
    if not (run / "journal.sqlite").is_file():
        remedy = "Kjør eprom-verify run først, eller oppgi mappen til en kjøring, for eksempel reports/latest."
        raise UsageProblem(f"{run} er ikke mappen til en kjøring.", remedy)
    return run


def report_title(result_file: Path) -> str:
    """The title of report.html: the conclusion stands in it, since it is the first thing that a reader looks for."""
    if not result_file.is_file():
        return "ePROM-verifikasjon: ikke fullført"
    result = read_result(result_file)
    return f"ePROM-verifikasjon: {result.conclusion.norwegian}" + ("" if result.run.formal else " (prøvekjøring)")
