"""Mean of each window of a sequence."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Single
from kc.library.pooling import Pooling, average_pooling


class AveragePooling1D(Pooling[Single], kind="average_pooling1d", aka=("avg_pool1d",)):
    """The mean of each window, over the cells that lie in the sequence.

    Shapes: (steps, channels) -> (steps', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - average_pooling1d: 2
    """

    pool_size: Single = (2,)

    def lower(self) -> Call:
        return Call(average_pooling, **self.settings)
