"""How long ``kc validate`` takes: cold on one file, on many files, and on large ones.

python benchmarks/validation.py [--rounds 9] [--files 600]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

EXAMPLES = sorted(
    path
    for path in Path(__file__).parent.parent.glob("examples/*/spec.yaml")
    if "plugins:" not in path.read_text(encoding="utf-8")
)
LAYERS = (100, 1_000, 4_000)
# As on a user's machine, where Python keeps what it has compiled.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each")
    parser.add_argument("--files", type=int, default=600, help="how many are many")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        jobs = write_jobs(Path(folder), options.files)
        times = {name: list[Taken]() for name in jobs}
        for arguments in jobs.values():
            taken(arguments)  # fills caches
        for _ in range(options.rounds):
            for name, arguments in jobs.items():
                times[name].append(taken(arguments))
    report(times, options.files)


def write_jobs(folder: Path, files: int) -> Mapping[str, list[str]]:
    """Command lines by the name of what they measure."""
    jobs = {"python itself": ["-c", "pass"], "one file": kc(str(EXAMPLES[0]))}
    jobs["many files"] = kc(str(write_many(folder / "many", files)))
    for number in LAYERS:
        jobs[f"{number:,} layers"] = kc(str(write_layers(folder, number)))
    return jobs


def kc(path: str) -> list[str]:
    return ["-m", "kc", "validate", path]


def write_many(folder: Path, number: int) -> Path:
    """A folder of copies of the examples, each with a difference."""
    folder.mkdir()
    for i in range(number):
        text = EXAMPLES[i % len(EXAMPLES)].read_text(encoding="utf-8")
        text = text.replace("epochs: ", f"seed: {i}\n  epochs: ")
        (folder / f"spec{i}.yaml").write_text(text, encoding="utf-8")
    return folder


def write_layers(folder: Path, number: int) -> Path:
    """A spec of so many dense layers."""
    path = folder / f"layers{number}.yaml"
    lines = ["kc: 1", "model:", "  inputs: {x: [64]}", "  layers:"]
    lines += ["    - dense: {units: 64, activation: relu}"] * number
    lines += ["training: {loss: mean_squared_error}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


class Taken(NamedTuple):
    """Seconds on the clock, and of all cores; the latter tell more on a machine that is busy."""

    clock: float
    cores: float


def taken(arguments: list[str]) -> Taken:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=ENVIRONMENT)
    clock, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Taken(clock, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def report(times: Mapping[str, list[Taken]], files: int) -> None:
    medians = {
        name: Taken(*(statistics.median(column) for column in zip(*found, strict=True)))
        for name, found in times.items()
    }
    for name, (clock, cores) in medians.items():
        least, most = min(times[name]).clock, max(times[name]).clock
        print(
            f"{name:<14} median {clock:.3f} s   {least:.3f} to {most:.3f}   "
            f"{cores:.3f} s of all cores"
        )
    print(f"\n{files / medians['many files'].clock:,.0f} files a second, the start included")
    for few, many in pairwise(LAYERS):
        # The same spec but for its length: the start cancels.
        more = medians[f"{many:,} layers"].cores - medians[f"{few:,} layers"].cores
        each = 1e6 * more / (many - few)
        print(f"{each:.0f} microseconds for each layer between {few:,} and {many:,}")


if __name__ == "__main__":
    main()
