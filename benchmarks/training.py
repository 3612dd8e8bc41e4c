"""Steps per second of kc, JAX by hand, Keras on JAX and PyTorch, side by side.

Each measurement is a process of its own, and the contenders take turns, so that a machine that
slows down slows all of them. Ratios are of the medians, kc over the other; above 1 kc is faster.

    python benchmarks/training.py [--rounds 7] [--workload mlp_small]
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent / "contenders"
CONTENDERS = {"kc": "kc", "jax": "jax", "keras": "keras", "torch": "torch"}
"""Contender and the package that it needs."""

CODE = """
import importlib, sys
from workloads import WORKLOADS
print(importlib.import_module("run_" + sys.argv[1]).run(WORKLOADS[sys.argv[2]]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each contender")
    parser.add_argument("--workload", choices=["mlp", "mlp_small"], help="only this one")
    arguments = parser.parse_args()
    present = [name for name, package in CONTENDERS.items() if importlib.util.find_spec(package)]
    for name in sorted(set(CONTENDERS) - set(present)):
        print(f"{name}: not installed, skipped")
    for workload in [arguments.workload] if arguments.workload else ["mlp", "mlp_small"]:
        report(workload, measure(workload, present, arguments.rounds))


def measure(workload: str, contenders: list[str], rounds: int) -> dict[str, list[float]]:
    """Steps per second of each round."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        # The order turns around, so that nobody always runs after the same one.
        for name in contenders if number % 2 == 0 else reversed(contenders):
            found[name].append(once(name, workload))
    return found


def once(contender: str, workload: str) -> float:
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE, contender, workload],
        cwd=FOLDER, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        sys.exit(f"{contender} failed on {workload}:\n{process.stderr}")
    return float(process.stdout.split()[-1])


def report(workload: str, found: dict[str, list[float]]) -> None:
    table = Table(title=f"{workload}: training steps per second")
    for column in ("", "median", "least", "most", "kc / this", "least pair", "most pair"):
        table.add_column(column, justify="right" if column else "left")
    for name, speeds in found.items():
        pairs = [a / b for a, b in zip(found["kc"], speeds, strict=True)]
        ratio = statistics.median(found["kc"]) / statistics.median(speeds)
        table.add_row(
            name,
            *(f"{f(speeds):,.1f}" for f in (statistics.median, min, max)),
            f"{ratio:.2f}",
            *(f"{f(pairs):.2f}" for f in (min, max)),
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
