"""Maximum of a given number of windows of a sequence."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.adaptive_pooling import AdaptivePooling, adaptive_max_pooling
from kc.library.fields import Single


class AdaptiveMaxPooling1D(
    AdaptivePooling[Single], kind="adaptive_max_pooling1d", aka=("adaptive_max_pool1d",)
):
    """The largest value of each of ``output_size`` windows that cover a sequence.

    Window i of m along an axis of n cells reaches from cell floor(i n / m) to the one before
    ceil((i + 1) n / m): windows overlap where m does not divide n.

    Shapes: (steps, channels) -> (*output_size, channels).

    Source: ``keras/src/layers/pooling/adaptive_max_pooling1d.py``.

    Example:
        - adaptive_max_pooling1d: 3
    """

    def lower(self) -> Call:
        return Call(adaptive_max_pooling, **self.settings)
