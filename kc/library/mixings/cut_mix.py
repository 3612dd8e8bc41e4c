"""Images with a box of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.library.fields import DataFormat
from kc.library.images.draws import from_last, strip, to_last
from kc.library.images.types import UpTo
from kc.library.mixing import Mixing, partners

if TYPE_CHECKING:
    from jax import Array


class CutMix(Mixing, kind="cut_mix"):
    """Pastes a random box of another image; targets are mixed by its area (Yun et al. 2019).

    The box has the proportions of the image and lies inside of it. The part that it leaves is drawn
    from Beta(a, a) for each image, and a for each batch from the range that ``factor`` gives.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/cut_mix.py``.

    Example:
        loss: categorical_crossentropy
        mix: [cut_mix: {factor: 1.0}]
    """

    factor: UpTo = (0.0, 1.0)
    """How much boxes vary in size: the largest a, or a range. Near 0 they are empty or whole."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def lower(self) -> Call:
        return Call(cut_mix, factor=self.factor, data_format=self.data_format)


def cut_mix(
    x: Array,
    *,
    factor: tuple[float, float] = (0.0, 1.0),
    data_format: str = "channels_last",
    valid: Array,
    key: Array,
) -> tuple[Array, Array, Array]:
    """The images with boxes, the number of each one's partner, and its own share of the area."""
    keys = jax.random.split(key, 5)
    # Beta has no parameter 0.
    alpha = jax.random.uniform(keys[0], minval=factor[0], maxval=factor[1]) + 1e-6
    share = jax.random.beta(keys[1], alpha, alpha, valid.shape)
    partner = partners(keys[2], valid)
    y = to_last(jnp.asarray(x, jnp.float32), data_format)
    side = jnp.sqrt(1.0 - share)[:, None, None, None]
    box = strip(keys[3], y, 1, side) & strip(keys[4], y, 2, side)
    return from_last(jnp.where(box, y[partner], y), data_format), partner, share
