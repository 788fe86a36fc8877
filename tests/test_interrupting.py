"""Ctrl-C while something is under way that cannot be begun again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from eprom_verify.interrupting import unbroken

SCRIPT = """
import sys
from eprom_verify.interrupting import unbroken
try:
    with unbroken():
        print("begun", flush=True)
        sys.stdin.readline()
        print("done", flush=True)
    print("went on", flush=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
try:
    print("again", flush=True)
    sys.stdin.readline()
except KeyboardInterrupt:
    print("usual", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("presses", [0, 1, 2])
def test_first_waits_and_second_does_not(presses: int) -> None:
    """And afterwards Ctrl-C is as it was."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # pytest may itself have been started where Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        # Else what is not answered for would be waited for, for ever.
        too_late = threading.Timer(60, process.kill)
        too_late.start()
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begun\n"
        if presses:
            process.send_signal(signal.SIGINT)
            assert process.stderr.readline() == "\n"
            assert process.stderr.readline().startswith("Stanser når det som er sendt, er besvart.")
        if presses < 2:
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
        else:
            process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == ("stopped\n" if presses else "went on\n")
        assert process.stdout.readline() == "again\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "usual\n"
        too_late.cancel()


def test_nothing_in_other_threads() -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with unbroken():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
