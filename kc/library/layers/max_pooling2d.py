"""Maximum of each window of an image."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Pair
from kc.library.pooling import Pooling, max_pooling


class MaxPooling2D(Pooling[Pair], kind="max_pooling2d", aka=("max_pool2d",)):
    """The largest value of each window. Cells beyond the border do not count.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - max_pooling2d: 2
    """

    pool_size: Pair = (2, 2)

    def lower(self) -> Call:
        return Call(max_pooling, **self.settings)
