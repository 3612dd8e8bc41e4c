"""How little two areas overlap, with weights for what is missed and what is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.axes import SomeAxes
from kc.library.fields import NonNegativeFloat
from kc.library.loss import Loss, align
from kc.library.overlap import check_axes, counted, only_valid

if TYPE_CHECKING:
    from jax import Array


class Tversky(Loss, kind="tversky", aka=("tversky_loss",)):
    """``1 - both / (both + alpha * missed + beta * extra + 1e-7)``.

    For a target t and an output p, ``both = sum(t * p)``, ``missed = sum(t * (1 - p))`` and
    ``extra = sum((1 - t) * p)``. Keras's words for ``missed`` and ``extra`` are the other way
    round; the numbers are the same. Without ``axis`` the sums go over all values of a batch.

    Source: ``keras/src/losses/losses.py``; Salehi et al. 2017, equation 3.

    Example:
        loss: tversky
    """

    alpha: NonNegativeFloat = 0.5
    """Weight of what the output misses."""
    beta: NonNegativeFloat = 0.5
    """Weight of what the output has too much."""
    axis: SomeAxes | None = None
    """Axes of the sums, where 0 is the batch; all of them by default."""

    def target(self, output: TensorType) -> TensorType:
        check_axes(self.axis, output)
        return output

    def lower(self) -> Call:
        return Call(tversky, alpha=self.alpha, beta=self.beta, axis=self.axis)


def tversky(
    target: Array,
    output: Array,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | tuple[int, ...] | None = None,
    valid: Array | None = None,
) -> Array | tuple[Array, Array]:
    target, output = only_valid(*align(target, output), valid)
    both = jnp.sum(target * output, axis=axis)
    missed = jnp.sum(target * (1.0 - output), axis=axis)
    extra = jnp.sum((1.0 - target) * output, axis=axis)
    return counted(1.0 - both / (both + alpha * missed + beta * extra + 1e-7), output, axis, valid)
