"""Examples from what a user passes to ``fit``, ``evaluate`` and ``predict``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import count, did_you_mean, listing

if TYPE_CHECKING:
    from kc.core.data import Arrays


def from_arrays(
    x: object, y: object | None, input_names: Sequence[str], output_names: Sequence[str]
) -> Examples:
    """Examples of an array, a list of arrays in the model's order, or arrays by name.

    Nested lists of numbers count as one array. Arrays are not copied, and never modified.

    Raises:
        DataError: when something is no array, or there are too few or too many.
    """
    inputs = _by_name("x", "input", x, input_names)
    return (
        Examples(inputs)
        if y is None
        else Examples(inputs, _by_name("y", "output", y, output_names))
    )


def _by_name(argument: str, role: str, value: object, names: Sequence[str]) -> Arrays:
    if isinstance(value, Mapping):
        return _from_map(argument, role, cast("Mapping[str, object]", value), names)
    if is_list_of_arrays(value, len(names)):
        return _from_list(argument, role, cast("Sequence[object]", value), names)
    if len(names) != 1:
        raise DataError(
            codes.NO_ARRAY,
            f"`{argument}` is one array, the model has {count(len(names), role)}",
            f"pass a dict with {listing(names)}",
        )
    return {names[0]: _array(argument, value)}


def _from_map(
    argument: str, role: str, value: Mapping[str, object], names: Sequence[str]
) -> Arrays:
    for name in value:
        if name not in names and not len(names) == len(value) == 1:
            raise DataError(
                codes.NO_ARRAY,
                f"`{argument}` holds `{name}`, but the model has no {role} of that name",
                did_you_mean(name, names),
            )
    if not value:
        raise DataError(codes.NO_ARRAY, f"`{argument}` holds no array", f"give {listing(names)}")
    return {name: _array(f"{argument}[{name!r}]", array) for name, array in value.items()}


def _from_list(argument: str, role: str, value: Sequence[object], names: Sequence[str]) -> Arrays:
    if len(value) != len(names):
        raise DataError(
            codes.NO_ARRAY,
            f"`{argument}` is a list of {count(len(value), 'array')}, the model has "
            f"{count(len(names), role)}",
            "stack them into one array: `np.stack(...)`"
            if len(names) == 1
            else f"give one for each of {listing(names)}",
        )
    return {
        name: _array(f"{argument}[{position}]", array)
        for position, (name, array) in enumerate(zip(names, value, strict=True))
    }


def is_list_of_arrays(value: object, names: int) -> bool:
    """Whether a list means one array for each name, and not the rows of one array."""
    if not isinstance(value, list | tuple):
        return False
    items = cast("Sequence[object]", value)
    if any(hasattr(item, "__array__") and np.ndim(cast("Any", item)) > 0 for item in items):
        return True
    return names > 1 and len(items) == names


def _array(name: str, value: object) -> np.ndarray:
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        # NumPy refuses rows of different length, and objects whose conversion fails.
        raise DataError(
            codes.DATA_SHAPE,
            f"`{name}` is no array: {str(error).partition('. ')[0].rstrip('.').lower()}",
            "give all rows the same shape",
        ) from None
    if array.dtype == object and not all(isinstance(v, str | bytes) for v in array.flat):
        raise DataError(
            codes.DATA_VALUE,
            f"`{name}` holds Python objects, not numbers",
            "pass an array of numbers",
        )
    return array
