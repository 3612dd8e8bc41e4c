"""How long ``kc validate`` takes: cold on one file, and in one call on 200.

python benchmarks/validation.py [--rounds 9]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = sorted(
    path
    for path in Path(__file__).parent.parent.glob("examples/*/spec.yaml")
    if "plugins:" not in path.read_text(encoding="utf-8")
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        many = write_many(Path(folder), 200)
        one = [str(EXAMPLES[0])]
        bare = ["-c", "pass"]
        jobs = {"python itself": bare, "one file": kc(one), "200 files": kc(many)}
        times: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(rounds):
            for name, arguments in jobs.items():
                times[name].append(seconds(arguments))
    for name, found in times.items():
        print(
            f"{name:<14} median {statistics.median(found):.3f} s   "
            f"{min(found):.3f} to {max(found):.3f}"
        )


def kc(paths: list[str]) -> list[str]:
    return ["-m", "kc", "validate", *paths]


def write_many(folder: Path, number: int) -> list[str]:
    """Copies of the examples, each with a difference."""
    paths: list[str] = []
    for i in range(number):
        path = folder / f"spec{i}.yaml"
        text = EXAMPLES[i % len(EXAMPLES)].read_text()
        path.write_text(text.replace("epochs: ", f"seed: {i}\n  epochs: "))
        paths.append(str(path))
    return paths


def seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
