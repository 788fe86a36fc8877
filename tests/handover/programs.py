"""Other people's programs, for a second opinion."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.handover.authority import Identity


def need(command: str) -> str:
    """Where a program is; a test without it is skipped, but never where all tests must be run."""
    found = shutil.which(command)
    if found is None:
        assert not os.environ.get("CI"), f"{command} is wanted here"
        pytest.skip(f"no {command} on this machine")
    return found


def said_by(*command: object) -> str:
    """The exit code of a program, and what it says."""
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=60)
    return f"{done.returncode}\n{done.stdout}\n{done.stderr}"


def signed_by_openssl(data: bytes, identity: Identity, *more: str) -> bytes:
    """A signature as `openssl cms -sign` makes it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in (("key.pem", identity.pem_key), ("cert.pem", identity.pem), ("data", data)):
            (folder / file).write_bytes(content)
        told = said_by(
            *(need("openssl"), "cms", "-sign", "-binary", "-outform", "DER", *more),
            *("-signer", folder / "cert.pem", "-inkey", folder / "key.pem"),
            *("-in", folder / "data", "-out", folder / "p7s"),
        )
        assert told.startswith("0"), told
        return (folder / "p7s").read_bytes()
