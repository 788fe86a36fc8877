"""The built wheel runs in an empty folder, without a checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eprom_verify.locations import suite_root
from eprom_verify.verdict import Outcome, read_result


@pytest.mark.skipif(shutil.which("uv") is None, reason="the wheel is built by uv")
def test_wheel_runs_anywhere(tmp_path: Path) -> None:
    uv = str(shutil.which("uv"))
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    subprocess.run([uv, "build", "--wheel", "--quiet", "--out-dir", tmp_path, suite_root()], check=True, env=clean)
    [wheel] = tmp_path.glob("*.whl")
    venv = tmp_path / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, venv], check=True, env=clean)
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    # The locked versions, so that what is tested is what was locked.
    locked = tmp_path / "locked.txt"
    export = [uv, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "-o", locked]
    subprocess.run(export, check=True, env=clean, cwd=suite_root())
    install = [uv, "pip", "install", "--quiet", "--python", python, "-r", locked, wheel]
    subprocess.run(install, check=True, env=clean)
    empty = tmp_path / "empty"
    empty.mkdir()
    program = python.with_name("eprom-verify" + (".exe" if os.name == "nt" else ""))
    done = subprocess.run(
        [program, "run", "--no-html"], capture_output=True, text=True, cwd=empty, env=clean, timeout=900
    )
    assert done.returncode == 3, done.stdout + done.stderr
    result = read_result(next(iter((empty / "reports").glob("2*/result.json"))))
    assert {each.outcome for each in result.scenarios} == {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    assert {each.name for each in empty.iterdir()} == {"reports"}
