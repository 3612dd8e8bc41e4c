"""What a sweep costs beside the training: its wall time, less the seconds of its trials.

Trials of the digits example run one by one. The seconds of a trial are those in which its spec is
read, compiled and trained; the rest chooses values, and keeps what comes of them.

    python benchmarks/sweep.py [--trials 20] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from kc.compiler.pipeline import Options
from kc.compiler.source.files import read_file
from kc.core.diagnostic import Report
from kc.runtime.device import set_up
from kc.sweep.begin import begin
from kc.sweep.search import Search, Unobserved

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "examples" / "digits_mlp" / "spec.yaml"
SWEEP = (
    "{objective: val_loss, sampler: tpe, pruner: median, together: 1, space: "
    "{training.optimizer.adam.learning_rate: {log_uniform: [1.0e-4, 1.0e-2]}}}"
)
EPOCHS = 2
GOAL = 0.05  # seconds a trial


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trials", type=int, default=20)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    set_up()
    source = read_file(str(SPEC))
    overrides = [f"training.epochs={EPOCHS}", f"sweep={SWEEP}", f"sweep.trials={given.trials}"]
    options = Options(overrides, folder=SPEC.parent)
    costs: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.rounds):
            work = begin(source, options, Path(folder, str(number)), Report())
            began = time.perf_counter()
            Search(work.study, work.executor, Unobserved()).run(to_the_end=True)
            whole = (time.perf_counter() - began) / given.trials
            alone = statistics.fmean(own.outcome.seconds for own in work.study.trials())
            costs.append(whole - alone)
            print(f"{1000 * whole:.1f} ms a trial, {1000 * alone:.1f} of them training")
    cost = 1000 * statistics.median(costs)
    print(f"the sweep adds {cost:.1f} ms a trial (goal: under {1000 * GOAL:.0f})")


if __name__ == "__main__":
    main()
