"""Inputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis
from kc.library.layer import MadeMask, Mask
from kc.library.merging import Merge, common_dtype

if TYPE_CHECKING:
    from jax import Array


class Concatenate(Merge, kind="concatenate"):
    """Its inputs one after another along an axis.

    Masks are joined likewise: along the axis of features, a step counts if it counts in one input;
    all steps of an input without mask count.

    Shapes: shapes that differ only on ``axis`` -> the same with the sum of the sizes there.

    Source: ``keras/src/layers/merging/concatenate.py``.

    Example:
        - {concatenate: {}, from: [left, right]}
    """

    masking = "pass"

    axis: Axis = -1
    """The axis to join."""

    def infer(self, *inputs: TensorType) -> Inferred:
        first = inputs[0]
        axis = example_axis(self.axis, first)
        for other in inputs[1:]:
            if other.rank != first.rank or any(
                a != b
                for i, (a, b) in enumerate(zip(first.shape, other.shape, strict=True))
                if i != axis
            ):
                raise ShapeError(
                    f"cannot join {first} and {other} along axis {self.axis}",
                    "their shapes may differ on that axis only",
                )
        joined = first.with_axis(axis, sum(x.shape[axis] for x in inputs))
        return Inferred(joined.with_dtype(common_dtype(inputs)))

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        found = [mask for mask in masks if mask is not None]
        if not found:
            return None
        axis = example_axis(self.axis, inputs[0])
        if axis == inputs[0].rank - 1 and all(mask == found[0] for mask in masks):
            return found[0]
        if any(len(mask.shape) != inputs[0].rank - 1 for mask in found):
            raise ShapeError("can join masks of one place for each row of features only")
        joined = inputs[0].with_axis(axis, sum(x.shape[axis] for x in inputs))
        return MadeMask(Call(concatenate_masks, axis=self.axis), joined.shape[:-1])

    def lower(self) -> Call:
        return Call(concatenate, axis=self.axis)


def concatenate(*inputs: Array, axis: int) -> Array:
    return jnp.concatenate(inputs, axis=axis)


def concatenate_masks(*inputs: Array, masks: tuple[Array | None, ...], axis: int) -> Array:
    """Masks as wide as their inputs, joined as those are; then whether any feature counts."""
    wide = [
        jnp.ones(x.shape, bool) if mask is None else jnp.broadcast_to(mask[..., None], x.shape)
        for x, mask in zip(inputs, masks, strict=True)
    ]
    return jnp.any(jnp.concatenate(wide, axis=axis), axis=-1)
