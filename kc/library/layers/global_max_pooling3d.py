"""Maximum over a whole volume."""

from __future__ import annotations

from typing import ClassVar

from kc.core.program import Call
from kc.library.pooling import GlobalPooling, global_max_pooling


class GlobalMaxPooling3D(GlobalPooling, kind="global_max_pooling3d", aka=("global_max_pool3d",)):
    """The largest value of each channel.

    Shapes: (depth, height, width, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_max_pooling3d.py``.

    Example:
        - global_max_pooling3d
    """

    rank: ClassVar[int] = 3

    def lower(self) -> Call:
        return Call(global_max_pooling, **self.settings)
