"""A spec for arrays of numbers: scaled, flattened, and joined where there are several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kc.cli.drafts.columns import look
from kc.cli.drafts.draft import Draft, Lines, spec_text, written
from kc.cli.drafts.images import STAGE, stages
from kc.cli.drafts.table import choose_target, task_of
from kc.core import codes
from kc.core.data import DataError
from kc.core.text import listing
from kc.library.fields import NAME
from kc.library.sources.npz import Npz

if TYPE_CHECKING:
    import numpy as np

_KINDS: Final = "fiub"
"""Kinds of NumPy's types that are numbers."""


def draft_arrays(folder: Path, path: str, target: str | None) -> Draft:
    """A spec that learns one array of a file of NumPy's from the others.

    Raises:
        DataError: when it cannot be read, or there is nothing to learn.
    """
    arrays = Npz(path=path).load(folder).inputs
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind in _KINDS}
    columns = [
        look(name, [str(value) for value in array.reshape(-1).tolist()])
        for name, array in numbers.items()
        if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)
    ]
    chosen, reason = choose_target(columns, target)
    task = task_of(chosen)
    inputs = {
        name: array
        for name, array in numbers.items()
        if name != chosen.name and _fits(name, array, len(numbers[chosen.name]))
    }
    if not inputs:
        raise DataError(codes.NO_ARRAY, f"`{path}` has no array to learn `{chosen.name}` from")
    names, pictures = list(inputs), _are_pictures(inputs)
    spec = spec_text(
        path,
        f"Predicts `{chosen.name}` from {listing(names)} of {path}.",
        task,
        len(numbers[chosen.name]),
        epochs=100,
        blocks=STAGE if pictures else (),
        data=[
            "source:",
            "  npz:",
            f"    path: {written(path)}",
            f"    inputs: {written(names)}",
            f"    target: {written(chosen.name)}",
            task.split,
            "preprocess:  # part of the model",
            *(f"  {name}: {_scaling(array)}" for name, array in inputs.items()),
        ],
        model=[
            "inputs:",
            *(f"  {name}: {_type(array)}" for name, array in inputs.items()),
            "layers:",
            *(f"  {line}" for line in _layers(inputs, pictures)),
            *(f"  {line}" for line in task.head),
        ],
    )
    seen = [f"`{name}`: {array.dtype} {list(array.shape)}" for name, array in arrays.items()]
    return Draft(spec, [*seen, f"{task}: {reason}"])


def _fits(name: str, array: np.ndarray, examples: int) -> bool:
    return bool(NAME.fullmatch(name)) and array.ndim > 0 and len(array) == examples


def _are_pictures(inputs: Mapping[str, np.ndarray]) -> bool:
    """Whether the only input is of height, width and a few channels."""
    shape = next(iter(inputs.values())).shape[1:]
    return len(inputs) == 1 and len(shape) == 3 and shape[2] <= 4 <= min(shape[:2])


def _scaling(array: np.ndarray) -> str:
    return "[rescaling: 1/255]" if array.dtype == "uint8" else "[normalization]"


def _type(array: np.ndarray) -> str:
    shape = list(array.shape[1:]) or [1]
    return f"{{shape: {shape}, dtype: uint8}}" if array.dtype == "uint8" else str(shape)


def _layers(inputs: Mapping[str, np.ndarray], pictures: bool) -> Lines:
    if pictures:
        (array,) = inputs.values()
        return stages(min(array.shape[1:3]))
    flat = [name for name, array in inputs.items() if array.ndim > 2]
    lines = [f"- {{flatten: {{}}, from: {name}, name: {name}_flat}}" for name in flat]
    if len(inputs) > 1:
        joined = [f"{name}_flat" if name in flat else name for name in inputs]
        lines.append(f"- {{concatenate: {{}}, from: {written(joined)}}}")
    dense = ["- dense: {units: 64, activation: relu}", "- dropout: 0.2"]
    return [*lines, *dense, "- dense: {units: 32, activation: relu}"]
