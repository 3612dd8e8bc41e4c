"""Growth of a sequence by whole factors."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import Single
from kc.library.reshaping import UpSampling, repeat_cells
from kc.library.windows import spatial_shape


class UpSampling1D(UpSampling[Single], kind="up_sampling1d", aka=("upsampling1d",)):
    """Each cell several times along each axis.

    Shapes: (steps, channels) -> (steps', channels).

    Source: ``keras/src/layers/reshaping/up_sampling1d.py``.

    Example:
        - up_sampling1d: 2
    """

    size: Single = (2,)

    def infer(self, x: TensorType, /) -> Inferred:
        return self.grown(x)

    def lower(self) -> Call:
        return Call(repeat_cells, factors=spatial_shape(self.size, 1, "channels_last"))
