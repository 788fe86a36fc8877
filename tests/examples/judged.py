"""Judges the Node example as `eprom-verify run` does, in a process of its own; gives the path of the result."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from rich.console import Console

from eprom_verify.config import parse_config
from eprom_verify.keys import OPEN_KEY
from eprom_verify.locations import features_dir
from eprom_verify.runner.run import Options, run_suite
from eprom_verify.runner.scenarios import ScenarioRun
from eprom_verify.verdict import RunResult, load_catalogue, read_result
from tests.examples.node_system import HOOK_PATH, node_system
from tests.ports import free_port

TOKEN = "provetoken"


def judge(
    folder: str, *, edition: str = "2026-05", chapters: tuple[str, ...] = (), own_class: str = "", **env: str
) -> str:
    """One run of the scenarios of these chapters, or of all, against the example with these variables.

    It is driven by its hook, or by a class of one's own, which finds the hook in MITT_SYSTEM_URL.
    """
    os.environ["EPROM_VERIFY_HOOK_TOKEN"] = TOKEN
    port = free_port()
    base_url = f"http://127.0.0.1:{port}/promswebapi"
    with node_system(base_url, OPEN_KEY, hook_token="" if own_class else TOKEN, **env) as address:
        os.environ["MITT_SYSTEM_URL"] = address + HOOK_PATH
        config: dict[str, Any] = {
            "edition": edition,
            "seed": 20261125,
            "bestillersystem": {
                "navn": "Eksempelregisteret",
                "api_base_url": address,
                **({"driver": "python", "klasse": own_class} if own_class else {"driver": "http"}),
                **({} if own_class else {"hook_url": address + HOOK_PATH}),
            },
            "simulator": {"port": port},
            "frister": {"status_s": 4.0, "quiet_s": 0.1, "registrert_s": 2.0},
        }
        options = Options(reports=Path(folder), allure=False)
        settings, console = parse_config(config, "prøven"), Console(file=io.StringIO())
        if not chapters:
            finished = run_suite(settings, options, console)
        else:
            catalogue = load_catalogue(features_dir() / "krav.toml")

            def matches(run: ScenarioRun, text: str) -> bool:
                return any(catalogue[each].chapter in chapters for each in run.requirements)

            with mock.patch.object(ScenarioRun, "matches", matches):
                finished = run_suite(settings, replace(options, select="kapitlene"), console)
    return str(finished.folder / "result.json")


def read(path: str) -> RunResult:
    """The result of a run."""
    return read_result(Path(path))
