"""What one scenario costs, side by side with a bare httpx script that makes the same call and awaits the same status.

Both order a form for the same person and wait for its status, against the same simulator with the same delay. The
suite is run with few and with many scenarios of one kind; the difference, divided by their number, is what one costs.
The bare script is measured likewise. Rounds alternate, and medians are shown, since machines are noisy.

    uv run python benchmarks/marginal_cost.py
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from eprom_verify.locations import suite_root

HERE = Path(__file__).resolve().parent
FEATURE = """# language: no
@eprom @bestillersystem
Egenskap: Måling

"""
SCENARIO = """
  @krav-1.2
  Scenario: Pasienten blir varslet, nr. {number}
    Gitt pasienten "alle kanaler"
    Når bestillersystemet bestiller et skjema
    Så blir pasienten varslet på "Helsenorge"
"""
START = """
import sys
from pathlib import Path
import eprom_verify.locations as locations
root = Path(sys.argv.pop(1))
locations.suite_root = lambda: root
from eprom_verify.cli import main
main()
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs=2, default=(50, 450), metavar=("FEW", "MANY"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    few, many = options.rows
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            "bare httpx": lambda rows: [sys.executable, str(HERE / "bare_httpx.py"), str(rows)],
            "suite": lambda rows: suite(Path(folder), rows, "--no-allure"),
            "suite with Allure results": lambda rows: suite(Path(folder), rows),
        }
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, command in contenders.items():
                low, high = measured(command(few)), measured(command(many))
                costs[name].append(
                    tuple((more - less) / (many - few) * 1000 for less, more in zip(low, high, strict=True))
                )  # type: ignore[arg-type]
    bare = median(costs["bare httpx"])
    print(f"{'per scenario':28}{'wall ms':>9}{'ratio':>8}{'CPU ms':>9}{'ratio':>8}")
    for name, found in costs.items():
        wall, cpu = median(found)
        print(f"{name:28}{wall:9.1f}{wall / bare[0]:8.2f}{cpu:9.1f}{cpu / bare[1]:8.2f}")


def suite(folder: Path, rows: int, *words: str) -> list[str]:
    """The command that runs a suite of this many rows."""
    root = folder / f"suite-{rows}"
    if not root.exists():
        for name in ("steps", "schemas"):
            shutil.copytree(suite_root() / name, root / name)
        shutil.copy(suite_root() / "conftest.py", root)
        (root / "features").mkdir()
        for name in ("test_features.py", "krav.toml", "faults.toml"):
            shutil.copy(suite_root() / "features" / name, root / "features")
        scenarios = "".join(SCENARIO.format(number=number) for number in range(rows))
        (root / "features" / "measured.feature").write_text(FEATURE + scenarios, encoding="utf-8")
    return [sys.executable, "-c", START, str(root), "run", "--no-html", "--reports", str(folder / "reports"), *words]


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds of wall time and of CPU time that a command takes."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode not in (0, 3):
        raise SystemExit(done.stdout + done.stderr)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


def median(costs: list[tuple[float, float]]) -> tuple[float, float]:
    """The median of each figure."""
    return statistics.median(wall for wall, _ in costs), statistics.median(cpu for _, cpu in costs)


if __name__ == "__main__":
    main()
