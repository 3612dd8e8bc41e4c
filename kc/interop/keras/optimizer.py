"""The state of an optimizer: which variable of Keras is which part of kc's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.tree_util import DictKey, GetAttrKey

from kc.core import codes
from kc.core.types import Shape
from kc.interop import foreign
from kc.interop.foreign import Foreign
from kc.interop.keras.values import RefusedError
from kc.library.optimizer import Optimizer
from kc.library.schedule import Schedule

Place = tuple[str, str]
"""Scope and name of a weight."""
Slot = tuple[str, Place]
"""A word for what is remembered, and of which weight."""

SLOTS: Mapping[str, Sequence[Mapping[str, int]]] = {
    "sgd": [{"trace": 1}],
    "rmsprop": [{"nu": 1}, {"trace": -1}, {"mu": 1}],
    "adam": [{"mean": 1, "square": 1}, {"largest": 1}],
    "adamw": [{"mean": 1, "square": 1}, {"largest": 1}],
    "adamax": [{"mean": 1, "largest": 1}],
    "adagrad": [{"sum_of_squares": 1}],
    "adadelta": [{"e_g": 1, "e_x": 1}],
    "ftrl": [{"square": 1, "linear": 1}],
    "lamb": [{"mu": 1, "nu": 1}],
    "lion": [{"mu": 1}],
}
"""What kc's optimizers remember of a weight, in the order of Keras, and with which sign.

Keras lists the words of a group weight by weight, and one group after another.
"""
_STEPS = {"step", "count"}


def read(file: Foreign, optimizer: Optimizer, trained: Sequence[Place], state: Any) -> Any:
    """The state of an optimizer from a file, and the number of steps done.

    Args:
        file: what Keras wrote.
        optimizer: the optimizer of the spec.
        trained: the weights that it moves, in the order of Keras.
        state: one of the same shape, as arrays.

    Raises:
        RefusedError: when the file has none, or that of another optimizer.
        CompileError: when it cannot be read.
    """
    shapes = {name: np.shape(leaf) for name, leaf in _leaves(state)}
    expected = _variables(optimizer, trained, shapes)
    paths = file.optimizer or [f"optimizer/vars/{index}" for index in range(len(expected))]
    if len(paths) != len(expected):
        raise RefusedError(
            codes.FOREIGN_WEIGHTS,
            f"`{optimizer.kind}` has {len(expected)} variables, and the file {len(paths)}",
        )
    wanted: dict[str, Shape] = {
        path: shapes.get(slot, ()) for path, (slot, _) in zip(paths, expected, strict=True)
    }
    more = 16 * sum(int(np.prod(shape)) for shape in shapes.values())
    found = foreign.read(file.path, wanted, more_bytes=more).found
    if set(found) != set(wanted):
        raise RefusedError(codes.FOREIGN_WEIGHTS, "the file holds no such state")
    values = {
        slot: found[path] * np.float32(sign)
        for path, (slot, sign) in zip(paths, expected, strict=True)
    }

    def given(path: Sequence[Any], leaf: Any) -> Any:
        value = values.get(_slot(path))
        return leaf if value is None else np.asarray(value, np.asarray(leaf).dtype)

    return jax.tree_util.tree_map_with_path(given, state), int(values[_ITERATION])


def write(optimizer: Optimizer, trained: Sequence[Place], state: Any, steps: int) -> list[Any]:
    """The variables of Keras's optimizer, in its order.

    Raises:
        RefusedError: when they are others than kc's.
    """
    leaves = dict(_leaves(state))
    shapes = {name: np.shape(leaf) for name, leaf in leaves.items()}
    leaves[_ITERATION] = np.asarray(steps, np.int32)
    return [
        leaves[slot] if slot == _ITERATION else np.asarray(leaves[slot]) * np.float32(sign)
        for slot, sign in _variables(optimizer, trained, shapes)
    ]


_ITERATION: Slot = ("step", ("", ""))
_RATE: Slot = ("learning_rate", ("", ""))


def _variables(
    optimizer: Optimizer, trained: Sequence[Place], shapes: Mapping[Slot, Shape]
) -> list[tuple[Slot, int]]:
    """Each variable of Keras: what it is in kc, and with which sign."""
    groups = SLOTS.get(optimizer.kind)
    if groups is None or optimizer.use_ema or optimizer.gradient_accumulation_steps:
        raise RefusedError(
            codes.FOREIGN_WEIGHTS, f"kc does not know the state of such a `{optimizer.kind}`"
        )
    found: list[tuple[Slot, int]] = [(_ITERATION, 1)]
    if not isinstance(optimizer.learning_rate, Schedule):
        found.append((_RATE, 1))
    there = {word for word, _ in shapes}
    for group in groups:
        found += [
            ((word, place), sign)
            for place in trained
            for word, sign in group.items()
            if word in there
        ]
    missing = next((slot for slot, _ in found[2:] if slot not in shapes), None)
    if missing is not None:
        raise RefusedError(codes.FOREIGN_WEIGHTS, f"there is no `{missing[0]}` of a weight")
    return found


def _leaves(state: Any) -> Iterator[tuple[Slot, Any]]:
    for path, leaf in jax.tree_util.tree_flatten_with_path(state)[0]:
        yield _slot(path), leaf


def _slot(path: Sequence[Any]) -> Slot:
    """What a leaf of kc's state is: ``.mean['dense']['kernel']``, ``.slots[...][...]['mean']``."""
    names = [key.name for key in path if isinstance(key, GetAttrKey)]
    last = max((i for i, key in enumerate(path) if isinstance(key, GetAttrKey)), default=-1)
    keys = [str(key.key) for key in path[last + 1 :] if isinstance(key, DictKey)]
    match names[-1] if names else "", keys:
        case "hyperparams", ["learning_rate"]:
            return _RATE
        case "slots", [scope, name, word]:
            return word, (scope, name)
        case word, [scope, name]:
            return word, (scope, name)
        case word, _ if word in _STEPS:
            return _ITERATION
        case word, _:
            return word, ("", "")
