"""Examples in the names, shapes and types of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.dimension import Dimension
from kc.core.registry import entries
from kc.core.sizes import known
from kc.core.text import count, did_you_mean, listing
from kc.core.types import ShapeError, Size, TensorType, shape_text
from kc.library.loss import Loss
from kc.runtime.data.convert import check_numbers, convert
from kc.runtime.data.lengths import check_lengths
from kc.runtime.data.text import to_text

if TYPE_CHECKING:
    from kc.core.data import Arrays

_COUNTERPARTS: Final = {
    "categorical_crossentropy": ("sparse_categorical_crossentropy", "labels"),
    "binary_crossentropy": ("sparse_categorical_crossentropy", "labels"),
    "sparse_categorical_crossentropy": ("categorical_crossentropy", "one-hot rows"),
}
"""The loss that takes what this one does not, and what that is."""


def prepare(
    examples: Examples,
    inputs: Mapping[str, TensorType],
    losses: Mapping[str, tuple[Loss, TensorType]],
) -> Examples:
    """Match arrays to a model, check them and convert their types.

    Args:
        examples: arrays as a source or a user gives them; they are never modified.
        inputs: inputs of the model and their types.
        losses: by output, its loss and its type; empty for predicting.

    Returns:
        Inputs by the model's names, and targets by the names of the outputs.

    Raises:
        DataError: for the first array that is missing, or does not fit.
    """
    matched = match(examples, inputs, losses)
    return Examples(
        {name: _input(name, matched.inputs[name], kind) for name, kind in inputs.items()},
        {
            name: _target(name, matched.targets[name], loss, output)
            for name, (loss, output) in losses.items()
        },
        classes=matched.classes,
    )


def match(
    examples: Examples, inputs: Mapping[str, TensorType], losses: Mapping[str, object]
) -> Examples:
    """The arrays by the names of a model; its inputs and losses by their names.

    Raises:
        DataError: for the first array that is missing, or of another length.
    """
    matched = Examples(
        {name: _match_input(name, examples, inputs) for name in inputs},
        {name: _match_target(name, examples.targets, losses) for name in losses},
        classes=_match_classes(examples, losses),
    )
    check_lengths(matched)
    return matched


def _match_input(name: str, examples: Examples, wanted: Mapping[str, TensorType]) -> np.ndarray:
    """The array of this name; a single input takes the only array whatever its name.

    A target can be an input too: the class that a generator is told to make.
    """
    arrays = examples.inputs
    if name in arrays:
        return arrays[name]
    if name in examples.targets:
        return examples.targets[name]
    if len(wanted) == len(arrays) == 1:
        return next(iter(arrays.values()))
    free = [array for array in arrays if array not in wanted]
    raise DataError(
        codes.NO_ARRAY,
        f"the data has no array `{name}` for the model's input `{name}`",
        did_you_mean(name, free) if free else f"the data has {listing(arrays) or 'no inputs'}",
        path=("model", "inputs", name),
    )


def _match_target(name: str, arrays: Arrays, wanted: Mapping[str, object]) -> np.ndarray:
    """The target of this name; a single output takes the only target whatever its name."""
    if name in arrays:
        return arrays[name]
    if len(wanted) == len(arrays) == 1:
        return next(iter(arrays.values()))
    if not arrays:
        raise DataError(
            codes.TARGET_MISSING,
            f"the output `{name}` has a loss, but the data has no target",
            "name the `target` of the source, or pass `y`",
        )
    raise DataError(
        codes.TARGET_MISSING,
        f"the data has no target `{name}` for the output `{name}`",
        f"the data has {count(len(arrays), 'target')}: {listing(arrays)}",
    )


def _match_classes(
    examples: Examples, wanted: Mapping[str, object]
) -> Mapping[str, tuple[str, ...]]:
    """The words of classes by the names of outputs, which take targets as above."""
    words = examples.classes
    if len(wanted) == len(examples.targets) == 1:
        return dict(zip(wanted, words.values(), strict=False))
    return {name: words[name] for name in wanted if name in words}


def _input(name: str, array: np.ndarray, kind: TensorType) -> np.ndarray:
    fitted = _fit(array, kind.shape)
    if fitted is None:
        raise DataError(
            codes.DATA_SHAPE,
            f"`{name}` has examples of shape {list(array.shape[1:])}, "
            f"the model takes {shape_text(kind.shape)}",
            _shape_help(name, array.shape, kind),
            path=("model", "inputs", name),
        )
    if kind.is_text:
        return to_text(name, fitted)
    check_numbers(name, fitted)
    return convert(name, fitted, kind.dtype)


def _shape_help(name: str, found: Sequence[int], kind: TensorType) -> str:
    if tuple(found) == kind.shape:
        return f"one example needs the batch in front: `{name}[None]`"
    if 0 in found[1:]:
        return "each size is at least 1"
    shape: Sequence[object] = found[1:]
    if len(shape) == kind.rank:
        # What only the data know stays so.
        pairs = zip(kind.shape, shape, strict=True)
        shape = [size if isinstance(size, Dimension) else number for size, number in pairs]
    return f"declare `{name}: {shape_text(shape)}` in `model.inputs`, or reshape the data"


def _target(name: str, array: np.ndarray, loss: Loss, output: TensorType) -> np.ndarray:
    kind = loss.target(output)
    fitted = _fit(array, kind.shape)
    if fitted is None:
        raise DataError(
            codes.BAD_TARGET,
            f"{loss.kind} of the output `{name}` takes targets {_shape(kind.shape)}, "
            f"these are {_shape(array.shape[1:])}",
            _target_help(array, loss, output),
            span=loss.span,
        )
    check_numbers(name, fitted)
    if fitted.dtype == bool:
        fitted = fitted.astype(np.uint8)
    try:
        loss.check(fitted, output)
    except DataError as error:
        error.span = error.span or loss.span
        raise
    return convert(name, fitted, kind.dtype)


def _target_help(array: np.ndarray, loss: Loss, output: TensorType) -> str:
    other, what = _COUNTERPARTS.get(loss.kind, ("", ""))
    if other and _takes(other, array, output):
        return f"these are {what}: use the loss `{other}`"
    if array.ndim == 2 and output.rank == 1:
        return f"give the output {count(array.shape[1], 'unit')}, or choose another target"
    if array.ndim == 1 and output.rank == 1:
        return "give the output 1 unit, or choose another target"
    return f"the output is {output}; change the model or the target"


def _shape(axes: Sequence[Size]) -> str:
    return shape_text(("batch", *axes))


def _takes(kind: str, array: np.ndarray, output: TensorType) -> bool:
    """Whether another loss would take the array."""
    loss = entries("loss")[kind]()
    assert isinstance(loss, Loss)
    try:
        return _fit(array, loss.target(output).shape) is not None
    except ShapeError:
        return False


def _fit(array: np.ndarray, shape: Sequence[Size]) -> np.ndarray | None:
    """The array with examples of this shape, or None.

    As in Keras, a last axis of 1 is added or dropped: ``(n,)`` and ``(n, 1)`` say the same.
    """
    found, wanted = array.shape[1:], tuple(shape)
    if found == wanted:
        return array
    if found == (*wanted, 1) or (*found, 1) == wanted:
        return array.reshape(len(array), *known(wanted))
    return None
