"""How much examples count, from what a user passes to ``fit`` or names in a spec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import count, did_you_mean, listing
from kc.library.loss import Loss
from kc.runtime.data.arrays import is_list_of_arrays

if TYPE_CHECKING:
    from kc.core.data import Arrays


def sample_weights(
    given: object, losses: Mapping[str, Loss], examples: int, said: str = "sample_weight"
) -> Arrays:
    """Weights by output, of one array for all outputs, or of arrays in their order or by name.

    Args:
        given: the arrays.
        losses: the losses by output.
        examples: how many examples there are.
        said: what a user calls the weights.

    Raises:
        DataError: for an array that is not one finite number per example, or of no output, and for
            a loss that compares the examples of a batch with each other.
    """
    outputs = list(losses)
    if given is None:
        return {}
    by_output = _by_output(given, outputs, said)
    for name in by_output:
        if name not in outputs:
            raise DataError(
                codes.NO_ARRAY,
                f"`{said}` holds `{name}`, but no output of that name has a loss",
                did_you_mean(name, outputs),
            )
        if losses[name].lower().takes_valid:
            raise DataError(
                codes.BAD_TARGET,
                f"{losses[name].kind} has no value per example that `{said}` could weigh",
                "leave the weights out, or choose another loss",
            )
    return {name: _weights(array, examples, said) for name, array in by_output.items()}


def _by_output(given: object, outputs: Sequence[str], said: str) -> Mapping[str, object]:
    if isinstance(given, Mapping):
        return cast("Mapping[str, object]", given)
    if not is_list_of_arrays(given, len(outputs)):
        return dict.fromkeys(outputs, given)
    arrays = cast("Sequence[object]", given)
    if len(arrays) != len(outputs):
        raise DataError(
            codes.NO_ARRAY,
            f"`{said}` is a list of {count(len(arrays), 'array')}, the model has "
            f"{count(len(outputs), 'output')} with a loss",
            f"give one for each of {listing(outputs)}",
        )
    return dict(zip(outputs, arrays, strict=True))


def _weights(given: object, examples: int, said: str) -> np.ndarray:
    try:
        array = np.asarray(given, np.float32)
    except (ValueError, TypeError):
        raise DataError(codes.DATA_VALUE, f"`{said}` holds what is no finite number") from None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (examples,):
        raise DataError(
            codes.DATA_LENGTH,
            f"`{said}` has the shape {list(array.shape)}, there are {examples:,} examples",
            "give one number per example",
        )
    if not np.isfinite(array).all():
        raise DataError(codes.DATA_VALUE, f"`{said}` holds what is no finite number")
    return array
