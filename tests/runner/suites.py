"""Runs the command line against a copy of the suite that a test may spoil."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from eprom_verify.locations import suite_root

_START = """
import sys
from pathlib import Path
import eprom_verify.locations as locations
root = Path(sys.argv.pop(1))
locations.suite_root = lambda: root
from eprom_verify.cli import main
main()
"""


def own_environment() -> dict[str, str]:
    """The environment without what the tests' own pytest tells its processes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


@dataclass(frozen=True)
class Suite:
    """A copy of features, steps, schemas and conftest.py."""

    root: Path

    @classmethod
    def copied(cls, folder: Path) -> Suite:
        """A fresh copy below this folder."""
        root = folder / "suite"
        for name in ("features", "steps", "schemas"):
            shutil.copytree(suite_root() / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(suite_root() / "conftest.py", root)
        return cls(root)

    def feature(self, name: str) -> Path:
        """A feature file of the chapter on ordering."""
        return self.root / "features" / "bestilling" / f"{name}.feature"

    def append(self, name: str, text: str) -> None:
        """Add lines to the end of a feature file."""
        path = self.feature(name)
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`eprom-verify run` on this suite."""
        command = [sys.executable, "-c", _START, str(self.root), "run", "--no-html", *words]
        return subprocess.run(
            [*command, "--reports", str(self.root.parent / "reports")],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=900,
            cwd=self.root.parent,
            env=own_environment(),
        )
