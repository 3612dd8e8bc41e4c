"""Crossentropy of one-hot classes that looks at the hard examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import ShapeError, TensorType
from kc.library.fields import Axis, Fraction, NonNegativeFloat
from kc.library.labels import check_unit_interval
from kc.library.loss import Loss
from kc.library.losses.categorical_crossentropy import class_axis, log_probabilities

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class CategoricalFocalCrossentropy(Loss, kind="categorical_focal_crossentropy"):
    """``-sum(alpha * (1 - p)^gamma * target * log(p))`` over the classes.

    Probabilities are divided by their sum and clipped to [1e-7, 1 - 1e-7]. Label smoothing is that
    of ``categorical_crossentropy``.

    Source: ``keras/src/losses/losses.py``; Lin et al. 2017, equation 5.

    Example:
        loss: categorical_focal_crossentropy
    """

    after = "softmax"
    predicts = "classes"

    alpha: NonNegativeFloat | tuple[NonNegativeFloat, ...] = 0.25
    """Weight of all classes, or of each."""
    gamma: NonNegativeFloat = 2.0
    """How much less a class counts that is nearly right; 0 for not at all."""
    from_logits: bool = False
    """Whether the output goes without softmax: the loss then applies it."""
    label_smoothing: Fraction = 0.0
    """How far targets move towards equal probabilities."""
    axis: Axis = -1
    """The axis of the classes."""

    def target(self, output: TensorType) -> TensorType:
        index = class_axis(self.axis, output)
        if isinstance(self.alpha, tuple):
            if len(self.alpha) != output.shape[index]:
                raise ShapeError(
                    f"has {len(self.alpha)} numbers in `alpha`, the output has "
                    f"{output.shape[index]} classes",
                    "give one number for all classes, or one for each",
                )
            if index != output.rank - 1:
                raise ShapeError(
                    "takes an `alpha` for each class where the classes are the last axis only",
                    "put `permute` before the output, or give one `alpha`",
                )
        return output

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_unit_interval(target)

    def lower(self) -> Call:
        return Call(
            categorical_focal_crossentropy,
            alpha=self.alpha,
            gamma=self.gamma,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing or None,
            axis=self.axis,
        )


def categorical_focal_crossentropy(
    target: Array,
    output: Array,
    *,
    alpha: float | tuple[float, ...] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float | None = None,
    axis: int = -1,
) -> Array:
    target = target.astype(output.dtype)
    if label_smoothing is not None:
        target = target * (1.0 - label_smoothing) + label_smoothing / output.shape[axis]
    # Keras clips the softmax of logits, too.
    log_p = jnp.clip(
        log_probabilities(output, from_logits, axis), jnp.log(1e-7), jnp.log(1.0 - 1e-7)
    )
    weights = jnp.asarray(alpha) * (1.0 - jnp.exp(log_p)) ** gamma
    return -jnp.sum(weights * target * log_p, axis=axis)
