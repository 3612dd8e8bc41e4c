"""What an array in NumPy's format declares, checked before anything is allocated."""

from __future__ import annotations

import math
from tokenize import TokenError
from typing import IO, TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np

HEADER_BYTES: Final = 1000
"""An honest header has 118 bytes; NumPy parses it with ``ast``, which long text can crash."""
DAMAGE: Final = (
    *(EOFError, OSError),  # cuts
    *(ValueError, SyntaxError, TokenError, MemoryError),  # a header that is none
)
"""What reading a damaged array raises."""


class Header(NamedTuple):
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype
    begin: int
    """Bytes before the values."""


class ObjectsError(Exception):
    """An array of Python objects is a pickle, and unpickling runs code."""


def read_header(file: IO[bytes], size: int) -> Header:
    """The header of an array that has this many bytes, from its beginning.

    Raises:
        ObjectsError: for Python objects.
        ValueError: when the values would not fill the file; others of ``DAMAGE`` for what is no
            header.
    """
    from numpy.lib import format as npy

    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran_order, dtype = read(file, max_header_size=HEADER_BYTES)
    if dtype.hasobject:
        raise ObjectsError
    header = Header(shape, fortran_order, dtype, file.tell())
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size - header.begin:
        raise ValueError(f"it declares the shape {list(shape)}, its size says otherwise")
    return header
