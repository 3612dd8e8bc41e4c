"""Attention by sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType, Weight
from kc.library.attending import Attending, allowed, attention_weights, query_value_key
from kc.library.fields import Fraction, Seed
from kc.library.initializers import GLOROT_UNIFORM
from kc.library.layers.attention import attention_flops, check_pairs

if TYPE_CHECKING:
    from jax import Array


class AdditiveAttention(Attending, kind="additive_attention"):
    """``softmax(sum(scale * tanh(query + key))) @ value`` (Bahdanau et al. 2015).

    A mean of values, weighted by how the query fits the key of each. The output of a masked query
    is zero.

    Shapes: query (..., queries, features), value (..., keys, width) and key (..., keys, features)
    -> (..., queries, width). Without a key the values are the keys.

    Source: ``keras/src/layers/attention/additive_attention.py``.

    Example:
        - {additive_attention: {}, from: [left, right]}
    """

    arity: ClassVar[tuple[int, int | None]] = (2, 3)

    use_scale: bool = True
    """Whether to weigh the features with a trainable vector."""
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
            weights["scale"] = Weight((query.axis(-1),), GLOROT_UNIFORM)
        y = query.with_axis(-1, value.axis(-1))
        return Inferred(y, weights, flops=attention_flops(query, value, key))

    def lower(self) -> Call:
        return Call(
            additive_attention,
            dropout=self.dropout or None,
            use_causal_mask=self.use_causal_mask,
            seed=self.seed,
        )


def additive_attention(
    query: Array,
    value: Array,
    keys: Array | None = None,
    *,
    scale: Array | None = None,
    dropout: float | None = None,
    use_causal_mask: bool = False,
    seed: int | None = None,
    masks: tuple[Array | None, ...] = (),
    key: Array,
    train: bool,
) -> Array:
    """query (..., queries, features), value and keys (..., keys, features)."""
    keys = value if keys is None else keys
    # For each query and each key: (..., queries, keys, features).
    fits = jnp.tanh(query[..., :, None, :] + keys[..., None, :, :])
    scores = jnp.sum(fits if scale is None else scale * fits, axis=-1)
    where = allowed(scores, masks, use_causal_mask=use_causal_mask)
    weights = attention_weights(scores, where, dropout=dropout, seed=seed, key=key, train=train)
    y = jnp.matmul(weights, value)
    if masks and masks[0] is not None:
        y = jnp.where(masks[0][..., None], y, 0.0)
    return y
