"""Maximum of a given number of windows of an image."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.adaptive_pooling import AdaptivePooling, adaptive_max_pooling
from kc.library.fields import Pair


class AdaptiveMaxPooling2D(
    AdaptivePooling[Pair], kind="adaptive_max_pooling2d", aka=("adaptive_max_pool2d",)
):
    """The largest value of each of ``output_size`` windows that cover an image.

    Window i of m along an axis of n cells reaches from cell floor(i n / m) to the one before
    ceil((i + 1) n / m): windows overlap where m does not divide n.

    Shapes: (height, width, channels) -> (*output_size, channels).

    Source: ``keras/src/layers/pooling/adaptive_max_pooling2d.py``.

    Example:
        - adaptive_max_pooling2d: 3
    """

    def lower(self) -> Call:
        return Call(adaptive_max_pooling, **self.settings)
