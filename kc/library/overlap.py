"""Losses that compare areas: sums over a whole batch, without the rows that only pad it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.types import ShapeError, TensorType

if TYPE_CHECKING:
    from jax import Array


def check_axes(axes: int | tuple[int, ...] | None, output: TensorType) -> None:
    """Make sure that an output has these axes, where 0 is the batch.

    Raises:
        ShapeError: when it has not, or when one is named twice.
    """
    several = () if axes is None else axes if isinstance(axes, tuple) else (axes,)
    for axis in several:
        if not -output.rank - 1 <= axis <= output.rank:
            raise ShapeError(f"needs an axis {axis}, the output is {output}")
    if len({axis % (output.rank + 1) for axis in several}) < len(several):
        raise ShapeError(f"names an axis of {output} twice in `axis: {list(several)}`")


def only_valid(target: Array, output: Array, valid: Array | None) -> tuple[Array, Array]:
    """Target and output with 0 in the rows that only pad the batch."""
    if valid is None:
        return target, output
    # Selecting, not multiplying: a padded row may hold NaN.
    kept = valid.reshape(*valid.shape, *[1] * (output.ndim - valid.ndim)) > 0
    return jnp.where(kept, target, 0.0), jnp.where(kept, output, 0.0)


def counted(
    values: Array, output: Array, axis: int | tuple[int, ...] | None, valid: Array | None
) -> Array | tuple[Array, Array]:
    """Values over some axes of an output; where the batch is none of them, whether each counts."""
    axes = (axis,) if isinstance(axis, int) else axis
    if valid is None or axes is None or 0 in [a % output.ndim for a in axes]:
        return values
    places = valid.reshape(*valid.shape, *[1] * (output.ndim - valid.ndim))
    return values, jnp.max(jnp.broadcast_to(places, output.shape), axis=axes)
