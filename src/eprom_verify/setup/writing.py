"""Puts the new configuration file in its place, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from eprom_verify.errors import UsageProblem


def refuse_existing(path: Path) -> None:
    """Refuse to write where something stands.

    Raises:
        UsageProblem: something does.
    """
    if path.exists() or path.is_symlink():
        raise UsageProblem(f"{path} finnes alt, og er ikke rørt.", "Bruk --force for å skrive den på nytt.")


def write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a file; `force` replaces one that is there.

    Raises:
        UsageProblem: it cannot be written, or is there already.
    """
    if not force:
        refuse_existing(path)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            half.write_text(text, encoding="utf-8")
            if not force:
                # Somebody may have made it since; between this line and the next nobody has the time to type one.
                refuse_existing(path)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except FileNotFoundError as exc:
        raise UsageProblem(f"Mappen {path.parent} finnes ikke.", "Lag den først, eller velg en annen.") from exc
    except OSError as exc:
        words = exc.strerror or type(exc).__name__
        raise UsageProblem(f"{path} kan ikke skrives ({words}).", "Velg en annen mappe med --config.") from exc
