"""Zeros around an image."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Edges2D
from kc.library.reshaping import ZeroPadding, all_edges, zero_pad


class ZeroPadding2D(ZeroPadding[Edges2D], kind="zero_padding2d"):
    """An image with zeros at its edges.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/reshaping/zero_padding2d.py``.

    Example:
        - zero_padding2d: [[1, 0], [2, 1]]
    """

    padding: Edges2D = ((1, 1), (1, 1))

    def lower(self) -> Call:
        return Call(zero_pad, edges=all_edges(self.padding, self.data_format))
