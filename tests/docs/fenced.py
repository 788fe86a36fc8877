"""The documents of the project, and the fenced blocks in them that say what a test does with them."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "reports/README.md")]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))

INSTALL = "python -m pip install uv"
PREFIX = "python -m uv run "

_BLOCK = re.compile(r"^```(?P<language>\w+)(?P<words>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


ROLES = ("ci", "test", "signed", "server", "client", "output", "failure")


@dataclass(frozen=True)
class Block:
    """A fenced block; `role` is the word after its language, one of ROLES or ""."""

    document: str
    language: str
    role: str
    exit_code: int
    lines: tuple[str, ...]


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document, in order."""
    found = []
    for match in _BLOCK.finditer(document.read_text("utf-8")):
        role, *settings = match["words"].split() or [""]
        code = next((int(each.removeprefix("exit=")) for each in settings if each.startswith("exit=")), 0)
        lines = tuple(line for line in match["body"].splitlines() if line.strip())
        found.append(Block(document.relative_to(ROOT).as_posix(), match["language"], role, code, lines))
    return found


def arguments(line: str) -> list[str]:
    """What runs a documented command in this environment, which uv has already made."""
    name, *rest = line.removeprefix(PREFIX).split()
    command = sys.executable if name == "python" else shutil.which(name, path=str(Path(sys.executable).parent))
    assert command, f"{name} is not installed in this environment"
    return [command, *(str(ROOT / each) if each.startswith("docs/") else each for each in rest)]
