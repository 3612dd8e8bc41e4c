"""One row per example, in every array."""

from __future__ import annotations

from kc.core import codes
from kc.core.data import DataError, Examples, check_equal


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
    check_equal([(name, len(array)) for name, array in arrays])
