"""What pooling layers over images share: arguments and shapes."""

from __future__ import annotations

from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Padding, Pair
from kc.library.layer import Layer
from kc.library.windows import image_axes, image_type, window_sizes


class Pooling2D(Layer):
    """Reduces each window of an image to one value."""

    pool_size: Pair = (2, 2)
    """Height and width of a window."""
    strides: Pair | None = None
    """Steps between windows; those of ``pool_size`` by default."""
    padding: Padding = "valid"
    """``valid`` uses whole windows only, ``same`` lets windows reach over the border."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        height, width, channels = image_axes(x, self.data_format)
        rows, columns = window_sizes((height, width), self.pool_size, self.steps, self.padding)
        y = image_type(rows, columns, channels, self.data_format)
        return Inferred(y, flops=y.size * self.pool_size[0] * self.pool_size[1])

    @property
    def steps(self) -> tuple[int, int]:
        return self.strides or self.pool_size

    @property
    def settings(self) -> dict[str, object]:
        """Window and strides over all four axes of a batch, as ``lax.reduce_window`` takes them."""
        last = self.data_format == "channels_last"
        return {
            "window": (1, *self.pool_size, 1) if last else (1, 1, *self.pool_size),
            "strides": (1, *self.steps, 1) if last else (1, 1, *self.steps),
            "padding": self.padding.upper(),
        }
