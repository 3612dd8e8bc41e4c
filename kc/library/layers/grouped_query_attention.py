"""Attention in which heads of queries share heads of keys and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.attending import allowed, attention_weights, query_value_key
from kc.library.attention_heads import Heads, from_heads, gated, to_heads
from kc.library.fields import Fraction, PositiveInt, Seed
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class _Sizes(Layer):
    """Sizes of the heads, a base that stands last so that these fields come first."""

    head_dim: PositiveInt
    """Features of a query, a key and a value in each head."""
    num_query_heads: PositiveInt
    """How many times queries look, each time with a projection of its own."""
    num_key_value_heads: PositiveInt
    """How many projections of keys and values there are; it divides ``num_query_heads``."""
    dropout: Fraction = 0.0
    """Part of the weights that is dropped while training."""


class GroupedQueryAttention(Heads, _Sizes, kind="grouped_query_attention"):
    """Multi-head attention with fewer heads of keys and values (Ainslie et al. 2023).

    Neighbouring heads of queries form groups; each group looks at one head of keys and values. One
    input attends to itself. Everything else is as in ``multi_head_attention``.

    Shapes: query (queries, features), value (steps, any) and key (steps, any) -> (queries,
    features). Without a key the values are the keys.

    Source: ``keras/src/layers/attention/grouped_query_attention.py``.

    Example:
        - grouped_query_attention: {head_dim: 3, num_query_heads: 4, num_key_value_heads: 2}
    """

    sliding_window: PositiveInt | None = None
    """Lets a query look at steps that are less than this far from its own only."""
    use_gate: bool = False
    """Whether a sigmoid of the queries scales the results of the heads (Qiu et al. 2025)."""
    use_causal_mask: bool = False
    """Whether a query looks at no later step than its own."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    @model_validator(mode="after")
    def _groups(self) -> GroupedQueryAttention:
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"`num_query_heads` ({self.num_query_heads}) has to be a multiple of "
                f"`num_key_value_heads` ({self.num_key_value_heads})"
            )
        return self

    def infer(self, *inputs: TensorType) -> Inferred:
        query, value, key = query_value_key(inputs)
        for name, x in (("query", query), ("value", value)):
            if x.rank != 2:
                raise ShapeError(
                    f"needs an axis of steps and one of features, the {name} is {x}",
                    "`multi_head_attention` looks along several axes",
                )
        queries = (self.num_query_heads, self.head_dim)
        keys = (self.num_key_value_heads, self.head_dim)
        features = query.axis(-1)
        gate = self.projection("gate", (features, *queries), queries) if self.use_gate else {}
        weights = {
            **self.projection("query", (features, *queries), queries),
            **self.projection("key", (key.axis(-1), *keys), keys),
            **gate,
            **self.projection("value", (value.axis(-1), *keys), keys),
            **self.projection("output", (*queries, features), (features,)),
        }
        projected = query.size * self.num_query_heads * (2 + self.use_gate)
        projected += (key.size + value.size) * self.num_key_value_heads
        pairs = query.axis(-2) * value.axis(-2) * self.num_query_heads
        flops = 2 * projected * self.head_dim + pairs * (4 * self.head_dim + 3)
        return Inferred(query, weights, flops=flops)

    def lower(self) -> Call:
        return Call(
            grouped_query_attention,
            dropout=self.dropout or None,
            use_causal_mask=self.use_causal_mask,
            sliding_window=self.sliding_window,
            seed=self.seed,
        )


def grouped_query_attention(
    query: Array,
    value: Array | None = None,
    keys: Array | None = None,
    *,
    query_kernel: Array,
    query_bias: Array | None = None,
    key_kernel: Array,
    key_bias: Array | None = None,
    gate_kernel: Array | None = None,
    gate_bias: Array | None = None,
    value_kernel: Array,
    value_bias: Array | None = None,
    output_kernel: Array,
    output_bias: Array | None = None,
    dropout: float | None = None,
    use_causal_mask: bool = False,
    sliding_window: int | None = None,
    seed: int | None = None,
    masks: tuple[Array | None, ...] = (),
    key: Array,
    train: bool,
) -> Array:
    """query (batch, queries, features), value and keys (batch, steps, any)."""
    value = query if value is None else value
    keys = value if keys is None else keys
    q = to_heads(query, query_kernel, query_bias) * query_kernel.shape[-1] ** -0.5
    k = to_heads(keys, key_kernel, key_bias)
    v = to_heads(value, value_kernel, value_bias)
    # In groups: (batch, steps, heads of keys, heads of queries in a group, size).
    q = q.reshape(*q.shape[:2], k.shape[2], -1, q.shape[-1])
    scores = jnp.einsum("bqngd,bknd->bngqk", q, k)
    where = allowed(scores, masks, use_causal_mask=use_causal_mask, sliding_window=sliding_window)
    weights = attention_weights(scores, where, dropout=dropout, seed=seed, key=key, train=train)
    y = jnp.einsum("bngqk,bknd->bqngd", weights, v)
    y = y.reshape(*y.shape[:2], -1, y.shape[-1])
    return from_heads(gated(y, query, gate_kernel, gate_bias), output_kernel, output_bias)
