"""What the whole suite costs in one process and in several.

Each round runs the suite once in each way, in turn, since machines are noisy; medians are shown, and how many times as
fast as one process each way is. CPU is that of all the processes of a run together.

    uv run python benchmarks/whole_suite.py
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from marginal_cost import measured

START = "from eprom_verify.cli import main; main()"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, nargs="+", default=[2], metavar="N")
    parser.add_argument("--allure", action="store_true", help="with Allure results")
    options = parser.parse_args()
    ways = [0, *options.processes]
    seen: dict[int, list[tuple[float, float]]] = {processes: [] for processes in ways}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for processes in ways:
                seen[processes].append(measured(command(Path(folder), processes, allure=options.allure)))
    print(f"{os.cpu_count()} CPUs, {options.rounds} rounds")
    print(f"{'processes':12}{'wall s':>9}{'(least)':>9}{'CPU s':>9}{'faster':>9}")
    serial = statistics.median(wall for wall, _ in seen[0])
    for processes, figures in seen.items():
        wall, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        least = min(figure[0] for figure in figures)
        print(f"{processes or 1:<12}{wall:9.2f}{least:9.2f}{cpu:9.2f}{serial / wall:9.2f}")


def command(folder: Path, processes: int, *, allure: bool) -> list[str]:
    """The command that runs the whole suite in so many processes."""
    words = ["run", "--no-html", *([] if allure else ["--no-allure"]), "-n", str(processes), "--reports", str(folder)]
    return [sys.executable, "-c", START, *words]


if __name__ == "__main__":
    main()
