"""Crossentropy of yes-or-no outputs that looks at the hard examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis, Fraction, NonNegativeFloat, Probability
from kc.library.labels import check_unit_interval
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class BinaryFocalCrossentropy(Loss, kind="binary_focal_crossentropy", aka=("focal", "focal_loss")):
    """``-mean((1 - q)^gamma * log(q))`` over an axis, q the probability given to the target.

    For a target t and an output p, ``q = t * p + (1 - t) * (1 - p)``. The crossentropy is that of
    ``binary_crossentropy``, clipping and label smoothing included.

    Source: ``keras/src/losses/losses.py``; Lin et al. 2017, equation 4.

    Example:
        loss: binary_focal_crossentropy
    """

    after = "sigmoid"
    predicts = "classes"

    apply_class_balancing: bool = False
    """Whether targets of 1 weigh ``alpha`` and targets of 0 ``1 - alpha``."""
    alpha: Probability = 0.25
    """Weight of the targets of 1, with ``apply_class_balancing``."""
    gamma: NonNegativeFloat = 2.0
    """How much less an example counts that is nearly right; 0 for not at all."""
    from_logits: bool = False
    """Whether the output goes without sigmoid: the loss then applies it."""
    label_smoothing: Fraction = 0.0
    """How far targets move towards one half."""
    axis: Axis = -1
    """The axis of the mean."""

    def target(self, output: TensorType) -> TensorType:
        if output.rank:
            example_axis(self.axis, output)
        return output

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_unit_interval(target)

    def lower(self) -> Call:
        return Call(
            binary_focal_crossentropy,
            alpha=self.alpha if self.apply_class_balancing else None,
            gamma=self.gamma,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing or None,
            axis=self.axis,
        )


def binary_focal_crossentropy(
    target: Array,
    output: Array,
    *,
    alpha: float | None = None,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float | None = None,
    axis: int = -1,
) -> Array:
    target, output = align(target, output)
    if label_smoothing is not None:
        target = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
    p = jax.nn.sigmoid(output) if from_logits else output
    clipped = jnp.clip(p, 1e-7, 1.0 - 1e-7)
    values = -(target * jnp.log(clipped) + (1.0 - target) * jnp.log(1.0 - clipped))
    wrong = 1.0 - (target * p + (1.0 - target) * (1.0 - p))
    # Bounded: at 0 the power has no finite gradient where gamma is below 1.
    values = jnp.maximum(wrong, 1e-7) ** gamma * values
    if alpha is not None:
        values = (target * alpha + (1.0 - target) * (1.0 - alpha)) * values
    return jnp.mean(values, axis=axis)
