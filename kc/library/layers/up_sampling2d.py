"""Growth of an image by whole factors."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Pair
from kc.library.reshaping import Interpolation, UpSampling, interpolate, repeat_cells
from kc.library.windows import spatial_shape


class UpSampling2D(UpSampling[Pair], kind="up_sampling2d", aka=("upsampling2d",)):
    """Each cell several times, or values between the cells.

    ``nearest`` repeats every cell. Interpolation puts the cells at halves (0.5, 1.5, ...); at the
    border it leaves out the cells that are not there, and the weights of the others sum to 1.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/reshaping/up_sampling2d.py``.

    Example:
        - up_sampling2d: {size: 2, interpolation: bilinear}
    """

    size: Pair = (2, 2)
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    interpolation: Interpolation = "nearest"
    """How values are found between cells."""

    def infer(self, x: TensorType, /) -> Inferred:
        return self.grown(x, self.data_format, self.interpolation)

    def lower(self) -> Call:
        factors = spatial_shape(self.size, 1, self.data_format)
        if self.interpolation == "nearest":
            return Call(repeat_cells, factors=factors)
        return Call(interpolate, factors=factors, method=self.interpolation)
