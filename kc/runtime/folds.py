"""A cross-validation: one folder with a run for each fold."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from kc.core import codes
from kc.core.diagnostic import failure
from kc.runtime.run_folder import make_folder, write_file
from kc.runtime.runs import RUNS, is_locked

_FACTS, _SPEC, _RESULTS = "folds.json", "resolved.yaml", "results.json"
Measures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the finished models of all folds measure, each on what validates in its fold."""

    folds: Sequence[Measures]

    @property
    def means(self) -> Measures:
        return {name: mean(own[name] for own in self.folds) for name in self.folds[0]}

    @property
    def deviations(self) -> Measures:
        """Standard deviations, as of a sample."""
        return {name: stdev(own[name] for own in self.folds) for name in self.folds[0]}


@dataclass(frozen=True, slots=True)
class Folds:
    """The folder of a cross-validation."""

    path: Path
    number: int
    name: str
    """Name of the experiment."""
    folder: str
    """Where the spec lies, seen from here."""

    @classmethod
    def create(cls, path: Path, number: int, name: str, folder: str, resolved: str) -> Folds:
        """A fresh folder, with the spec of the first fold. Those of others differ in the number.

        Raises:
            CompileError: when it exists already or cannot be written.
        """
        make_folder(path)
        folds = cls(path, number, name, folder)
        write_file(folds.path / _SPEC, resolved)
        # The last one: with it the folder is whole.
        write_file(folds.path / _FACTS, _json({"folds": number, "name": name, "folder": folder}))
        return folds

    @classmethod
    def open(cls, path: Path) -> Folds:
        """The folder that was made before.

        Raises:
            CompileError: when it is damaged.
        """
        try:
            found = json.loads((path / _FACTS).read_text())
            return cls(path, int(found["folds"]), str(found["name"]), str(found["folder"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise failure(
                codes.RUN_FOLDER, f"{path / _FACTS} cannot be read", help="begin without `--resume`"
            ) from None

    @classmethod
    def newest(cls, name: str) -> Folds:
        """The newest cross-validation of an experiment.

        Raises:
            CompileError: when there is none.
        """
        found = [cls.open(path) for path in RUNS.glob(f"{name}-*") if is_folds(path)]
        own = [folds for folds in found if folds.name == name]
        if not own:
            raise failure(
                codes.NO_CHECKPOINT,
                f"there are no folds of `{name}` below {RUNS}",
                help="begin without `--resume`",
            )
        return max(own, key=lambda folds: (folds.path.stat().st_ctime_ns, folds.path.name))

    @property
    def spec(self) -> Path:
        return self.path / _SPEC

    def run(self, fold: int) -> Path:
        """The folder of a fold's run."""
        return self.path / f"fold-{fold}"

    def begun(self, fold: int) -> bool:
        """Whether a fold has something to go on from. What ended before that is removed."""
        run = self.run(fold)
        if not run.exists():
            return False
        if is_locked(run) or any(run.glob("checkpoints/*.h5")):
            return True
        shutil.rmtree(run)
        return False

    def result(self, fold: int) -> Measures | None:
        """What the finished model of a fold measures; None where there is none."""
        try:
            found = json.loads((self.run(fold) / _RESULTS).read_text())["validation"]
            return {name: float(value) for name, value in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def summarize(self) -> Summary:
        """Keep what all folds came to, when each is finished.

        Raises:
            CompileError: when the disk refuses.
        """
        results = [self.result(fold) for fold in range(1, self.number + 1)]
        summary = Summary([own for own in results if own is not None])
        assert len(summary.folds) == self.number
        plain = {"folds": summary.folds, "mean": summary.means, "std": summary.deviations}
        write_file(self.path / _RESULTS, _json(plain))
        return summary


def is_folds(path: Path) -> bool:
    """Whether a folder holds a cross-validation."""
    return (path / _FACTS).is_file()


def _json(plain: Mapping[str, Any]) -> str:
    return json.dumps(plain, indent=2) + "\n"
