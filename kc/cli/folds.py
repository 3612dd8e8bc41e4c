"""``kc train --folds``: one run after another, and what came of all of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from kc.cli import render, train_job
from kc.cli.options import read_spec
from kc.cli.render import ExitCode
from kc.cli.table import table
from kc.cli.targets import Target, find
from kc.compiler.compose.options import Options
from kc.core import codes
from kc.core.diagnostic import Report, failure
from kc.runtime.folds import Folds, Summary, is_folds
from kc.runtime.run_folder import new_path, to_yaml


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What a command asks for."""

    target: str
    """A spec, or the folder of a cross-validation."""
    options: Options
    number: int | None
    """How many folds; None where the folder says it."""
    device: str | None
    quiet: bool

    def begin(self, path: Path | None) -> ExitCode:
        """Train all folds, in a new folder."""
        if is_folds(Path(self.target)) or find(self.target).run is not None:
            raise render.usage_error(f"{self.target} is begun", "add --resume to go on with it")
        assert self.number is not None
        found = find(self.target)
        resolved, name = self._resolved(found, self.number)
        path = path or new_path(name, datetime.now())
        folder = os.path.relpath(found.folder.resolve(), path.resolve())
        return self._train(Folds.create(path, self.number, name, folder, resolved))

    def resume(self) -> ExitCode:
        """Go on with the first fold that is not finished."""
        if is_folds(Path(self.target)):
            folds = Folds.open(Path(self.target))
            found = _spec(folds)
        else:
            assert self.number is not None
            found = find(self.target)
            folds = Folds.newest(self._resolved(found, self.number)[1])
        if self.number not in {None, folds.number}:
            raise render.usage_error(
                f"{folds.path} has {folds.number} folds", f"write `--folds {folds.number}`"
            )
        if self._resolved(found, folds.number)[0] != folds.spec.read_text():
            raise failure(
                codes.SPEC_CHANGED,
                f"the spec changed since {folds.path} began",
                help="undo the change, or cross-validate anew, without `--resume`",
            )
        return self._train(folds)

    def _train(self, folds: Folds) -> ExitCode:
        for fold in range(1, folds.number + 1):
            if folds.result(fold) is not None:
                continue
            if not self.quiet:
                print(f"fold {fold} of {folds.number}")
            code = self._train_fold(folds, fold)
            if code is not ExitCode.CLEAN:
                print(f"all folds go on with: kc train {folds.path} --resume")
                return code
        print(_told(folds.summarize()), end="")
        print(f"folds: {folds.path}")
        return ExitCode.CLEAN

    def _train_fold(self, folds: Folds, fold: int) -> ExitCode:
        run = folds.run(fold)
        if folds.begun(fold):
            job = train_job.resumed(find(str(run)), Options(), self.device)
        else:
            options = Options([f"data.split.fold={fold}"])
            job = train_job.fresh(_spec(folds), options, self.device, run, None)
        try:
            return train_job.run(job, self.quiet)
        finally:
            job.run.close()

    def _resolved(self, found: Target, number: int) -> tuple[str, str]:
        """The spec of the first fold, before anything is fitted to its examples, and its name."""
        folds = [f"data.split.folds={number}", "data.split.fold=1", "data.split.validation=0"]
        options = replace(self.options, overrides=[*self.options.overrides, *folds])
        compiled = found.compiled(options, Report())
        return to_yaml(compiled.resolved()), compiled.name


def _spec(folds: Folds) -> Target:
    return Target(read_spec(str(folds.spec)), folds.path / folds.folder)


def _told(summary: Summary) -> str:
    names = sorted(summary.means, key=lambda name: name != "loss")
    means = [f"{summary.means[n]:.4f} ± {summary.deviations[n]:.4f}" for n in names]
    rows = [[str(k), *(f"{own[n]:.4f}" for n in names)] for k, own in enumerate(summary.folds, 1)]
    return table([["fold", *names], *rows, ["mean", *means]])
