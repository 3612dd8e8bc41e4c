"""A sweep from Python: begun by a call, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kc.compiler.pipeline import Options, compile
from kc.compiler.source.files import read_file
from kc.core.diagnostic import Report
from kc.runtime.device import set_up
from kc.schemas.space import written
from kc.sweep import ranking
from kc.sweep.begin import Work, begin
from kc.sweep.best import spec_text
from kc.sweep.folder import fresh_path
from kc.sweep.search import Observer, Search, Unobserved
from kc.sweep.study import best

if TYPE_CHECKING:
    from pandas import DataFrame  # pyright: ignore[reportMissingImports]  # of an extra


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to."""

    work: Work

    @property
    def path(self) -> Path:
        """Its folder, which ``kc sweep show`` and ``--resume`` take."""
        return self.work.folder.path

    @cached_property
    def trials(self) -> list[dict[str, Any]]:
        """All trials, the best first: number, state, objectives, what was chosen, time."""
        return ranking.rows(self.work.study)

    @property
    def best(self) -> dict[str, Any] | None:
        """The best trial; None where none has finished. With several objectives, the first."""
        front = best(self.work.study.trials(), self.work.sweep.objective)
        return next((t for t in self.trials if front and t["trial"] == front[0].number), None)

    @property
    def best_spec(self) -> str:
        """The spec of the best trial as text, which ``kc train`` takes."""
        front = best(self.work.study.trials(), self.work.sweep.objective)
        overrides = self.work.study.space.assignments(front[0].point) if front else ()
        return spec_text(self.work.source, self.work.options, overrides)

    @property
    def importance(self) -> Mapping[str, float]:
        """Which share of the differences each setting explains."""
        return ranking.importance(self.work.study)

    def to_dataframe(self) -> DataFrame:  # pyright: ignore[reportUnknownParameterType]
        """The trials as a table of pandas.

        Raises:
            ImportError: when pandas is not installed.
        """
        from pandas import DataFrame  # pyright: ignore[reportMissingImports]

        return DataFrame(self.trials)


def sweep(
    spec: str | Path,
    space: Mapping[str, object] | None = None,
    trials: int | None = None,
    *,
    objective: object = None,
    sampler: object = None,
    overrides: Sequence[str] = (),
    profiles: Sequence[str] = (),
    run_dir: str | Path | None = None,
    observer: Observer | None = None,
) -> SweepResult:
    """Search for good settings of a spec; the arguments come in place of its section ``sweep``.

    Args:
        spec: a YAML file.
        space: what to change, as in the section: paths with lists of choices or ranges.
        trials: how many.
        objective: what to look for, as in the section.
        sampler: how values are chosen, as in the section.
        overrides: ``path=value`` changes to the spec, as ``--set`` takes them.
        profiles: parts of ``profiles`` that are laid over the spec.
        run_dir: a folder for the sweep; ``runs/NAME-sweep-TIME`` by default.
        observer: is told what happens.

    Raises:
        CompileError: when the spec or its space holds errors.

    Example:
        found = kc.sweep("spec.yaml", {"training.batch_size": [16, 32, 64]}, objective="val_loss")
        found.best["training.batch_size"]
    """
    set_up()
    path = Path(spec)
    given = {"space": space, "trials": trials, "objective": objective, "sampler": sampler}
    own = [f"sweep.{key}={written(value)}" for key, value in given.items() if value is not None]
    options = Options([*overrides, *own], profiles, path.parent)
    source, report = read_file(str(path)), Report()
    if run_dir is None:
        name = compile(source, options, Report(), path.parent).name
        run_dir = fresh_path(name, datetime.now())
    work = begin(source, options, Path(run_dir), report)
    Search(work.study, work.executor, observer or Unobserved()).run(to_the_end=True)
    return SweepResult(work)
