"""Lets one process at a time write in a folder: two that write the same journal would break it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eprom_verify.errors import UsageProblem

LOCK = "i-bruk.lock"


@contextmanager
def alone_in(folder: Path, taken: UsageProblem) -> Iterator[None]:
    """Hold the folder's lock, which the system itself lets go of when the process ends, however it ends.

    Raises:
        UsageProblem: `taken`, when another process holds it.
    """
    with (folder / LOCK).open("a+b") as held:
        try:
            _lock(held.fileno())
        except OSError as exc:
            raise taken from exc
        yield


def in_use(folder: Path) -> UsageProblem:
    """What to tell of a run that another process is in the middle of."""
    return UsageProblem(
        f"Kjøringen i {folder} går nå, i et annet vindu.",
        "Vent til den er ferdig, eller stopp den der med Ctrl-C. eprom-verify status viser hvor den står.",
    )


def is_in_use(folder: Path) -> bool:
    """Whether a process holds the folder's lock."""
    if not (folder / LOCK).is_file():
        return False
    try:
        with alone_in(folder, UsageProblem("", "")):
            return False
    except UsageProblem:
        return True
    except OSError:
        # Somebody else's folder, that we may only read.
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
