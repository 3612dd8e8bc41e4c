"""Images laid over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax
from kc.core.program import Call
from kc.library.fields import PositiveFloat
from kc.library.mixing import Mixing, blend, partners

if TYPE_CHECKING:
    from jax import Array


class MixUp(Mixing, kind="mix_up"):
    """``share * x + (1 - share) * partner``, for images and for targets (Zhang et al. 2018).

    The share of each image is drawn from Beta(alpha, alpha), its partner at random.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/mix_up.py``.

    Example:
        loss: sparse_categorical_crossentropy
        mix: [mix_up: {alpha: 0.2}]
    """

    alpha: PositiveFloat = 0.2
    """How much is mixed: near 0 one of the two images prevails, 1 makes all shares as likely."""

    def lower(self) -> Call:
        return Call(mix_up, alpha=self.alpha)


def mix_up(x: Array, *, alpha: float = 0.2, valid: Array, key: Array) -> tuple[Array, Array, Array]:
    """The mixed images, the number of each one's partner, and its own share."""
    first, second = jax.random.split(key)
    partner = partners(first, valid)
    share = jax.random.beta(second, alpha, alpha, valid.shape)
    return blend(x, partner, share), partner, share
