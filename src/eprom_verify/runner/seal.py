"""Digests of what a run judges by, so that a weakened copy cannot pass for the published one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import eprom_verify
from eprom_verify.locations import suite_root

_SUITE = ("features", "steps", "schemas", "conftest.py")


def suite_digest(root: Path) -> str:
    """SHA-256, in hexadecimal, of the features, the requirements, the steps and the schemas in this folder."""
    return _digest(root, (path for name in _SUITE for path in _files(root / name)))


def tool_digest() -> str:
    """SHA-256, in hexadecimal, of the program itself: the checks are in there."""
    package = Path(eprom_verify.__file__).parent
    return _digest(package, (path for path in _files(package) if "_suite" not in path.parts))


def made_by() -> dict[str, str]:
    """The digests of the program and of the suite, as a run begins and is taken up with them."""
    return {"tool_digest": tool_digest(), "suite_digest": suite_digest(suite_root())}


def _digest(root: Path, files: Iterable[Path]) -> str:
    """Over relative paths and bytes; the lengths stand between them, so that none can flow into another."""
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in files):
        for part in (name.encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    """The files at a place or below it, but for what Python and the desktop leave there."""
    if place.is_file():
        yield place
    for path in place.rglob("*"):
        inside = path.relative_to(place).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside):
            yield path
