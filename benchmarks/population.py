"""How long runs of the digits example take together: 1, 16 and 64, the compiler included.

Runs differ in learning rate and seed. Each measurement is a process of its own without programs
that were compiled before, and the numbers take turns.

    python benchmarks/population.py [--rounds 5] [--runs 1 16 64]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "examples" / "digits_mlp" / "spec.yaml"
ENVIRONMENT = {**os.environ, "JAX_ENABLE_COMPILATION_CACHE": "false"}

CODE = """
import sys
from pathlib import Path
from kc.compiler.pipeline import compile
from kc.compiler.plan.plan import plan
from kc.compiler.source.reader import decode
from kc.core.diagnostic import Report
from kc.runtime.data.job import examples
from kc.runtime.device import set_up
from kc.runtime.population import Population

path, number = Path(sys.argv[1]), int(sys.argv[2])
set_up()
source = decode("spec.yaml", path.read_bytes())
key = "training.optimizer.adam.learning_rate"
runs = [(f"training.seed={i}", f"{key}={1e-4 * 1.07**i}") for i in range(number)]
plans = [plan(compile(source, overrides, Report())) for overrides in runs]
population = Population(plans, examples(plans[0], path.parent))
for epoch in population.epochs():
    pass
population.measure(population.data.test)
"""
"""Trains as a sweep does."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each number")
    parser.add_argument("--runs", type=int, nargs="+", default=[1, 16, 64], help="how many runs")
    options = parser.parse_args()
    times: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        times.setdefault("kc train", []).append(alone())
        for number in options.runs:
            times.setdefault(f"{number} runs", []).append(together(number))
    one = statistics.median(times["kc train"])
    for name, found in times.items():
        median = statistics.median(found)
        print(
            f"{name:<9} median {median:.2f} s   {min(found):.2f} to {max(found):.2f}   "
            f"{median / one:.2f} times `kc train`"
        )


def alone() -> float:
    """Seconds of a run by the command."""
    with tempfile.TemporaryDirectory() as folder:
        run = ["-m", "kc", "train", str(SPEC), "--run-dir", f"{folder}/run", "--quiet"]
        return seconds(run)


def together(number: int) -> float:
    return seconds(["-c", CODE, str(SPEC), str(number)])


def seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT, env=ENVIRONMENT
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
