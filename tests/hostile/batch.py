"""Check mutants in a process with limits: ``python -m tests.hostile.batch FIRST COUNT FOLDER``.

Prints one JSON object: what went wrong by number, the slowest, the peak of memory.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tests.hostile.mutants import mutant, seeds
from tests.hostile.watch import Watch, examine, peak_megabytes

_GIGABYTE = 2**30


def main(first: int, count: int, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2 * _GIGABYTE, 2 * _GIGABYTE))
    for seed in seeds():
        examine(seed.encode(), folder)  # imports what checks need
    watch = Watch(folder)
    sys.addaudithook(watch)
    wrong: dict[int, list[str]] = {}
    slowest = (0.0, first)
    for number in range(first, first + count):
        watch.seen.clear()
        try:
            outcome = examine(mutant(number).encode("utf-8", "surrogatepass"), folder)
        except Exception as error:  # noqa: BLE001  # any at all is a defect
            wrong[number] = [f"{type(error).__name__}: {error}"[:300]]
            continue
        slowest = max(slowest, (outcome.seconds, number))
        if problems := [*outcome.problems, *watch.seen]:
            wrong[number] = problems[:5]
    done = {"wrong": wrong, "slowest": slowest, "peak_megabytes": peak_megabytes()}
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
