"""Mean over a whole image."""

from __future__ import annotations

from typing import ClassVar

from kc.core.program import Call
from kc.library.pooling import GlobalPooling, global_average_pooling


class GlobalAveragePooling2D(
    GlobalPooling, kind="global_average_pooling2d", aka=("global_avg_pool2d",)
):
    """The mean of each channel.

    Shapes: (height, width, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_average_pooling2d.py``.

    Example:
        - global_average_pooling2d
    """

    rank: ClassVar[int] = 2

    def lower(self) -> Call:
        return Call(global_average_pooling, **self.settings)
