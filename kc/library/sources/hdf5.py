"""Arrays in one HDF5 file."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from pydantic import model_validator

from kc.core import codes
from kc.core.data import DataError
from kc.core.hdf5 import Hdf5Error, MissingArrayError, dataset, walk
from kc.core.text import did_you_mean, listing
from kc.library.arrays import ArrayRows, NamedPaths, as_column
from kc.library.files import open_file
from kc.library.source import FilePath, Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows

_RATIO: Final = 1040
"""Deflate makes nothing more than 1032 times smaller, so a larger ratio is a lie."""
_CHUNK_BYTES: Final = 2**26
"""Bound on a chunk, which is read as a whole for a single row, and is kept for the next one."""
_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_LISTED: Final = 1000
"""Groups and datasets that are looked through for a message."""
_DAMAGE: Final = (OSError, RuntimeError, ValueError, KeyError, TypeError, MemoryError)
"""What h5py raises for a damaged file."""


class Hdf5(Source, kind="hdf5", aka=("h5",)):
    """Datasets of an HDF5 file, one row per example; read as they are needed.

    Chunks of some examples read fastest: ``create_dataset("x", data=x, chunks=(64, 28, 28))``. They
    may be compressed with gzip. Text has a fixed length: ``np.array(words, "S")``. A target of
    words gives class numbers: 0 for the word that is first in the order of characters, and so on.
    Links out of the file are refused.

    Example:
        source: {hdf5: {path: data.h5, inputs: [train/x], target: train/y}}
    """

    path: FilePath
    """The file, relative to the spec's folder and not outside of it."""
    inputs: NamedPaths | None = None
    """Datasets by input; a path alone, or a list of paths, takes the last part of each as its name.
    By default all that lie in no group, but the targets.
    """
    target: NamedPaths | None = None
    """The dataset of the target, or datasets by output; none is enough for predicting."""

    @model_validator(mode="after")
    def _check(self) -> Hdf5:
        if both := set(self.inputs or {}) & set(self.target or {}):
            raise ValueError(f"`{min(both)}` names both an input and the target")
        return self

    def files(self) -> tuple[str]:
        return (self.path,)

    def open(self, folder: Path) -> Rows:
        targets = self.target or {}
        with _opened(folder, self.path) as file:
            inputs = self.inputs or self._all_but(file, {*targets.values(), *self.aside})
            arrays = [
                {name: _array(file, folder, self.path, place) for name, place in named.items()}
                for named in (inputs, targets)
            ]
        return ArrayRows.of(*arrays)

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        """Columns are inputs and targets by name, and any other dataset by its path."""
        named = {**(self.inputs or {}), **(self.target or {})}
        with _opened(folder, self.path) as file:
            arrays = {n: _array(file, folder, self.path, named.get(n, n)) for n in names}
        return {name: as_column(name, array.read()) for name, array in arrays.items()}

    def _all_but(self, file: Any, others: set[str]) -> Mapping[str, str]:
        """The datasets in no group that are nothing else."""
        import h5py

        hard = [n for n in file if isinstance(file.get(n, getlink=True), h5py.HardLink)]
        inputs = [n for n in hard if n not in others and isinstance(file[n], h5py.Dataset)]
        if not inputs:
            names = _names(file)
            raise DataError(
                codes.NO_ARRAY,
                f"`{self.path}` has no array for an input outside of its groups",
                f"name some in `inputs`; it holds {listing(names)}"
                if names
                else "the file holds no array",
            )
        return {name: name for name in inputs}


@dataclass(frozen=True, slots=True)
class Hdf5Array:
    """A dataset."""

    folder: Path
    path: str
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype

    def read(self, rows: np.ndarray | None = None) -> np.ndarray:
        with _opened(self.folder, self.path) as file:
            if _array(file, self.folder, self.path, self.name) != self:
                raise _refused(
                    self.path,
                    f"`{self.path}` was changed while it was read",
                    help="start again with the file as it is",
                )
            found = dataset(file, self.name)
            return found[()] if rows is None else _read_rows(found, rows)


