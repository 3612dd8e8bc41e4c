"""Counting right and wrong yes-or-no outputs at thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator

from kc.core.lazy import jax, jnp, lax
from kc.core.program import Call
from kc.core.types import Shape, ShapeError, TensorType
from kc.library.fields import Probability
from kc.library.loss import align
from kc.library.metric import value_by_value

if TYPE_CHECKING:
    from jax import Array

COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def _one(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    if len(value) != 1:
        raise ValueError(
            "a log is one number, so `thresholds` is one: "
            "name the metric once for each of your thresholds"
        )
    return value[0]


OneThreshold = Annotated[
    Probability,
    BeforeValidator(_one, json_schema_input_type=Probability | tuple[Probability]),
]
"""A threshold, alone or as a list of one. Keras takes more, and then gives a list of values."""


def count_sums(
    target: TensorType,
    output: TensorType,
    names: tuple[str, ...] = COUNTS,
    *,
    thresholds: int = 1,
    top_k: int | None = None,
    class_id: int | None = None,
) -> Mapping[str, Shape]:
    """Sums for some counts.

    Raises:
        ShapeError: when an output has no such class, or targets do not fit it.
    """
    value_by_value(target, output)
    classes = output.shape[-1] if output.rank else 1
    if class_id is not None and class_id >= classes:
        raise ShapeError(
            f"looks at class {class_id}, but the output is {output}",
            f"classes are numbered from 0 to {classes - 1}",
        )
    if top_k is not None and top_k > classes:
        raise ShapeError(
            f"takes the {top_k} largest outputs, but the output is {output}",
            f"`top_k` is at most {classes}",
        )
    return dict.fromkeys(names, (thresholds,))


def at_one(threshold: float | None, top_k: int | None = None, class_id: int | None = None) -> Call:
    """Adds a batch to counts at one threshold: by default one half, or none beside ``top_k``."""
    if threshold is None:
        threshold = 0.5 if top_k is None else -1e10
    return Call(add_counts, thresholds=(threshold,), top_k=top_k, class_id=class_id)


def at_many(count: int, class_id: int | None) -> Call:
    """Adds a batch to counts at thresholds that lie evenly from 0 to 1."""
    if count == 1:
        return at_one(None, class_id=class_id)
    return Call(add_counts, thresholds=count, class_id=class_id)


def add_counts(
    target: Array,
    output: Array,
    weights: Array,
    *,
    thresholds: tuple[float, ...] | int,
    top_k: int | None = None,
    class_id: int | None = None,
    **sums: Array,
) -> dict[str, Array]:
    """The sums, (thresholds,), with a batch added. A number of thresholds lies between 0 and 1."""
    target, output = align(target, output)
    if top_k is not None:
        output = only_top(output, top_k)
    if class_id is not None:
        target, output = target[..., class_id, None], output[..., class_id, None]
    if isinstance(thresholds, int):
        places = jnp.arange(thresholds) / (thresholds - 1)
        output = jnp.clip(output, 0.0, 1.0)
    else:
        places = jnp.array(thresholds)
    per_value = jnp.broadcast_to(per_place(weights, output), output.shape)
    found = confusion(target, output, per_value, places)
    return {name: sums[name] + found[name] for name in sums}


def per_place(weights: Array, output: Array) -> Array:
    """Weights of examples or of their places, (batch, ...), that broadcast to an output."""
    return weights.reshape(*weights.shape, *[1] * (output.ndim - weights.ndim))


def only_top(output: Array, k: int) -> Array:
    """The output with -inf in place of all but its k largest values; of equals the first stay."""
    _, places = lax.top_k(output, k)
    kept = jax.nn.one_hot(places, output.shape[-1]).sum(axis=-2)
    return jnp.where(kept > 0, output, -jnp.inf)


def confusion(
    target: Array, output: Array, weights: Array, thresholds: Array, *, by_label: bool = False
) -> dict[str, Array]:
    """Sums of weights at each of the rising thresholds, by what target and output say.

    The output says yes above a threshold, the target where it is not 0. With ``by_label`` each
    place of the last axis has sums of its own: (thresholds, labels).
    """
    # A padded row may hold NaN; as it only picks a threshold and a label, its weight of 0 keeps
    # it out of all sums.
    yes = jnp.where(target != 0, weights, 0.0)
    no = jnp.where(target != 0, 0.0, weights)
    passed = jnp.searchsorted(thresholds, output, side="left")
    if by_label:
        place, labels = (passed, jnp.arange(output.shape[-1])), (output.shape[-1],)
    else:
        place, labels, yes, no = (passed.ravel(),), (), yes.ravel(), no.ravel()
    zeros = jnp.zeros((len(thresholds) + 1, *labels))
    # Whoever passes a threshold passes all lower ones.
    tp = lax.cumsum(zeros.at[place].add(yes), axis=0, reverse=True)
    fp = lax.cumsum(zeros.at[place].add(no), axis=0, reverse=True)
    return {
        "true_positives": tp[1:],
        "false_positives": fp[1:],
        "true_negatives": fp[0] - fp[1:],
        "false_negatives": tp[0] - tp[1:],
    }


def only_count(**sums: Array) -> Array:
    """The one count of a metric, at its one threshold."""
    (count,) = sums.values()
    return count[0]


def best_where(rate: Array, other: Array, least: float) -> Array:
    """The largest rate at the thresholds where another rate is large enough; 0 if there is none."""
    return jnp.max(jnp.where(other >= least, rate, 0.0))


def ratio(a: Array, b: Array) -> Array:
    """``a / b``, and 0 where b is 0."""
    return jnp.where(b == 0, 0.0, a / jnp.where(b == 0, 1.0, b))
