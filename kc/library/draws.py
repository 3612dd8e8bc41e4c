"""Inputs that training draws at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kc.core.lazy import jax
from kc.core.program import Call

if TYPE_CHECKING:
    from jax import Array

Distribution = Literal["normal", "uniform"]
"""Of mean 0 and deviation 1, or from 0 up to 1."""


def normal(key: Array, shape: tuple[int, ...]) -> Array:
    return jax.random.normal(key, shape)


def uniform(key: Array, shape: tuple[int, ...]) -> Array:
    return jax.random.uniform(key, shape)


def draws(distribution: Distribution) -> Call:
    """A function of ``(key, shape)``."""
    return Call(normal if distribution == "normal" else uniform)
