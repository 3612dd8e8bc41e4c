"""Functions as a plugin may have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from kc.core.lazy import jax, jnp
from kc.library.layers.add import align as align_shapes

if TYPE_CHECKING:
    from jax import Array

Count = Annotated[int, Field(gt=0)]
SCALE = 2.0
"""How much larger things become."""


def scaled(x: Array, *, times: Count = 1) -> Array:
    for _ in range(times):
        x = x * SCALE
    return x


@jax.custom_jvp
def rounded(x: Array) -> Array:
    return jnp.round(x)


rounded.defjvps(lambda tangent, answer, x: tangent)


def align(x: Array, *, align_more: bool) -> Array:
    return align(x, align_more=False) if align_more else align_shapes((x, x))[0]


def lazy(x: Array) -> Array:
    from kc.library.activations import tanh

    return tanh(x)


class Config(BaseModel):
    """Not a thing to print."""


def configured(x: Array, config: Config) -> Array:
    return x


def shadowed(x: Array) -> Array:
    return helper(x) + (lambda scaled: scaled)(scaled(x))


def helper(x: Array) -> Array:
    return x
