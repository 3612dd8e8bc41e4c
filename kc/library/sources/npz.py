"""Arrays in one file of NumPy's."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import IO, TYPE_CHECKING, BinaryIO, Final

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import did_you_mean, listing
from kc.library.files import open_file
from kc.library.source import FilePath, Names, Source

if TYPE_CHECKING:
    import numpy as np

_HEADER_BYTES: Final = 1000
"""An honest header has 118 bytes; NumPy parses it with ``ast``, which long text can crash."""
_RATIO: Final = 1040
"""Deflate makes nothing more than 1032 times smaller, so a larger ratio is a lie."""
_DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),  # cuts and flipped bits
    *(ValueError, SyntaxError, TokenError, MemoryError),  # a header that is none
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
    """Arrays for the inputs of the model; by default all but the targets."""
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

    def _read(self, file: BinaryIO) -> Examples:
        if not zipfile.is_zipfile(file):
            raise DataError(
                codes.NPZ_FILE,
                f"`{self.path}` is no npz file",
                "write it with `np.savez('data.npz', x=x, y=y)`",
            )
        archive = zipfile.ZipFile(file)
        members = {
            info.filename.removesuffix(".npy"): info
            for info in archive.infolist()
            if info.filename.endswith(".npy")
        }
        targets = self.target or ()
        inputs = self.inputs or tuple(name for name in members if name not in targets)
        for name in (*inputs, *targets):
            if name not in members:
                raise DataError(
                    codes.NO_ARRAY,
                    f"`{self.path}` has no array `{name}`",
                    did_you_mean(name, members) if members else "the file holds no array",
                    word=name,
                )
        if not inputs:
            raise DataError(
                codes.NO_ARRAY,
                f"`{self.path}` has no array for an input",
                f"it holds {listing(members)}" if members else "the file holds no array",
            )
        return Examples(
            {name: self._array(archive, members[name], name) for name in inputs},
            {name: self._array(archive, members[name], name) for name in targets},
        )

    def _array(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> np.ndarray:
        from numpy.lib import format as npy

        if info.file_size > _RATIO * max(info.compress_size, 1):
            raise self._damaged(f"`{name}` declares more than it can hold")
        with archive.open(info) as member:
            self._check(member, info, name)
        with archive.open(info) as member:
            return npy.read_array(member, allow_pickle=False, max_header_size=_HEADER_BYTES)

    def _check(self, member: IO[bytes], info: zipfile.ZipInfo, name: str) -> None:
        """Look at the header before anything is allocated."""
        from numpy.lib import format as npy

        version = npy.read_magic(member)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(member, max_header_size=_HEADER_BYTES)
        if dtype.hasobject:
            raise DataError(
                codes.NPZ_FILE,
                f"the array `{name}` of `{self.path}` holds Python objects",
                "save an array of numbers: `x.astype('float32')`",
            )
        if math.prod(shape) * dtype.itemsize != info.file_size - member.tell():
            raise self._damaged(
                f"`{name}` declares the shape {list(shape)}, its size says otherwise"
            )

    def _damaged(self, reason: str) -> DataError:
        return DataError(
            codes.NPZ_FILE, f"`{self.path}` is damaged: {reason}", "write the file again"
        )
