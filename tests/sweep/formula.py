"""An executor that computes a formula where others train, and a process that works with it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kc.schemas.sweep import Sweep
from kc.sweep.folder import Asked, SweepFolder, is_sweep
from kc.sweep.search import Search, Unobserved
from kc.sweep.study import Study
from kc.sweep.trial import Candidate, Outcome, Watch

EPOCHS = 4


class Formula:
    """Each trial ends as ``(x - 3)^2``, from above; it says in a file that it ran."""

    room = 1

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def run(
        self, candidates: Sequence[Candidate], watch: Watch
    ) -> Iterator[tuple[Candidate, Outcome]]:
        for candidate in candidates:
            watch.began(candidate)
            yield candidate, self.outcome(candidate, watch)

    def outcome(self, candidate: Candidate, watch: Watch) -> Outcome:
        x = float(candidate.point.get("x") or 0.0)
        with (candidate.folder / "ran").open("a") as file:
            file.write(f"{x}\n")
        if x < 0:
            return Outcome("failed", why="x is negative")
        for epoch in range(1, EPOCHS + 1):
            time.sleep(self.pause / EPOCHS)
            loss = (x - 3) ** 2 + (EPOCHS - epoch)
            if watch.epoch(candidate, epoch, {"val_loss": loss}) and epoch < EPOCHS:
                return Outcome("pruned", epochs=epoch)
        return Outcome("finished", [{"val_loss": (x - 3) ** 2}], epochs=EPOCHS)


def a_sweep(space: Mapping[str, object] | None = None, **settings: object) -> Sweep:
    given = {"objective": "val_loss", "space": space or {"x": {"uniform": [0, 10]}}, **settings}
    return Sweep.model_validate({k: tupled(v) for k, v in given.items()})


def tupled(value: object) -> object:
    if isinstance(value, dict):
        return {key: tupled(inner) for key, inner in value.items()}
    return tuple(map(tupled, value)) if isinstance(value, list) else value


def study_in(path: Path, sweep: Sweep) -> Study:
    """The study of a folder, which is made where it is not there."""
    if is_sweep(path):
        return Study(SweepFolder.open(path), sweep, EPOCHS)
    asked = Asked("formula", ".", None, (), (), {}, {}, {})
    return Study(SweepFolder.create(path, "", asked), sweep, EPOCHS)


def searched(path: Path, sweep: Sweep, executor: Formula | None = None) -> Study:
    """A study after all its trials."""
    study = study_in(path, sweep)
    Search(study, executor or Formula(), Unobserved()).run(to_the_end=True)
    return study


if __name__ == "__main__":
    folder, trials, pause = sys.argv[1:]
    searched(Path(folder), a_sweep(sampler="random", trials=int(trials)), Formula(float(pause)))
