"""Arrays in one file of NumPy's."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import did_you_mean, listing
from kc.library.arrays import as_column, numbered
from kc.library.files import open_file
from kc.library.npy_header import DAMAGE, HEADER_BYTES, ObjectsError, read_header
from kc.library.source import FilePath, Names, Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays

_RATIO: Final = 1040
"""Deflate makes nothing more than 1032 times smaller, so a larger ratio is a lie."""
_DAMAGE: Final = (
    *DAMAGE,
    *(zipfile.BadZipFile, zlib.error),  # cuts and flipped bits
    RuntimeError,  # encryption, an unknown compression
)


class Npz(Source, kind="npz"):
    """Arrays that ``np.savez`` or ``np.savez_compressed`` wrote, one row per example.

    Arrays of Python objects are pickles and refused: unpickling runs code.

    Example:
        source: {npz: {path: data.npz, inputs: [x], target: y}}
    """

    path: FilePath
    """The file, relative to the spec's folder and not outside of it."""
    inputs: Names | None = None
    """Arrays for the inputs of the model; by default all that nothing else
    names."""
    target: Names | None = None
    """The array of targets, or arrays for several outputs; none is enough for predicting."""

    def files(self) -> tuple[str]:
        return (self.path,)

    def load(self, folder: Path) -> Examples:
        with open_file(folder, self.path) as file:
            try:
                return self._read(file)
            except _DAMAGE as error:
                raise self._damaged(str(error) or type(error).__name__) from None

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        with open_file(folder, self.path) as file:
            try:
                archive, members = self._archive(file)
                self._need(names, members)
                return {n: as_column(n, self._array(archive, members[n], n)) for n in names}
            except _DAMAGE as error:
                raise self._damaged(str(error) or type(error).__name__) from None

    def _read(self, file: BinaryIO) -> Examples:
        archive, members = self._archive(file)
        targets = self.target or ()
        others = {*targets, *self.aside}
        inputs = self.inputs or tuple(name for name in members if name not in others)
        self._need((*inputs, *targets), members)
        if not inputs:
            raise DataError(
                codes.NO_ARRAY,
                f"`{self.path}` has no array for an input",
                f"it holds {listing(members)}" if members else "the file holds no array",
            )
        return numbered(
            Examples(
                {name: self._array(archive, members[name], name) for name in inputs},
                {name: self._array(archive, members[name], name) for name in targets},
            )
        )

    def _archive(self, file: BinaryIO) -> tuple[zipfile.ZipFile, Mapping[str, zipfile.ZipInfo]]:
        """The archive, and its arrays by name."""
        if not zipfile.is_zipfile(file):
            raise DataError(
                codes.NPZ_FILE,
                f"`{self.path}` is no npz file",
                "write it with `np.savez('data.npz', x=x, y=y)`",
            )
        archive = zipfile.ZipFile(file)
        return archive, {
            info.filename.removesuffix(".npy"): info
            for info in archive.infolist()
            if info.filename.endswith(".npy")
        }

    def _need(self, names: Sequence[str], members: Mapping[str, object]) -> None:
        for name in names:
            if name not in members:
                raise DataError(
                    codes.NO_ARRAY,
                    f"`{self.path}` has no array `{name}`",
                    did_you_mean(name, members) if members else "the file holds no array",
                    word=name,
                )

    def _array(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> np.ndarray:
        from numpy.lib import format as npy

        if info.file_size > _RATIO * max(info.compress_size, 1):
            raise self._damaged(f"`{name}` declares more than it can hold")
        with archive.open(info) as member:
            self._check(member, info, name)
        with archive.open(info) as member:
            return npy.read_array(member, allow_pickle=False, max_header_size=HEADER_BYTES)

    def _check(self, member: IO[bytes], info: zipfile.ZipInfo, name: str) -> None:
        """Look at the header before anything is allocated."""
        try:
            read_header(member, info.file_size)
        except ObjectsError:
            raise DataError(
                codes.NPZ_FILE,
                f"the array `{name}` of `{self.path}` holds Python objects",
                "save an array of numbers: `x.astype('float32')`",
            ) from None
        except ValueError as error:
            raise self._damaged(f"`{name}`: {error}") from None

    def _damaged(self, reason: str) -> DataError:
        return DataError(
            codes.NPZ_FILE, f"`{self.path}` is damaged: {reason}", "write the file again"
        )
