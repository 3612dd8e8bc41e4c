"""Intersection over union: areas of classes that target and output share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Shape, ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.fields import NonNegativeInt

if TYPE_CHECKING:
    from jax import Array

ClassCount = Annotated[int, Field(ge=2, le=4096)]
"""Number of classes; the counts are a square of it."""
ClassIds = Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
IgnoredClass = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)] | None


def check_ids(ids: tuple[int, ...], classes: int) -> None:
    """Make sure that there are these classes.

    Raises:
        ValueError: naming one that there is not.
    """
    if unknown := [number for number in ids if number >= classes]:
        raise ValueError(
            f"there is no class {unknown[0]} in `target_class_ids`: "
            f"classes are numbered from 0 to {classes - 1}"
        )


def pair_sums(
    target: TensorType,
    output: TensorType,
    classes: int,
    *,
    sparse_y_true: bool,
    sparse_y_pred: bool,
    axis: int,
) -> Mapping[str, Shape]:
    """The square of counts, by class of the target and of the output.

    Raises:
        ShapeError: when target and output do not have the same places.
    """
    places = [
        kind.shape if sparse else _without_classes(kind, axis, classes)
        for kind, sparse in ((target, sparse_y_true), (output, sparse_y_pred))
    ]
    if math.prod(places[0]) != math.prod(places[1]):
        help = None
        if sparse_y_pred and output.rank > target.rank:
            help = "the output has a place for each class: add `sparse_y_pred: false`"
        elif sparse_y_true and target.shape == output.shape:
            help = "the targets have a place for each class: use the `one_hot_` metric"
        raise ShapeError(
            f"compares classes place by place, but the targets are {target} and the output is "
            f"{output}",
            help,
        )
    return {"pairs": (classes, classes)}


def _without_classes(kind: TensorType, axis: int, classes: int) -> Shape:
    if kind.rank == 0:
        raise ShapeError(f"needs an axis of classes, there is none in {kind}")
    index = example_axis(axis, kind)
    if kind.shape[index] > classes:
        raise ShapeError(
            f"has `num_classes: {classes}`, but {kind} has {kind.shape[index]}",
            f"write `num_classes: {kind.shape[index]}`",
        )
    return kind.shape[:index] + kind.shape[index + 1 :]


def count_pairs(
    classes: int,
    *,
    ignore_class: int | None = None,
    sparse_y_true: bool = True,
    sparse_y_pred: bool = True,
    axis: int = -1,
    threshold: float | None = None,
) -> Call:
    """Adds a batch to the square of counts."""
    return Call(
        add_pairs,
        classes=classes,
        ignore_class=ignore_class,
        target_axis=None if sparse_y_true else axis,
        output_axis=None if sparse_y_pred else axis,
        threshold=threshold,
    )


def add_pairs(
    target: Array,
    output: Array,
    weights: Array,
    *,
    pairs: Array,
    classes: int,
    ignore_class: int | None = None,
    target_axis: int | None = None,
    output_axis: int | None = None,
    threshold: float | None = None,
) -> dict[str, Array]:
    """Counts by class of target and output; axes name where a place has one value per class."""
    if target_axis is not None:
        target = jnp.argmax(target, axis=target_axis)
    if output_axis is not None:
        output = jnp.argmax(output, axis=output_axis)
    if threshold is not None:
        output = output >= threshold
    target = target.reshape(*weights.shape, -1).astype(jnp.int32)
    output = output.reshape(*weights.shape, -1).astype(jnp.int32)
    known = (target >= 0) & (target < classes) & (output >= 0) & (output < classes)
    if ignore_class is not None:
        known &= target != ignore_class
    # A padded row may hold NaN, whose class is anything: its weight of 0 keeps it out.
    place = jnp.where(known, target * classes + output, 0)
    added = jnp.zeros(classes * classes).at[place].add(jnp.where(known, weights[..., None], 0.0))
    return {"pairs": pairs + added.reshape(classes, classes)}


def mean_overlap(*, pairs: Array, class_ids: tuple[int, ...] | None = None) -> Array:
    """Mean over classes of common places through places of either; classes without any are out."""
    both = jnp.diag(pairs)
    either = jnp.sum(pairs, axis=0) + jnp.sum(pairs, axis=1) - both
    if class_ids is not None:
        both, either = both[jnp.array(class_ids)], either[jnp.array(class_ids)]
    present = either > 0
    overlap = jnp.where(present, both / (either + 1e-7), 0.0)
    return jnp.sum(overlap) / (jnp.sum(present) + 1e-7)
