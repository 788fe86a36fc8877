"""What a CI system asks for beside the run's folder: junit.xml and a summary, at paths of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from eprom_verify.errors import EpromVerifyError, UsageProblem
from eprom_verify.masking import Mask
from eprom_verify.report.junit import write_junit
from eprom_verify.report.summary import write_stopped, write_summary
from eprom_verify.verdict import RunResult


@dataclass(frozen=True)
class Copies:
    """Where junit.xml and the Markdown summary are wanted; None where they are not. `mask` is for why a run stopped."""

    junit: Path | None = None
    summary: Path | None = None
    mask: Mask = field(default_factory=Mask)

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Within this a run is made: nothing of an earlier one is left to be taken for it, and a stop is told of.

        Raises: UsageProblem when a path cannot be written to.
        """
        for option, path in (("--junit", self.junit), ("--summary", self.summary)):
            if path is not None:
                _refuse_unwritable(option, path)
        if self.junit is not None and self.junit.is_file():
            self.junit.unlink()
        if self.summary is not None and self.summary.is_file():
            # Emptied, not removed: whoever made the file, as GitHub does for GITHUB_STEP_SUMMARY, looks for that one.
            self.summary.write_bytes(b"")
        try:
            yield
        except EpromVerifyError as exc:
            if self.summary is not None:
                with suppress(OSError):
                    write_stopped(self.mask.text(str(exc)), self.summary)
            raise

    def write(self, result: RunResult, folder: Path) -> list[str]:
        """Write what is wanted of the run in `folder`; gives what went wrong, in Norwegian, which is no verdict."""
        problems = []
        for option, path in (("--junit", self.junit), ("--summary", self.summary)):
            try:
                if path is not None and option == "--junit":
                    write_junit(result, path)
                elif path is not None:
                    write_summary(result, path, folder=folder)
            except OSError as exc:
                problems.append(f"Kan ikke skrive {option} {path} ({exc.strerror}). Resten av kjøringen er uberørt.")
        return problems


def _refuse_unwritable(option: str, path: Path) -> None:
    remedy = f"Oppgi en fil i en mappe som finnes, med {option}."
    if not path.parent.is_dir():
        raise UsageProblem(f"Kan ikke skrive {option} {path}: mappen {path.parent} finnes ikke.", remedy)
    if path.is_dir():
        raise UsageProblem(f"Kan ikke skrive {option} {path}: det er en mappe.", remedy)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageProblem(f"Kan ikke skrive {option} {path}: du har ikke lov til å skrive der.", remedy)
