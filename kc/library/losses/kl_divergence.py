"""How far one distribution is from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.labels import check_unit_interval
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class KLDivergence(Loss, kind="kl_divergence", aka=("kld", "kullback_leibler_divergence")):
    """``sum(target * log(target / output))`` over the last axis, both clipped to [1e-7, 1].

    Source: ``keras/src/losses/losses.py``; Kullback and Leibler 1951.

    Example:
        loss: kl_divergence
    """

    after = "softmax"

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_unit_interval(target)

    def lower(self) -> Call:
        return Call(kl_divergence)


def kl_divergence(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    target, output = jnp.clip(target, 1e-7, 1.0), jnp.clip(output, 1e-7, 1.0)
    return jnp.sum(target * jnp.log(target / output), axis=-1)
