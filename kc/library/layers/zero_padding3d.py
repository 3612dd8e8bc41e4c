"""Zeros around a volume."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Edges3D
from kc.library.reshaping import ZeroPadding, all_edges, zero_pad


class ZeroPadding3D(ZeroPadding[Edges3D], kind="zero_padding3d"):
    """A volume with zeros at its edges.

    Shapes: (depth, height, width, channels) -> (depth', height', width', channels).

    Source: ``keras/src/layers/reshaping/zero_padding3d.py``.

    Example:
        - zero_padding3d: 1
    """

    padding: Edges3D = ((1, 1), (1, 1), (1, 1))

    def lower(self) -> Call:
        return Call(zero_pad, edges=all_edges(self.padding, self.data_format))
