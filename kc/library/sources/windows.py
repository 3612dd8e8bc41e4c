"""Stretches of a series, each an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import count
from kc.library.arrays import numbered
from kc.library.fields import NonNegativeInt, PositiveInt
from kc.library.source import Names, Source, SourceField

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows


class Windows(Source, kind="windows", aka=("timeseries_dataset_from_array", "sliding_window")):
    """Stretches of a series: what was, and what comes ``horizon`` steps after its end.

    Takes the rows of another source in their order as steps in time. Inputs of shape (...) become
    (length, ...); targets are those of a later step. Windows overlap in no memory: each is put
    together when it is needed. Those held out should be the last ones, ``split: {shuffle: false}``:
    drawn at random they would share most steps with those that train.

    Source: ``keras/src/utils/timeseries_dataset_utils.py``; unlike there, the horizon is said and
    not made by shifting an array.

    Example:
        source: {windows: {of: {csv: {path: weather.csv}}, length: 24, target: temperature}}
    """

    ordered = True

    of: SourceField
    """The source of the steps."""
    length: PositiveInt
    """Steps that a window has."""
    target: Names | None = None
    """Columns whose later value is the target; by default the targets of ``of``."""
    horizon: NonNegativeInt = 1
    """Steps from the last one of a window to its target; 0 is the last one itself."""
    stride: PositiveInt = 1
    """Steps from the first one of a window to that of the next."""
    sampling_rate: PositiveInt = 1
    """Steps from one of a window to its next; 2 leaves every other out."""

    def files(self) -> Sequence[str]:
        return self.of.files()

    def open(self, folder: Path) -> Rows:
        return self._windows(folder)

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        """The values at the last step of each window."""
        ends = self._windows(folder).ends
        return {name: array[ends] for name, array in self.of.columns(folder, names).items()}

    def _windows(self, folder: Path) -> WindowRows:
        steps = self.of.set_aside(self.aside).open(folder)
        later = Examples({}, steps.targets())
        if self.target:
            later = numbered(Examples({}, self.of.columns(folder, self.target)))
        found = WindowRows(self, steps, later.targets, later.classes)
        if not len(found):
            raise DataError(
                codes.SHORT_SERIES,
                f"the series has {count(len(steps), 'step')}, a window "
                f"{'and its target need' if later.targets else 'needs'} {found.reach:,}",
                "make `length` smaller, or add data",
            )
        return found


@dataclass(frozen=True, slots=True)
class WindowRows:
    """Windows by number."""

    config: Windows
    steps: Rows
    later: Arrays
    """The targets of all steps."""
    classes: Mapping[str, tuple[str, ...]]
    """Their words, where ``target`` names columns of some."""

    def __len__(self) -> int:
        return max(0, (len(self.steps) - self.reach) // self.config.stride + 1)

    @property
    def reach(self) -> int:
        """Steps from the first one of a window to the last one that it or its target needs."""
        return self._last + 1 + (self.config.horizon if self.later else 0)

    @property
    def _last(self) -> int:
        return (self.config.length - 1) * self.config.sampling_rate

    @property
    def nbytes(self) -> int:
        return len(self) * self.config.length * (self.steps.nbytes // len(self.steps))

    def read(self, rows: np.ndarray) -> Examples:
        import numpy as np

        offsets = np.arange(-self._last, 1, self.config.sampling_rate)
        places = self.ends[rows][:, None] + offsets
        needed, where = np.unique(places, return_inverse=True)
        steps = self.steps.read(needed)
        where = where.reshape(places.shape)
        inputs = {name: array[where] for name, array in steps.inputs.items()}
        classes = self.classes if self.config.target else steps.classes
        return Examples(inputs, self._targets(rows), classes=classes)

    def targets(self) -> Arrays:
        return self._targets()

    @property
    def ends(self) -> np.ndarray:
        """The last step of each window."""
        import numpy as np

        return np.arange(len(self)) * self.config.stride + self._last

    def _targets(self, rows: np.ndarray | slice = slice(None)) -> Arrays:
        places = self.ends[rows] + self.config.horizon
        return {name: array[places] for name, array in self.later.items()}
