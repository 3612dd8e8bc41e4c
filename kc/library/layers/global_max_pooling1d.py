"""Maximum over a whole sequence."""

from __future__ import annotations

from typing import ClassVar

from kc.core.program import Call
from kc.library.pooling import GlobalPooling, global_max_pooling


class GlobalMaxPooling1D(GlobalPooling, kind="global_max_pooling1d", aka=("global_max_pool1d",)):
    """The largest value of each channel.

    Shapes: (steps, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_max_pooling1d.py``.

    Example:
        - global_max_pooling1d
    """

    rank: ClassVar[int] = 1

    def lower(self) -> Call:
        return Call(global_max_pooling, **self.settings)
