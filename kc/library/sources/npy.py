"""Arrays in files of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import listing
from kc.library.arrays import ArrayRows, NamedFiles, as_column
from kc.library.files import open_file
from kc.library.npy_header import DAMAGE, Header, ObjectsError, read_header
from kc.library.source import Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows


class Npy(Source, kind="npy"):
    """Arrays that ``np.save`` wrote, a file each, one row per example; read as they are needed.

    A target of words gives class numbers: 0 for the word that is first in the order of characters,
    and so on. Arrays of Python objects are pickles and refused: unpickling runs code.

    Example:
        source: {npy: {inputs: {x: x_train.npy}, target: y_train.npy}}
    """

    inputs: NamedFiles
    """Files by input; a path alone, or a list of paths, takes the names of the files. Paths are
    relative to the spec's folder and not outside of it.
    """
    target: NamedFiles | None = None
    """The file of the target, or files by output; none is enough for predicting."""

    @model_validator(mode="after")
    def _check(self) -> Npy:
        if both := set(self.inputs) & set(self.target or {}):
            raise ValueError(f"`{min(both)}` names both an input and the target")
        return self

    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(chain(self.inputs.values(), (self.target or {}).values())))

    def open(self, folder: Path) -> Rows:
        return ArrayRows.of(_arrays(folder, self.inputs), _arrays(folder, self.target or {}))

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        """Columns are inputs and targets by name, and any other file by its path."""
        named = {**self.inputs, **(self.target or {})}
        found: dict[str, np.ndarray] = {}
        for name in names:
            if name not in named and not name.endswith(".npy"):
                raise DataError(
                    codes.NO_ARRAY,
                    f"the source npy has no array `{name}`",
                    f"one of {listing(named)}, or a file: `{name}.npy`",
                    word=name,
                )
            found[name] = as_column(name, NpyFile.of(folder, named.get(name, name)).read())
        return found


def _arrays(folder: Path, files: Mapping[str, str]) -> Mapping[str, NpyFile]:
    return {name: NpyFile.of(folder, path) for name, path in files.items()}


@dataclass(frozen=True, slots=True)
class NpyFile:
    """The array of a file."""

    folder: Path
    path: str
    header: Header

    @classmethod
    def of(cls, folder: Path, path: str) -> NpyFile:
        with open_file(folder, path) as file:
            try:
                return cls(folder, path, read_header(file, os.fstat(file.fileno()).st_size))
            except ObjectsError:
                raise DataError(
                    codes.NPZ_FILE,
                    f"the array of `{path}` holds Python objects",
                    "save an array of numbers: `x.astype('float32')`",
                    word=path,
                ) from None
            except DAMAGE as error:
                raise _damaged(path, str(error) or type(error).__name__) from None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.header.shape

    @property
    def dtype(self) -> np.dtype:
        return self.header.dtype

    def read(self, rows: np.ndarray | None = None) -> np.ndarray:
        import numpy as np

        shape, fortran_order, dtype, begin = self.header
        with open_file(self.folder, self.path) as file:
            size = os.fstat(file.fileno()).st_size
            try:
                # Beyond the end of a file, a map of it ends the process.
                if read_header(file, size) != self.header:
                    raise ValueError("it is another array than it was")
            except (ObjectsError, *DAMAGE) as error:
                raise _damaged(self.path, str(error) or "it was changed") from None
            order = "F" if fortran_order else "C"
            array = np.memmap(file, dtype, "r", begin, shape, order)
        chosen = array[slice(None) if rows is None else rows]
        return np.array(chosen, order="K", subok=False) if rows is None else np.asarray(chosen)


def _damaged(path: str, reason: str) -> DataError:
    return DataError(
        codes.NPZ_FILE,
        f"`{path}` is damaged: {reason}",
        "write the file again with `np.save('x.npy', x)`",
        word=path,
    )
