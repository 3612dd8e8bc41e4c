"""Images whose values are about equally frequent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat
from kc.library.images.colours import equalize
from kc.library.images.draws import from_last, to_last
from kc.library.images.types import BYTES, Levels, ValueRange, image
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Equalization(Layer, kind="equalization"):
    """Replaces values by their rank in the channel of the image while training; floats come out.

    Keras ranks values among those of the whole batch. Here an image does not depend on those that
    it happens to meet in its batch.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/equalization.py``.

    Example:
        - equalization: {value_range: [0, 1]}
    """

    in_float32 = True

    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    bins: Levels = 256
    """How many levels are told apart."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=10 * y.size)

    def lower(self) -> Call:
        return Call(
            equalization, value_range=self.value_range, bins=self.bins, data_format=self.data_format
        ).branches_on("value_range")


def equalization(
    x: Array,
    *,
    value_range: tuple[float, float] = (0.0, 255.0),
    bins: int = 256,
    data_format: str = "channels_last",
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    return from_last(equalize(to_last(x, data_format), bins, value_range), data_format)
