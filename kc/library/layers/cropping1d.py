"""Cuts the edges off a sequence."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import Edges1D
from kc.library.reshaping import Cropping, all_edges, crop


class Cropping1D(Cropping[Edges1D], kind="cropping1d"):
    """A sequence without the cells at its edges.

    Shapes: (steps, channels) -> (steps', channels).

    Source: ``keras/src/layers/reshaping/cropping1d.py``.

    Example:
        - cropping1d: [1, 2]
    """

    cropping: Edges1D = ((1, 1),)

    def infer(self, x: TensorType, /) -> Inferred:
        return self.cropped(x)

    def lower(self) -> Call:
        return Call(crop, edges=all_edges(self.cropping, "channels_last"))
