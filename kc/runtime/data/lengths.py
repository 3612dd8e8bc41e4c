"""One row per example, in every array."""

from __future__ import annotations

from kc.core import codes
from kc.core.data import DataError, Examples


def check_lengths(examples: Examples) -> None:
    """Check that all arrays have the same number of rows, and at least one.

    Raises:
        DataError: naming two arrays that differ, or one that is empty.
    """
    arrays = [*examples.inputs.items(), *examples.targets.items()]
    for name, array in arrays:
        if array.ndim == 0:
            raise DataError(
                codes.DATA_SHAPE,
                f"`{name}` is a single number, not one row per example",
                "put the batch in front: an array of shape (1, ...) holds one example",
            )
    (first, expected), *rest = [(name, len(array)) for name, array in arrays]
    for name, length in rest:
        if length != expected:
            raise DataError(
                codes.DATA_LENGTH,
                f"`{first}` has {expected:,} examples, `{name}` has {length:,}",
                "give every input and every target one row per example",
            )
    if expected == 0:
        raise DataError(codes.EMPTY_SPLIT, "the data has no examples", "give at least one example")
