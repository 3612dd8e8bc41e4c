"""What attention layers share: who attends to whom, and the weights of a mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kc.core.lazy import jax, jnp
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer, MadeMask, Mask, Masking
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class Attending(Layer):
    """For each query a weighted mean of values, with weights that come from keys.

    Its inputs are ``[query, value]`` or ``[query, value, key]``; the keys are the values by
    default. Masked values get no weight, and the output has the mask of the queries.
    """

    masking: ClassVar[Masking] = "pass"

    def infer(self, *inputs: TensorType) -> Inferred:
        raise NotImplementedError

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        if any(mask and x.rank != 2 for mask, x in zip(masks, inputs, strict=True)):
            raise ShapeError("takes a mask for one axis of steps only")
        return super().output_mask(masks, inputs)


def query_value_key(inputs: Sequence[TensorType]) -> tuple[TensorType, TensorType, TensorType]:
    """Types of queries, values and keys; values are the queries, and keys the values, by default.

    Raises:
        ShapeError: when one has no axis of steps, or keys and values do not stand in pairs.
    """
    query = inputs[0]
    value = inputs[1] if len(inputs) > 1 else query
    key = inputs[2] if len(inputs) > 2 else value
    for name, x in (("query", query), ("value", value), ("key", key)):
        if not x.is_float:
            raise ShapeError(f"needs floats, the {name} is {x}", "put an `embedding` before it")
        if x.rank < 2:
            raise ShapeError(f"needs axes of steps and of features, the {name} is {x}")
    if value.shape[:-1] != key.shape[:-1]:
        raise ShapeError(
            f"cannot pair the values {value} with the keys {key}: each value has its key",
            "list the inputs in the order `from: [query, value, key]`",
        )
    return query, value, key


def allowed(
    scores: Array,
    masks: Sequence[Array | None] = (),
    *,
    use_causal_mask: bool = False,
    sliding_window: int | None = None,
) -> Array | None:
    """True where a query may look, in a shape that broadcasts to the scores; None for anywhere.

    scores (batch, ..., queries, keys), masks (batch, steps) of the inputs of an attention layer.
    """
    queries, keys = scores.shape[-2:]
    steps_back = jnp.arange(queries)[:, None] - jnp.arange(keys)
    found: list[Array] = []
    if use_causal_mask:
        found.append(steps_back >= 0)
    if sliding_window is not None:
        found.append(jnp.abs(steps_back) < sliding_window)
    # The mask of the queries says nothing about where they look, unless they are the values too.
    counted = [mask for mask in masks[1:] or masks if mask is not None]
    found += [mask.reshape(-1, *(1,) * (scores.ndim - 2), keys) for mask in counted]
    if not found:
        return None
    together = found[0]
    for other in found[1:]:
        together = together & other
    return together


def attention_weights(
    scores: Array,
    where: Array | None,
    *,
    dropout: float | None,
    seed: int | None,
    key: Array,
    train: bool,
) -> Array:
    """Weights that sum to 1 for each query, with dropout while training.

    scores (batch, ..., queries, keys) -> the same. A query that may look nowhere looks everywhere.
    """
    # In float32, as sums over many steps are to be.
    exact = scores.astype(jnp.float32)
    if where is not None:
        # Finite: a row of infinities would become NaN.
        exact = jnp.where(where, exact, -1e9)
    weights = jax.nn.softmax(exact, axis=-1).astype(scores.dtype)
    if not train or dropout is None:
        return weights
    keep = jax.random.bernoulli(stream(key, seed), 1.0 - dropout, weights.shape)
    return jnp.where(keep, weights / (1.0 - dropout), 0.0)
