"""Rectifier with slopes that are learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from kc.core.lazy import jax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.axes import example_axis
from kc.library.constraints import ConstraintField
from kc.library.fields import Axis, one_number
from kc.library.initializers import ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class PRelu(Layer, kind="prelu"):
    """``x`` if positive, else ``alpha * x`` with a trainable ``alpha`` (He et al. 2015).

    Each element of an example has its own slope; those along ``shared_axes`` have one together.

    Shapes: any -> the same.

    Source: ``keras/src/layers/activations/prelu.py``.

    Example:
        - prelu: {shared_axes: [1, 2]}
    """

    masking = "pass"

    alpha_initializer: InitializerField = ZEROS
    """First value of the slopes."""
    alpha_regularizer: RegularizerField = None
    """Penalty on the slopes, added to the loss."""
    alpha_constraint: ConstraintField = None
    """What the slopes are made to fulfil after every update."""
    shared_axes: Annotated[
        tuple[Axis, ...] | None,
        one_number(int, lambda value: (value,), Axis | tuple[Axis, ...] | None),
    ] = None
    """Axes along which all elements have one slope, as ``[1, 2]`` for the places of an image."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        shared = {example_axis(axis, x) for axis in self.shared_axes or ()}
        alpha = Weight(
            tuple(1 if axis in shared else size for axis, size in enumerate(x.shape)),
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        return Inferred(x, {"alpha": alpha}, flops=4 * x.size)

    def lower(self) -> Call:
        return Call(prelu)


def prelu(x: Array, alpha: Array) -> Array:
    return jax.nn.relu(x) - alpha * jax.nn.relu(-x)
