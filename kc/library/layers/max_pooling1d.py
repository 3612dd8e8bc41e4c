"""Maximum of each window of a sequence."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Single
from kc.library.pooling import Pooling, max_pooling


class MaxPooling1D(Pooling[Single], kind="max_pooling1d", aka=("max_pool1d",)):
    """The largest value of each window. Cells beyond the border do not count.

    Shapes: (steps, channels) -> (steps', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - max_pooling1d: 2
    """

    pool_size: Single = (2,)

    def lower(self) -> Call:
        return Call(max_pooling, **self.settings)
