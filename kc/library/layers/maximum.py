"""Largest of several inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.merging import Elementwise, reduce_counted

if TYPE_CHECKING:
    from jax import Array


class Maximum(Elementwise, kind="maximum"):
    """The largest of its inputs, element by element. Where some are masked, of those that count.

    Shapes: equal shapes -> the same; sizes of 1 stretch, and where ranks differ the smaller one
    gets axes right after the batch.

    Source: ``keras/src/layers/merging/maximum.py``.

    Example:
        - {maximum: {}, from: [left, right]}
    """

    def lower(self) -> Call:
        return Call(maximum)


def maximum(*inputs: Array, masks: tuple[Array | None, ...] | None = None) -> Array:
    return reduce_counted(jnp.maximum, inputs, masks)
