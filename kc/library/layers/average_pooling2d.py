"""Mean of each window of an image."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Pair
from kc.library.pooling import Pooling, average_pooling


class AveragePooling2D(Pooling[Pair], kind="average_pooling2d", aka=("avg_pool2d",)):
    """The mean of each window, over the cells that lie in the image.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - average_pooling2d: {pool_size: 3, strides: 2, padding: same}
    """

    pool_size: Pair = (2, 2)

    def lower(self) -> Call:
        return Call(average_pooling, **self.settings)
