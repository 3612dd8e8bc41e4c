"""How little two areas overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.axes import SomeAxes
from kc.library.loss import Loss, align
from kc.library.overlap import check_axes, counted, only_valid

if TYPE_CHECKING:
    from jax import Array


class Dice(Loss, kind="dice", aka=("dice_loss",)):
    """``1 - 2 * sum(target * output) / (sum(target) + sum(output) + 1e-7)``.

    Without ``axis`` the sums go over all values of a batch, so that its examples share one value.

    Source: ``keras/src/losses/losses.py``; Milletari et al. 2016, section 3.

    Example:
        loss: dice
    """

    axis: SomeAxes | None = None
    """Axes of the sums, where 0 is the batch; all of them by default."""

    def target(self, output: TensorType) -> TensorType:
        check_axes(self.axis, output)
        return output

    def lower(self) -> Call:
        return Call(dice, axis=self.axis)


def dice(
    target: Array,
    output: Array,
    *,
    axis: int | tuple[int, ...] | None = None,
    valid: Array | None = None,
) -> Array | tuple[Array, Array]:
    target, output = only_valid(*align(target, output), valid)
    both = jnp.sum(target * output, axis=axis)
    each = jnp.sum(target, axis=axis) + jnp.sum(output, axis=axis)
    return counted(1.0 - 2.0 * both / (each + 1e-7), output, axis, valid)
