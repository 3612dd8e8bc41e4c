"""Maximum of each window of a volume."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Triple
from kc.library.pooling import Pooling, max_pooling


class MaxPooling3D(Pooling[Triple], kind="max_pooling3d", aka=("max_pool3d",)):
    """The largest value of each window. Cells beyond the border do not count.

    Shapes: (depth, height, width, channels) -> (depth', height', width', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - max_pooling3d: {pool_size: [1, 2, 2], padding: same}
    """

    pool_size: Triple = (2, 2, 2)

    def lower(self) -> Call:
        return Call(max_pooling, **self.settings)
