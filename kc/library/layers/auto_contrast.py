"""Images that use the whole range of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat
from kc.library.images.colours import stretch
from kc.library.images.draws import from_last, to_last
from kc.library.images.types import BYTES, ValueRange, image
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class AutoContrast(Layer, kind="auto_contrast"):
    """Stretches each channel of each image over the value range, in training and after; as floats.

    Keras knows this layer with channels last only.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/auto_contrast.py``.

    Example:
        - auto_contrast: {value_range: [0, 1]}
    """

    in_float32 = True

    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=7 * y.size)

    def lower(self) -> Call:
        return Call(auto_contrast, value_range=self.value_range, data_format=self.data_format)


def auto_contrast(
    x: Array,
    *,
    value_range: tuple[float, float] = (0.0, 255.0),
    data_format: str = "channels_last",
) -> Array:
    y = to_last(jnp.asarray(x, jnp.float32), data_format)
    return from_last(stretch(y, value_range), data_format)
