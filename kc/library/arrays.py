"""Examples in arrays that lie in files: a row of each is one example."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import BeforeValidator, Field

from kc.core import codes
from kc.core.data import DataError, Examples, check_equal
from kc.library.class_numbers import ClassNumbers

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays

_Text = Annotated[str, Field(min_length=1, max_length=4096)]
_Paths = Annotated[tuple[_Text, ...], Field(min_length=1)]
_Named = Annotated[dict[_Text, _Text], Field(min_length=1)]


def _named(name_of: Callable[[str], str]) -> BeforeValidator:
    """Gives arrays without names those of their places."""

    def name(value: object) -> object:
        places = (value,) if isinstance(value, str) else value
        if not isinstance(places, list | tuple) or not all(isinstance(p, str) for p in places):
            return value
        found: dict[str, str] = {}
        for place in places:
            if name_of(place) in found:
                first = found[name_of(place)]
                raise ValueError(
                    f"`{first}` and `{place}` would both be called `{name_of(place)}`: "
                    "write a map from names"
                )
            found[name_of(place)] = place
        return found

    return BeforeValidator(name, json_schema_input_type=_Text | _Paths | _Named)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".npy")


def _last_part(name: str) -> str:
    return name.rpartition("/")[2]


NamedFiles = Annotated[_Named, _named(_file_name)]
"""Files by name; one path, or a list, takes the names of the files."""
NamedPaths = Annotated[_Named, _named(_last_part)]
"""Paths in a file by name; one path, or a list, takes the last part of each as its name."""


class StoredArray(Protocol):
    """An array in a file."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype: ...

    def read(self, rows: np.ndarray | None = None) -> np.ndarray:
        """These rows in this order, or all."""
        ...


@dataclass(frozen=True, slots=True)
class ArrayRows:
    """Rows of arrays in files. Files are open only while something is read."""

    inputs: Mapping[str, StoredArray]
    stored_targets: Mapping[str, StoredArray]
    numbers: Arrays
    """The targets that are words in the files, as numbers of classes."""
    classes: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, inputs: Mapping[str, StoredArray], targets: Mapping[str, StoredArray]) -> ArrayRows:
        """Check that all have the same length; words of targets are read and numbered.

        Raises:
            DataError: naming an array that does not fit.
        """
        _check_lengths({**inputs, **targets})
        words = {name: array for name, array in targets.items() if _is_text(array.dtype)}
        found = {name: _number(name, array.read()) for name, array in words.items()}
        return cls(
            inputs,
            {name: array for name, array in targets.items() if name not in words},
            {name: numbers for name, (numbers, _) in found.items()},
            {name: classes for name, (_, classes) in found.items()},
        )

    def __len__(self) -> int:
        return next(iter(self.inputs.values())).shape[0]

    @property
    def nbytes(self) -> int:
        stored = (*self.inputs.values(), *self.stored_targets.values())
        size = sum(math.prod(array.shape) * array.dtype.itemsize for array in stored)
        return size + sum(array.nbytes for array in self.numbers.values())

    def read(self, rows: np.ndarray) -> Examples:
        return Examples(
            {name: array.read(rows) for name, array in self.inputs.items()},
            {name: array.read(rows) for name, array in self.stored_targets.items()}
            | {name: array[rows] for name, array in self.numbers.items()},
            classes=self.classes,
        )

    def targets(self) -> Arrays:
        stored = {name: array.read() for name, array in self.stored_targets.items()}
        return {**stored, **self.numbers}


def numbered(examples: Examples) -> Examples:
    """The same with numbers of classes in place of the words of targets."""
    targets, classes = dict(examples.targets), dict(examples.classes)
    for name, array in examples.targets.items():
        if _is_text(array.dtype):
            targets[name], classes[name] = _number(name, array)
    return Examples(examples.inputs, targets, examples.weights, classes)


def as_column(name: str, array: np.ndarray) -> np.ndarray:
    """An array with one value per example: int64, float64, or words as objects.

    Raises:
        DataError: when it is another array.
    """
    import numpy as np

    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            codes.DATA_SHAPE,
            f"`{name}` has the shape {list(array.shape)}, not one value per example",
            "name an array of shape (examples,)",
            word=name,
        )
    if _is_text(array.dtype):
        return np.array(_words(name, array), object)
    if array.dtype.kind in "biuMm":
        return array.astype(np.int64)
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    raise DataError(
        codes.DATA_VALUE,
        f"`{name}` holds {array.dtype}, neither numbers nor words",
        "convert it: `array.astype('float64')`",
        word=name,
    )


def _is_text(dtype: np.dtype) -> bool:
    return dtype.kind in "OUST"


def _number(name: str, array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The numbers of the classes of words, and the words."""
    numbers = ClassNumbers()
    numbers.add(_words(name, array.ravel()))
    found, classes = numbers.finish()
    return found.reshape(array.shape), classes


def _words(name: str, array: np.ndarray) -> list[str]:
    try:
        return [w.decode() if isinstance(w, bytes) else str(w) for w in array.tolist()]
    except UnicodeDecodeError:
        raise DataError(
            codes.DATA_VALUE, f"`{name}` holds bytes that are not UTF-8", "save it as UTF-8"
        ) from None


def _check_lengths(arrays: Mapping[str, StoredArray]) -> None:
    for name, array in arrays.items():
        if not array.shape:
            raise DataError(
                codes.DATA_SHAPE,
                f"`{name}` is a single number, not one row per example",
                "save an array of shape (examples, ...)",
            )
    check_equal([(name, array.shape[0]) for name, array in arrays.items()])
