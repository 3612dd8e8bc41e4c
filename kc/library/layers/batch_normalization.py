"""Normalization by the statistics of the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.axes import example_axis
from kc.library.constraints import ConstraintField
from kc.library.fields import Axis, Fraction, PositiveFloat
from kc.library.initializers import ONES, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class BatchNormalization(Layer, kind="batch_normalization"):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` (Ioffe and Szegedy 2015).

    While training, mean and variance are those of the batch over every axis but ``axis``, and the
    moving statistics move towards them: ``moving * momentum + batch * (1 - momentum)``. Otherwise
    the moving statistics are used. The variance is the biased one, as in Keras 3; Keras 2 corrected
    the moving variance by n / (n - 1). Examples that only pad a short last batch do not count, and
    masked steps neither. With ``trainable: false`` the moving statistics are used in
    training, too; in Keras 2 those of the batch were.

    Shapes: any -> the same.

    Source: ``keras/src/layers/normalization/batch_normalization.py``.

    Example:
        - batch_normalization
    """

    in_float32 = True
    masking = "pass"

    frozen_infers = True

    axis: Axis = -1
    """The axis that keeps its own statistics: the features or channels."""
    momentum: Fraction = 0.99
    """Weight of the old value in the moving statistics."""
    epsilon: PositiveFloat = 1e-3
    """Added to the variance."""
    center: bool = True
    """Whether to add a trainable ``beta``."""
    scale: bool = True
    """Whether to multiply with a trainable ``gamma``."""
    beta_initializer: InitializerField = ZEROS
    """First value of ``beta``."""
    gamma_initializer: InitializerField = ONES
    """First value of ``gamma``."""
    moving_mean_initializer: InitializerField = ZEROS
    """First value of the moving mean."""
    moving_variance_initializer: InitializerField = ONES
    """First value of the moving variance."""
    beta_regularizer: RegularizerField = None
    """Penalty on ``beta``, added to the loss."""
    gamma_regularizer: RegularizerField = None
    """Penalty on ``gamma``."""
    beta_constraint: ConstraintField = None
    """What ``beta`` is made to fulfil after every update."""
    gamma_constraint: ConstraintField = None
    """What ``gamma`` is made to fulfil after every update."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}")
        size = x.shape[example_axis(self.axis, x)]
        weights: dict[str, Weight] = {}
        if self.scale:
            weights["gamma"] = Weight(
                (size,),
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            weights["beta"] = Weight(
                (size,),
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )
        state = {
            "moving_mean": Weight((size,), self.moving_mean_initializer),
            "moving_variance": Weight((size,), self.moving_variance_initializer),
        }
        return Inferred(x, weights, state, flops=8 * x.size)

    def lower(self) -> Call:
        return Call(
            batch_normalization, axis=self.axis, momentum=self.momentum, epsilon=self.epsilon
        )


def batch_normalization(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    moving_mean: Array,
    moving_variance: Array,
    axis: int,
    momentum: float,
    epsilon: float,
    train: bool,
    valid: Array | None = None,
    mask: Array | None = None,
) -> tuple[Array, dict[str, Array]]:
    """valid (batch,): 0 for examples that only pad the batch; mask (batch, time): what counts."""
    axis = axis % x.ndim
    if mask is not None:
        rows = 1.0 if valid is None else valid.reshape(valid.shape + (1,) * (mask.ndim - 1))
        valid = rows * mask
    shape = [x.shape[axis] if i == axis else 1 for i in range(x.ndim)]
    if train:
        others = tuple(i for i in range(x.ndim) if i != axis)
        mean, variance = moments(x, others, valid)
        moving_mean = momentum * moving_mean + (1.0 - momentum) * mean
        moving_variance = momentum * moving_variance + (1.0 - momentum) * variance
    else:
        mean, variance = moving_mean, moving_variance
    scale = lax.rsqrt(variance + epsilon)
    scale = scale if gamma is None else scale * gamma
    shift = -mean * scale if beta is None else beta - mean * scale
    y = x * scale.reshape(shape) + shift.reshape(shape)
    return y, {"moving_mean": moving_mean, "moving_variance": moving_variance}


def moments(x: Array, axes: tuple[int, ...], valid: Array | None) -> tuple[Array, Array]:
    """Mean and biased variance over axes, of the valid examples."""
    if valid is None:
        return jnp.mean(x, axis=axes), jnp.var(x, axis=axes)
    weights = valid.reshape(valid.shape + (1,) * (x.ndim - valid.ndim))
    # Selecting, not multiplying: a padded row may hold NaN.
    x = jnp.where(weights > 0, x, 0.0)
    cells = jnp.sum(jnp.broadcast_to(weights, x.shape), axis=axes)
    if valid.ndim > 1:
        # A mask may leave nothing of a batch; padding never does.
        cells = jnp.maximum(cells, 1.0)
    mean = jnp.sum(x * weights, axis=axes) / cells
    centred = x - jnp.expand_dims(mean, axes)
    return mean, jnp.sum(centred**2 * weights, axis=axes) / cells
