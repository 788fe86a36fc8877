"""Schemathesis over the simulator's own OpenAPI document: no 5xx, and no answer that the document does not tell of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from eprom_verify.contract import EDITIONS
from eprom_verify.simulator.behaviour import Behaviour
from eprom_verify.simulator.settings import BASE_PATH
from tests.simulator.conftest import KEY, Serve

SCHEMATHESIS = str(Path(sys.executable).with_name("st"))
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def fuzz(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [SCHEMATHESIS, "--config-file", str(configuration(folder)), "run", f"{url}{BASE_PATH}/openapi.json"]
    command += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--seed", "1", "--max-examples", "40"]
    return subprocess.run(
        [*command, "--no-color", "--generation-database=none", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        cwd=folder,
    )


def configuration(folder: Path) -> Path:
    """Ours alone: what lies in the folders above is not meant for this.

    That PVK or Helsenorge failed is documented as 502 and 504; what the simulator itself cannot do is 500.
    """
    path = folder / "schemathesis.toml"
    path.write_text('[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "502", "504"]\n')
    return path


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_answer_outside_the_document(serve: Serve, tmp_path: Path, edition: str) -> None:
    done = fuzz(serve(edition=edition).url, tmp_path, "-H", f"Authorization: Basic {KEY}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " generated, " in done.stdout


@pytest.mark.parametrize("status", [418, 500])
def test_fuzzing_finds_faults(serve: Serve, tmp_path: Path, status: int) -> None:
    """The same finds it when what is refused gets another status than the document has."""
    served = serve(behaviour=Behaviour(error=lambda documented, text: (status, text)))
    done = fuzz(served.url, tmp_path, "-H", f"Authorization: Basic {KEY}")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"[{status}]" in done.stdout
