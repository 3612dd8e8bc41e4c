"""Attention with several heads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, Shape, ShapeError, Size, TensorType
from kc.library.attending import allowed, attention_weights, query_value_key
from kc.library.attention_heads import Heads, from_heads, gated, to_heads
from kc.library.axes import SomeAxes, example_axes
from kc.library.fields import Fraction, PositiveInt, Seed
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class _Sizes(Layer):
    """Sizes of the heads, a base that stands last so that these fields come first."""

    num_heads: PositiveInt
    """How many times queries look, each time with projections of its own."""
    key_dim: PositiveInt
    """Features of a query and a key in each head."""
    value_dim: PositiveInt | None = None
    """Features of a value in each head; those of ``key_dim`` by default."""
    dropout: Fraction = 0.0
    """Part of the weights that is dropped while training."""


class MultiHeadAttention(Heads, _Sizes, kind="multi_head_attention"):
    """Attention with several heads, each with projections of its own (Vaswani et al. 2017).

    In each head ``softmax(query @ key^T / sqrt(key_dim)) @ value`` of the projected inputs; then
    one projection of all heads together. One input attends to itself. Queries look along
    ``attention_axes``, for each place of the other axes by itself.

    Keras fuses the computation for some shapes; the numbers are the same. Its ``flash_attention``
    says how to compute and not what, so it is no argument here, and neither is its
    ``activity_regularizer``, which penalizes the projections inside.

    Shapes: query (..., queries, features), value (..., steps, any) and key (..., steps, any) ->
    (..., queries, features), or ``output_shape`` in place of the features. Without a key the values
    are the keys.

    Source: ``keras/src/layers/attention/multi_head_attention.py``.

    Example:
        - multi_head_attention: {num_heads: 2, key_dim: 3, use_causal_mask: true}
    """

    output_shape: PositiveInt | tuple[PositiveInt, ...] | None = None
    """Features of the result, one axis or several; those of the query by default."""
    attention_axes: SomeAxes | None = None
    """The axis or axes of steps; by default all but the batch and the features."""
    sliding_window: PositiveInt | None = None
    """Lets a query look at steps that are less than this far from its own only."""
    use_gate: bool = False
    """Whether a sigmoid of the queries scales the results of the heads (Qiu et al. 2025)."""
    use_causal_mask: bool = False
    """Whether a query looks at no later step than its own."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    @model_validator(mode="after")
    def _features(self) -> MultiHeadAttention:
        if self.output_shape == ():
            raise ValueError("`output_shape` needs at least one size")
        return self

    def infer(self, *inputs: TensorType) -> Inferred:
        query, value, key = query_value_key(inputs)
        steps = self._steps(query, value)
        keys, values = (self.num_heads, self.key_dim), (self.num_heads, self._value_dim)
        features = self._features_of(query)
        weights = {
            **self.projection("query", (query.axis(-1), *keys), keys),
            **self.projection("key", (key.axis(-1), *keys), keys),
            **(self.projection("gate", (query.axis(-1), *values), values) if self.use_gate else {}),
            **self.projection("value", (value.axis(-1), *values), values),
            **self.projection("output", (*values, *features), features),
        }
        projected = math.prod(keys) * (query.size + key.size)
        projected += math.prod(values) * (value.size + query.size * self.use_gate)
        queries = math.prod(query.shape[:-1])
        projected += queries * math.prod(values) * math.prod(features)
        pairs = queries * steps * self.num_heads
        flops = 2 * projected + pairs * (2 * self.key_dim + 3 + 2 * self._value_dim)
        return Inferred(query.with_shape(*query.shape[:-1], *features), weights, flops=flops)

    @property
    def _value_dim(self) -> int:
        return self.key_dim if self.value_dim is None else self.value_dim

    def _features_of(self, query: TensorType) -> Shape:
        if self.output_shape is None:
            return (query.axis(-1),)
        return self.output_shape if isinstance(self.output_shape, tuple) else (self.output_shape,)

    def _steps(self, query: TensorType, value: TensorType) -> Size:
        """How many values a query looks at."""
        if query.rank != value.rank:
            raise ShapeError(f"needs as many axes in the query {query} as in the value {value}")
        axes = tuple(range(query.rank - 1))
        if self.attention_axes is not None:
            axes = example_axes(self.attention_axes, query)
        if query.rank - 1 in axes:
            raise ShapeError(
                f"cannot look along the axis of features, the last one of {query}",
                "choose other `attention_axes`",
            )
        rest = [axis for axis in range(query.rank - 1) if axis not in axes]
        if any(query.shape[axis] != value.shape[axis] for axis in rest):
            raise ShapeError(
                f"the query {query} and the value {value} differ on an axis that is not looked "
                "along",
                "name that axis in `attention_axes`, or give it one size",
            )
        if len(axes) > 1 and (self.use_causal_mask or self.sliding_window is not None):
            raise ShapeError(
                f"cannot tell which of the steps on {len(axes)} axes come first",
                "a causal mask and a sliding window are for one axis: set `attention_axes`",
            )
        return math.prod(value.shape[axis] for axis in axes)

    def lower(self) -> Call:
        axes = self.attention_axes
        return Call(
            multi_head_attention,
            attention_axes=(axes,) if isinstance(axes, int) else axes,
            dropout=self.dropout or None,
            use_causal_mask=self.use_causal_mask,
            sliding_window=self.sliding_window,
            seed=self.seed,
        )


def multi_head_attention(
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
    attention_axes: tuple[int, ...] | None = None,
    dropout: float | None = None,
    use_causal_mask: bool = False,
    sliding_window: int | None = None,
    seed: int | None = None,
    masks: tuple[Array | None, ...] = (),
    key: Array,
    train: bool,
) -> Array:
    """query (batch, ..., queries, features), value and keys (batch, ..., steps, any)."""
    value = query if value is None else value
    keys = value if keys is None else keys
    q = to_heads(query, query_kernel, query_bias) * query_kernel.shape[-1] ** -0.5
    k = to_heads(keys, key_kernel, key_bias)
    v = to_heads(value, value_kernel, value_bias)
    axes = tuple(range(1, query.ndim - 1))
    if attention_axes is not None:
        axes = tuple(sorted({axis % query.ndim for axis in attention_axes}))
    q, k, v = join_steps(q, axes), join_steps(k, axes), join_steps(v, axes)
    scores = jnp.einsum("...qhd,...khd->...hqk", q, k)
    where = allowed(scores, masks, use_causal_mask=use_causal_mask, sliding_window=sliding_window)
    weights = attention_weights(scores, where, dropout=dropout, seed=seed, key=key, train=train)
    y = jnp.einsum("...hqk,...khd->...qhd", weights, v)
    y = split_steps(y, axes, query.shape)
    return from_heads(gated(y, query, gate_kernel, gate_bias), output_kernel, output_bias)


def join_steps(x: Array, axes: tuple[int, ...]) -> Array:
    """The axes of steps as one, in front of heads and size."""
    if axes == (x.ndim - 3,):
        return x
    last = range(x.ndim - 2 - len(axes), x.ndim - 2)
    x = jnp.moveaxis(x, axes, last)
    return x.reshape(*x.shape[: last[0]], -1, *x.shape[-2:])


def split_steps(x: Array, axes: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """The inverse of ``join_steps`` for an array whose first axes have this shape."""
    if axes == (len(shape) - 2,):
        return x
    last = range(len(shape) - 1 - len(axes), len(shape) - 1)
    x = x.reshape(*x.shape[: last[0]], *(shape[axis] for axis in axes), *x.shape[-2:])
    return jnp.moveaxis(x, last, axes)
