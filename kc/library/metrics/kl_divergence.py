"""Mean distance of distributions."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.kl_divergence import kl_divergence
from kc.library.metric import MeanMetric


class KLDivergenceMetric(
    MeanMetric, kind="kl_divergence", aka=("kld", "kullback_leibler_divergence")
):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/probabilistic_metrics.py``.

    Example:
        metrics: [kl_divergence]
    """

    def values(self) -> Call:
        return Call(kl_divergence)
