"""Mean crossentropy of independent yes-or-no outputs."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.fields import Fraction
from kc.library.losses.binary_crossentropy import binary_crossentropy
from kc.library.metric import MeanMetric


class BinaryCrossentropyMetric(MeanMetric, kind="binary_crossentropy", aka=("bce",)):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/probabilistic_metrics.py``.

    Example:
        metrics: [binary_crossentropy]
    """

    from_logits: bool = False
    """Whether the output goes without sigmoid: the metric then applies it."""
    label_smoothing: Fraction = 0.0
    """How far targets move towards one half."""

    def values(self) -> Call:
        return Call(
            binary_crossentropy,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing or None,
        )
