"""Counts and their expected number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class Poisson(Loss, kind="poisson"):
    """``mean(output - target * log(output + 1e-7))`` over the last axis.

    The output is a rate and must not be negative, as after ``softplus`` or ``exponential``.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: poisson
    """

    predicts = "numbers"

    def lower(self) -> Call:
        return Call(poisson)


def poisson(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    return jnp.mean(output - target * jnp.log(output + 1e-7), axis=-1)
