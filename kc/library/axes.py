"""Axes as users count them: from 1 without the batch, or from the end with -1."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from kc.core.types import ShapeError, TensorType
from kc.library.fields import Axis


def _some(axes: int | tuple[int, ...]) -> int | tuple[int, ...]:
    if axes == ():
        raise ValueError("needs at least one axis")
    return axes


SomeAxes = Annotated[Axis | tuple[Axis, ...], AfterValidator(_some)]
"""One axis or several."""


def example_axis(axis: int, x: TensorType) -> int:
    """Keras's axis, which counts the batch as 0, as an index into ``x.shape``.

    Raises:
        ShapeError: when it is the batch, or beyond the input.
    """
    if axis == 0 or axis == -x.rank - 1:
        raise ShapeError(
            f"cannot work along the batch axis, and {axis} is that axis of {x}",
            "count axes from 1, or from -1",
        )
    index = axis - 1 if axis > 0 else axis
    if not -x.rank <= index < x.rank:
        raise ShapeError(f"needs an axis {axis}, the input is {x}")
    return index % x.rank


def example_axes(axes: int | tuple[int, ...], x: TensorType) -> tuple[int, ...]:
    """One axis or several of Keras as indices into ``x.shape``, in order, each once.

    Raises:
        ShapeError: when one is the batch, or beyond the input.
    """
    several = axes if isinstance(axes, tuple) else (axes,)
    return tuple(sorted({example_axis(axis, x) for axis in several}))
