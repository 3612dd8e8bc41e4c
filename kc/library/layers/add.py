"""Sum of several inputs."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.merging import Elementwise, align

if TYPE_CHECKING:
    from jax import Array


class Add(Elementwise, kind="add"):
    """The elementwise sum of its inputs.

    Shapes: equal shapes -> the same; sizes of 1 stretch, and where ranks differ the smaller one
    gets axes right after the batch.

    Source: ``keras/src/layers/merging/base_merge.py``.

    Example:
        - {add: {}, from: [left, right]}
    """

    def lower(self) -> Call:
        return Call(add)


def add(*inputs: Array) -> Array:
    return reduce(jnp.add, align(inputs))
