"""How much examples count, from what a user passes to ``fit`` and ``evaluate``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import did_you_mean
from kc.library.loss import Loss

if TYPE_CHECKING:
    from kc.core.data import Arrays


def sample_weights(given: object, losses: Mapping[str, Loss], examples: int) -> Arrays:
    """Weights by output, of one array for all outputs or of arrays by output.

    Raises:
        DataError: for an array that is not one finite number per example, or of no output, and for
            a loss that compares the examples of a batch with each other.
    """
    outputs = list(losses)
    if given is None:
        return {}
    by_output: Mapping[str, Any] = (
        cast("Mapping[str, Any]", given)
        if isinstance(given, Mapping)
        else dict.fromkeys(outputs, given)
    )
    for name in by_output:
        if name not in outputs:
            raise DataError(
                codes.NO_ARRAY,
                f"`sample_weight` holds `{name}`, but no output of that name has a loss",
                did_you_mean(name, outputs),
            )
        if losses[name].lower().takes_valid:
            raise DataError(
                codes.BAD_TARGET,
                f"{losses[name].kind} has no value per example that `sample_weight` could weigh",
                "leave the weights out, or choose another loss",
            )
    return {name: _weights(array, examples) for name, array in by_output.items()}


def _weights(given: object, examples: int) -> np.ndarray:
    array = np.asarray(given, np.float32)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (examples,):
        raise DataError(
            codes.DATA_LENGTH,
            f"`sample_weight` has the shape {list(array.shape)}, there are {examples:,} examples",
            "give one number per example",
        )
    if not np.isfinite(array).all():
        raise DataError(codes.DATA_VALUE, "`sample_weight` holds what is no finite number")
    return array
