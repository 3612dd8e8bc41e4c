"""A layer of one's own."""

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, Weight
from kc.library.initializers import Constant
from kc.library.layer import Layer


class FeatureScale(Layer, kind="feature_scale"):
    """``x * tanh(scale)``, with one trainable scale for each feature.

    Example:
        - feature_scale: 0.5
    """

    start: float = 1.0
    """First value of every scale."""

    def infer(self, x, /):
        return Inferred(x, {"scale": Weight((x.axis(-1),), Constant(self.start))}, flops=2 * x.size)

    def lower(self):
        return Call(feature_scale)


def feature_scale(x, scale):
    """x (..., features), scale (features,) -> (..., features)."""
    return x * jnp.tanh(scale)
