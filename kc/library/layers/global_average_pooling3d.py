"""Mean over a whole volume."""

from __future__ import annotations

from typing import ClassVar

from kc.core.program import Call
from kc.library.pooling import GlobalPooling, global_average_pooling


class GlobalAveragePooling3D(
    GlobalPooling, kind="global_average_pooling3d", aka=("global_avg_pool3d",)
):
    """The mean of each channel.

    Shapes: (depth, height, width, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_average_pooling3d.py``.

    Example:
        - global_average_pooling3d
    """

    rank: ClassVar[int] = 3

    def lower(self) -> Call:
        return Call(global_average_pooling, **self.settings)
