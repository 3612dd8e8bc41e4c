"""Maximum over a whole image."""

from __future__ import annotations

from typing import ClassVar

from kc.core.program import Call
from kc.library.pooling import GlobalPooling, global_max_pooling


class GlobalMaxPooling2D(GlobalPooling, kind="global_max_pooling2d", aka=("global_max_pool2d",)):
    """The largest value of each channel.

    Shapes: (height, width, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_max_pooling2d.py``.

    Example:
        - global_max_pooling2d
    """

    rank: ClassVar[int] = 2

    def lower(self) -> Call:
        return Call(global_max_pooling, **self.settings)
