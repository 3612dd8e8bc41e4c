"""Mean over the whole image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat
from kc.library.layer import Layer
from kc.library.windows import image_axes, image_type

if TYPE_CHECKING:
    from jax import Array


class GlobalAveragePooling2D(Layer, kind="global_average_pooling2d"):
    """The mean of each channel.

    Shapes: (height, width, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_average_pooling2d.py``.

    Example:
        - global_average_pooling2d
    """

    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    keepdims: bool = False
    """Whether the two spatial axes stay, with size 1."""

    def infer(self, x: TensorType, /) -> Inferred:
        _, _, channels = image_axes(x, self.data_format)
        if self.keepdims:
            return Inferred(image_type(1, 1, channels, self.data_format), flops=x.size)
        return Inferred(x.with_shape(channels), flops=x.size)

    def lower(self) -> Call:
        axes = (1, 2) if self.data_format == "channels_last" else (2, 3)
        return Call(global_average_pooling2d, axes=axes, keepdims=self.keepdims)


def global_average_pooling2d(x: Array, *, axes: tuple[int, int], keepdims: bool) -> Array:
    return jnp.mean(x, axis=axes, keepdims=keepdims)
