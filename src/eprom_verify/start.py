"""Where the command begins: Ctrl-C is answered for from now on, also while all the rest is read in."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

_INTERRUPTED_EXIT = 130


def main() -> NoReturn:
    """Read in the command line, and run it."""
    usual = signal.getsignal(signal.SIGINT)
    # Whoever lets it be ignored wants that.
    if usual is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from eprom_verify.cli import main as run

    signal.signal(signal.SIGINT, usual)
    run()


def _leave(*_: object) -> NoReturn:
    # At once: nothing is begun yet, and an exception here would come out of whatever is just being imported.
    os.write(2, b"\neprom-verify: Avbrutt.\n")
    os._exit(_INTERRUPTED_EXIT)
