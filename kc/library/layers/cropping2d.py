"""Cuts the edges off an image."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Edges2D
from kc.library.reshaping import Cropping, all_edges, crop


class Cropping2D(Cropping[Edges2D], kind="cropping2d"):
    """An image without the cells at its edges. By default nothing is cut off, as in Keras.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/reshaping/cropping2d.py``.

    Example:
        - cropping2d: [[1, 0], [2, 1]]
    """

    cropping: Edges2D = ((0, 0), (0, 0))
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        return self.cropped(x, self.data_format)

    def lower(self) -> Call:
        return Call(crop, edges=all_edges(self.cropping, self.data_format))
