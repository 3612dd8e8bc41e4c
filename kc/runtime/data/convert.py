"""Arrays in the element type of a model, without losing what they say."""

from __future__ import annotations

from typing import Final

import numpy as np

from kc.core import codes
from kc.core.data import DataError
from kc.core.types import DType

_INTEGER_RANGE: Final = {"int32": (-(2**31), 2**31 - 1), "uint8": (0, 255), "bool": (0, 1)}
_KINDS: Final = {
    "O": "Python objects",
    "U": "text",
    "S": "bytes",
    "c": "complex numbers",
    "M": "dates",
    "m": "time spans",
    "V": "records",
    "T": "text",
}


def check_numbers(name: str, array: np.ndarray) -> None:
    """Check that an array holds finite numbers.

    Raises:
        DataError: naming the type of other values, or the first that is not finite.
    """
    if array.dtype.kind in _KINDS and not _is_small_float(array):
        raise DataError(
            codes.DATA_VALUE,
            f"`{name}` holds {_KINDS[array.dtype.kind]}, not numbers",
            "convert it to numbers: `array.astype('float32')`",
        )
    if array.dtype.kind in "fV":
        wrong = ~np.isfinite(array)
        if wrong.any():
            row, value = _first(wrong, array)
            raise DataError(
                codes.DATA_VALUE,
                f"`{name}` holds {value:g} in example {row}",
                "drop such examples, or fill in a number",
            )


def _is_small_float(array: np.ndarray) -> bool:
    # bfloat16 and its kin are no types of NumPy's own, and their kind is that of records.
    return array.dtype.kind == "V" and array.dtype.fields is None and array.dtype.type != np.void


def convert(name: str, array: np.ndarray, dtype: DType) -> np.ndarray:
    """Finite numbers in another type. The array itself when it has the type already.

    Raises:
        DataError: naming the first value that the type cannot hold.
    """
    if array.dtype == np.dtype(dtype):
        return array
    if dtype == "float32":
        # An overflow is found by its infinity, and reported with the value that caused it.
        with np.errstate(over="ignore"):
            converted = array.astype(np.float32)
        _refuse(name, array, ~np.isfinite(converted), dtype)
        return converted
    least, most = _INTEGER_RANGE[dtype]
    _refuse(name, array, (array < least) | (array > most), dtype)
    converted = array.astype(dtype)
    _refuse(name, array, converted != array, dtype)
    return converted


def _refuse(name: str, array: np.ndarray, wrong: np.ndarray, dtype: DType) -> None:
    if wrong.any():
        row, value = _first(wrong, array)
        raise DataError(
            codes.DATA_SHAPE,
            f"`{name}` holds {value:.12g} in example {row}, which {dtype} cannot express",
            "mend the data, or declare another `dtype` in `model.inputs`",
        )


def _first(wrong: np.ndarray, array: np.ndarray) -> tuple[int, float]:
    """Row and value of the first wrong element."""
    place = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
    return int(place[0]), float(array[place])
