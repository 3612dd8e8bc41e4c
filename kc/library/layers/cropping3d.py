"""Cuts the edges off a volume."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Edges3D
from kc.library.reshaping import Cropping, all_edges, crop


class Cropping3D(Cropping[Edges3D], kind="cropping3d"):
    """A volume without the cells at its edges.

    Shapes: (depth, height, width, channels) -> (depth', height', width', channels).

    Source: ``keras/src/layers/reshaping/cropping3d.py``.

    Example:
        - cropping3d: 1
    """

    cropping: Edges3D = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        return self.cropped(x, self.data_format)

    def lower(self) -> Call:
        return Call(crop, edges=all_edges(self.cropping, self.data_format))
