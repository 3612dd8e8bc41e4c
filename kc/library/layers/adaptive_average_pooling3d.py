"""Mean of a given number of windows of a volume."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.adaptive_pooling import AdaptivePooling, adaptive_average_pooling
from kc.library.fields import Triple


class AdaptiveAveragePooling3D(
    AdaptivePooling[Triple], kind="adaptive_average_pooling3d", aka=("adaptive_avg_pool3d",)
):
    """The mean of each of ``output_size`` windows that cover a volume.

    Window i of m along an axis of n cells reaches from cell floor(i n / m) to the one before
    ceil((i + 1) n / m): windows overlap where m does not divide n.

    Shapes: (depth, height, width, channels) -> (*output_size, channels).

    Source: ``keras/src/layers/pooling/adaptive_average_pooling3d.py``.

    Example:
        - adaptive_average_pooling3d: 3
    """

    def lower(self) -> Call:
        return Call(adaptive_average_pooling, **self.settings)