def _read_rows(found: Any, rows: np.ndarray) -> np.ndarray:
    """Rows of a dataset, each chunk read once: in the order of the file, then put in place."""
    import numpy as np

    if not len(rows):
        return found[:0]
    wanted, places = np.unique(rows, return_inverse=True)
    runs = np.split(wanted, np.flatnonzero(np.diff(wanted) > 1) + 1)
    parts = [found[int(run[0]) : int(run[-1]) + 1] for run in runs]
    array = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return array if np.array_equal(wanted, rows) else array[places]


@contextmanager
def _opened(folder: Path, path: str) -> Generator[Any]:
    """The file, open for reading; what is wrong with it becomes a DataError."""
    import h5py

    with open_file(folder, path) as file:
        try:
            if not _is_hdf5(file):
                raise _refused(path, f"`{path}` is no HDF5 file")
            with h5py.File(file, "r", rdcc_nbytes=_CHUNK_BYTES) as opened:
                yield opened
        except DataError:
            raise
        except _DAMAGE as error:
            reason = str(error).partition("(")[0].strip().lower() or type(error).__name__
            raise _refused(path, f"`{path}` is damaged: {reason}") from None


def _is_hdf5(file: BinaryIO) -> bool:
    """Whether a file has the signature, which may stand behind a block of another program's."""
    for place in (0, 512, 1024, 2048):
        file.seek(place)
        if file.read(len(_SIGNATURE)) == _SIGNATURE:
            return True
    return False


def _array(file: Any, folder: Path, path: str, name: str) -> Hdf5Array:
    """A dataset of an open file, its storage checked; nothing of its values is read."""
    try:
        found = dataset(file, name)
    except MissingArrayError:
        names = _names(file)
        raise DataError(
            codes.NO_ARRAY,
            f"`{path}` has no array `{name}`",
            did_you_mean(name, names) if names else "the file holds no array",
            word=name,
        ) from None
    except Hdf5Error as error:
        raise _refused(
            path,
            f"`{path}` is not read: {error}",
            name,
            "write the values into the file itself, with no compression but gzip",
        ) from None
    _check_type(found, path, name)
    _check_size(found, path, name)
    return Hdf5Array(folder, path, name, found.shape, found.dtype)


def _check_type(found: Any, path: str, name: str) -> None:
    import h5py

    text = h5py.check_string_dtype(found.dtype)
    if text is not None and text.length is None:
        # It lies in a heap, and HDF5 may look for its end forever where a bit of that has flipped.
        what, help = "text of variable length", "save text of one length: `np.array(words, 'S')`"
    elif found.shape is None or found.dtype.kind not in "biufS":
        what = "nothing" if found.shape is None else f"the type {found.dtype}"
        help = "save an array of numbers: `x.astype('float32')`"
    else:
        return
    raise DataError(codes.NPZ_FILE, f"the array `{name}` of `{path}` holds {what}", help, word=name)


def _check_size(found: Any, path: str, name: str) -> None:
    """Whether the file is large enough for what it declares."""
    itemsize = found.id.get_type().get_size()
    declared, stored = math.prod(found.shape) * itemsize, found.id.get_storage_size()
    if declared > stored * (_RATIO if found.chunks else 1):
        raise _refused(path, f"`{path}` is damaged: `{name}` declares more than it can hold", name)
    if found.chunks and math.prod(found.chunks) * itemsize > _CHUNK_BYTES:
        raise DataError(
            codes.NPZ_FILE,
            f"the array `{name}` of `{path}` is stored in chunks of more than 64 MiB",
            f"write it again with chunks of some examples: "
            f"`chunks={(min(64, found.shape[0]), *found.shape[1:])}`",
            word=name,
        )


def _names(file: Any) -> list[str]:
    """Paths of arrays, for messages."""
    import h5py

    names: list[str] = []
    try:
        for name, node in islice(walk(file), _LISTED):
            if isinstance(node, h5py.Dataset):
                names.append(name)
    except Hdf5Error:
        pass  # those before the strange one are enough
    return sorted(names)


def _refused(
    path: str, message: str, word: str | None = None, help: str = "write the file again"
) -> DataError:
    return DataError(codes.NPZ_FILE, message, help, word=word or path)
