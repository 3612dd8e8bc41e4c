"""Zeros around a sequence."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Edges1D
from kc.library.reshaping import ZeroPadding, all_edges, zero_pad


class ZeroPadding1D(ZeroPadding[Edges1D], kind="zero_padding1d"):
    """A sequence with zeros at its edges.

    Shapes: (steps, channels) -> (steps', channels).

    Source: ``keras/src/layers/reshaping/zero_padding1d.py``.

    Example:
        - zero_padding1d: [1, 2]
    """

    padding: Edges1D = ((1, 1),)

    def lower(self) -> Call:
        return Call(zero_pad, edges=all_edges(self.padding, self.data_format))
