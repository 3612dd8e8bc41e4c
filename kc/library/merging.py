"""What layers with several inputs share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import DType, Inferred, ShapeError, Size, TensorType
from kc.library.layer import Layer, MadeMask, Mask

if TYPE_CHECKING:
    from jax import Array


class Merge(Layer):
    """Makes one output of several inputs."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def infer(self, *inputs: TensorType) -> Inferred:
        raise NotImplementedError


class Elementwise(Merge):
    """Combines the elements that stand at the same place.

    Where all inputs are masked, a step of the output counts if it counts in one of them.
    """

    masking = "pass"

    def infer(self, *inputs: TensorType) -> Inferred:
        y = broadcast(inputs)
        return Inferred(y, flops=y.size * (len(inputs) - 1))

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        found = [mask for mask in masks if mask is not None]
        if len({mask.shape for mask in found}) > 1:
            raise ShapeError("cannot combine masks of different shapes")
        if len(found) < len(masks):
            return None
        same = all(mask == found[0] for mask in found)
        return found[0] if same else MadeMask(Call(any_mask), found[0].shape)


def broadcast(inputs: tuple[TensorType, ...]) -> TensorType:
    """Type of an elementwise result, by Keras's rule.

    Sizes of 1 stretch; where ranks differ, the smaller one gets axes right after the batch.

    Raises:
        ShapeError: when two sizes differ and none of them is 1.
    """
    rank = max(x.rank for x in inputs)
    padded = [(1,) * (rank - x.rank) + x.shape for x in inputs]
    shape: list[Size] = []
    for axis, sizes in enumerate(zip(*padded, strict=True)):
        wide = list(dict.fromkeys(n for n in sizes if n != 1))
        if len(wide) > 1:
            types = " and ".join(str(x) for x in inputs)
            different = " and ".join(map(str, wide))
            raise ShapeError(
                f"cannot combine {types}: sizes {different} on axis {axis + 1} do not match",
                "give them equal shapes; a size of 1 stretches",
            )
        shape.append(wide.pop() if wide else 1)
    return TensorType(tuple(shape), common_dtype(inputs))


def common_dtype(inputs: Sequence[TensorType]) -> DType:
    """Type of elements that all inputs are converted to, as JAX promotes them."""
    types = {x.dtype for x in inputs}
    return next(dtype for dtype in _WIDEST_FIRST if dtype in types)


_WIDEST_FIRST: Sequence[DType] = ("float32", "int32", "uint8", "bool")


def align(inputs: tuple[Array, ...]) -> list[Array]:
    """Arrays of one rank, with axes added after the batch where they are missing."""
    rank = max(x.ndim for x in inputs)
    return [x.reshape(x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]) for x in inputs]


def any_mask(*inputs: Array, masks: tuple[Array, ...]) -> Array:
    return reduce(jnp.logical_or, masks)


def reduce_counted(
    function: Callable[[Array, Array], Array],
    inputs: tuple[Array, ...],
    masks: tuple[Array | None, ...] | None,
) -> Array:
    """Combine arrays in order; where only one of two counts, it is taken alone."""
    arrays = align(inputs)
    if masks is None:
        return reduce(function, arrays)
    result, counted = arrays[0], masks[0]
    for x, mask in zip(arrays[1:], masks[1:], strict=True):
        if mask is not None:
            x = jnp.where(widened(mask, x.ndim), x, result)
        if counted is not None:
            result = jnp.where(widened(counted, x.ndim), result, x)
        counted = None if mask is None or counted is None else counted | mask
        result = function(result, x)
    return result


def widened(mask: Array, rank: int) -> Array:
    """A mask with axes of 1 up to a rank."""
    return mask.reshape(mask.shape + (1,) * (rank - mask.ndim))
