"""Repeats as a scan over stacked weights against the same written out: compiling and steps.

Each measurement is a process of its own, and the two forms take turns. `kc plan` measures the same
of a spec, in one process.

    python benchmarks/repeats.py [--rounds 3] [--model gpt] [--depth 12]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
CONVNET = """
kc: 1
model:
  inputs: {x: [16, 16, 16]}
  layers:
    - block:
        - {conv2d: {filters: 16, kernel_size: 3, padding: same}}
        - batch_normalization
        - relu
      repeat: 12
    - flatten
    - {dense: {units: 10, activation: softmax}}
training: {loss: sparse_categorical_crossentropy, optimizer: adam, batch_size: 16}
"""
MLP = """
kc: 1
vars: {width: 64}
model:
  inputs: {x: [$width]}
  layers:
    - {dense: {units: $width, activation: relu}, repeat: 12}
    - {dense: {units: 10, activation: softmax}}
training: {loss: sparse_categorical_crossentropy, optimizer: adam, batch_size: 32}
"""
MODELS = {
    "gpt": ((ROOT / "specs/gpt_small.yaml").read_text(), "vars.depth={}"),
    "mlp": (MLP, "model.layers[0].repeat={}"),
    "convnet": (CONVNET, "model.layers[0].repeat={}"),
}
FORMS = ("written out", "scan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each form")
    parser.add_argument("--model", choices=MODELS, help="only this one")
    parser.add_argument("--depth", type=int, default=12, help="iterations of the repeat")
    parser.add_argument("--once", choices=FORMS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        print(*measure(arguments.model, arguments.depth, arguments.once))
        return
    table = Table(title=f"{arguments.depth} iterations, medians of {arguments.rounds}")
    for column in ("", "form", "compiling, s", "ms per step"):
        table.add_column(column)
    for model in [arguments.model] if arguments.model else MODELS:
        found: dict[str, list[list[float]]] = {form: [] for form in FORMS}
        for number in range(arguments.rounds):
            for form in FORMS if number % 2 == 0 else reversed(FORMS):
                found[form].append(once(model, arguments.depth, form))
        for form, rows in found.items():
            compiling, step = (statistics.median(column) for column in zip(*rows, strict=True))
            table.add_row(model, form, f"{compiling:.2f}", f"{1000 * step:.2f}")
    Console(width=100).print(table)


def once(model: str, depth: int, form: str) -> list[float]:
    process = subprocess.run(
        [sys.executable, __file__, "--model", model, "--depth", str(depth), "--once", form],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        sys.exit(f"{model} failed: {form}:\n{process.stderr}")
    return [float(word) for word in process.stdout.split()[-2:]]


def measure(model: str, depth: int, form: str) -> tuple[float, float]:
    """Seconds to compile a training step, and of a step."""
    from kc.compiler.compose.options import Options
    from kc.compiler.pipeline import compile
    from kc.compiler.plan.plan import Form, plan
    from kc.core.diagnostic import Report
    from kc.core.span import SourceText
    from kc.runtime.measure import measure_step

    text, override = MODELS[model]
    options = Options(overrides=(override.format(depth),))
    compiled = compile(SourceText(model, text), options, Report())
    chosen = plan(compiled)
    scans = tuple(repeat.scope for repeat in compiled.program.repeats) if form == "scan" else ()
    found = measure_step(plan(compiled, Form(chosen.strategy, scans)))
    return found.compile_seconds, found.seconds_per_step


if __name__ == "__main__":
    main()
