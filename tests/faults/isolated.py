"""Runs the whole suite in processes of their own, several at a time, and reads the results."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from eprom_verify.config import parse_config
from eprom_verify.faults import fault_named
from eprom_verify.runner.run import Options, run_suite
from eprom_verify.verdict import RunResult, read_result


def run_whole(folder: str, fault: str = "", edition: str = "2026-05", order: int | None = None) -> str:
    """One run with these settings, in the process that this is called in; gives the path of its result.json."""
    # Only a fault makes a run wait in vain; the correct pair can be patient with a machine that is busy.
    config = parse_config({"edition": edition, "frister": {"status_s": 2.0 if fault else 30.0}}, "prøven")
    options = Options(reports=Path(folder), random_order=order, allure=False, faults=fault_named(fault))
    finished = run_suite(config, options, Console(file=io.StringIO()))
    return str(finished.folder / "result.json")


def read(path: str) -> RunResult:
    """The result of a run."""
    return read_result(Path(path))
