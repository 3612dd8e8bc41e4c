"""Attention by dot products."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, Size, TensorType, Weight
from kc.library.attending import Attending, allowed, attention_weights, query_value_key
from kc.library.fields import Fraction, Seed
from kc.library.initializers import ONES

if TYPE_CHECKING:
    from jax import Array


class Attention(Attending, kind="attention"):
    """``softmax(query @ key^T) @ value``: a mean of values, weighted by keys (Luong et al. 2015).

    ``score_mode: concat`` scores a pair with ``sum(tanh(query + key))`` instead. There is no
    ``1 / sqrt(features)``, as in Keras: ``use_scale`` learns a factor. The output of a masked query
    is zero.

    Shapes: query (..., queries, features), value (..., keys, width) and key (..., keys, features)
    -> (..., queries, width). Without a key the values are the keys.

    Source: ``keras/src/layers/attention/attention.py``.

    Example:
        - {attention: {use_scale: true}, from: [left, right]}
    """

    arity: ClassVar[tuple[int, int | None]] = (2, 3)

    use_scale: bool = False
    """Whether to multiply the scores with a trainable number."""
    score_mode: Literal["dot", "concat"] = "dot"
    """How a query and a key make a score."""
    dropout: Fraction = 0.0
    """Part of the weights that is dropped while training."""
    use_causal_mask: bool = False
    """Whether a query looks at no later step than its own."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, *inputs: TensorType) -> Inferred:
        query, value, key = query_value_key(inputs)
        check_pairs(query, key)
        weights: dict[str, Weight] = {}
        if self.use_scale:
            weights["scale"] = Weight((), ONES)
        if self.score_mode == "concat":
            weights["concat_score_weight"] = Weight((), ONES)
        y = query.with_axis(-1, value.axis(-1))
        return Inferred(y, weights, flops=attention_flops(query, value, key))

    def lower(self) -> Call:
        return Call(
            attention,
            dropout=self.dropout or None,
            use_causal_mask=self.use_causal_mask,
            seed=self.seed,
        )


def check_pairs(query: TensorType, key: TensorType) -> None:
    """Make sure that queries can be compared with keys.

    Raises:
        ShapeError: when they have different features, or other axes before the steps.
    """
    if query.axis(-1) != key.axis(-1) or query.shape[:-2] != key.shape[:-2]:
        raise ShapeError(
            f"cannot compare the queries {query} with the keys {key}",
            "they may differ in the number of steps only; `dense` changes the number of features",
        )


def attention_flops(query: TensorType, value: TensorType, key: TensorType) -> Size:
    """Operations of scores, their softmax, and the mean, for one example."""
    pairs = math.prod(query.shape[:-1]) * value.axis(-2)
    return pairs * (2 * key.axis(-1) + 3 + 2 * value.axis(-1))


def attention(
    query: Array,
    value: Array,
    keys: Array | None = None,
    *,
    scale: Array | None = None,
    concat_score_weight: Array | None = None,
    dropout: float | None = None,
    use_causal_mask: bool = False,
    seed: int | None = None,
    masks: tuple[Array | None, ...] = (),
    key: Array,
    train: bool,
) -> Array:
    """query (..., queries, features), value and keys (..., keys, features)."""
    keys = value if keys is None else keys
    if concat_score_weight is None:
        scores = jnp.matmul(query, jnp.swapaxes(keys, -2, -1))
        scores = scores if scale is None else scores * scale
    else:
        sums = query[..., :, None, :] + keys[..., None, :, :]
        sums = sums if scale is None else scale * sums
        scores = concat_score_weight * jnp.sum(jnp.tanh(sums), axis=-1)
    where = allowed(scores, masks, use_causal_mask=use_causal_mask)
    weights = attention_weights(scores, where, dropout=dropout, seed=seed, key=key, train=train)
    y = jnp.matmul(weights, value)
    if masks and masks[0] is not None:
        y = jnp.where(masks[0][..., None], y, 0.0)
    return y
