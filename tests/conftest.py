"""How the tests are run: with the Ctrl-C of a terminal wherever they are started from, and a few more at a time than
there are processors."""

from __future__ import annotations

import os
import signal

import pytest

# A shell without job control starts what it puts in the background with SIGINT ignored, and that is inherited:
# the processes that tests interrupt would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """For `-n auto`: much of the time tests wait for servers, browsers and deadlines, and not for a processor."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + max(1, processors // 2)
