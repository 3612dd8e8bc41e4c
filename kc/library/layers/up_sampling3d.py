"""Growth of a volume by whole factors."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Triple
from kc.library.reshaping import UpSampling, repeat_cells
from kc.library.windows import spatial_shape


class UpSampling3D(UpSampling[Triple], kind="up_sampling3d", aka=("upsampling3d",)):
    """Each cell several times along each axis.

    Shapes: (depth, height, width, channels) -> (depth', height', width', channels).

    Source: ``keras/src/layers/reshaping/up_sampling3d.py``.

    Example:
        - up_sampling3d: 2
    """

    size: Triple = (2, 2, 2)
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        return self.grown(x, self.data_format)

    def lower(self) -> Call:
        return Call(repeat_cells, factors=spatial_shape(self.size, 1, self.data_format))
