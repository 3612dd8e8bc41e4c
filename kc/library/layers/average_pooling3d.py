"""Mean of each window of a volume."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Triple
from kc.library.pooling import Pooling, average_pooling


class AveragePooling3D(Pooling[Triple], kind="average_pooling3d", aka=("avg_pool3d",)):
    """The mean of each window, over the cells that lie in the volume.

    Shapes: (depth, height, width, channels) -> (depth', height', width', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - average_pooling3d: {pool_size: [1, 2, 2], padding: same}
    """

    pool_size: Triple = (2, 2, 2)

    def lower(self) -> Call:
        return Call(average_pooling, **self.settings)
