"""Shapes of sequences, images and volumes, and of windows that slide over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from kc.core.dimension import surely_below
from kc.core.types import Shape, ShapeError, Size, TensorType
from kc.library.fields import CausalPadding, DataFormat

Sizes = TypeVar("Sizes", bound=tuple[int, ...])
"""A number per spatial axis: ``Single``, ``Pair`` or ``Triple`` of ``library/fields``."""

_THINGS = {1: "a sequence", 2: "an image", 3: "a volume"}
_AXES = {1: "steps", 2: "height, width", 3: "depth, height, width"}


def spatial_sizes(
    x: TensorType, rank: int, data_format: DataFormat, *, floats: bool = True
) -> tuple[Shape, Size]:
    """Sizes of the spatial axes, and the channels.

    Raises:
        ShapeError: when there are not ``rank`` spatial axes, or when floats are needed and missing.
    """
    last = data_format == "channels_last"
    if x.rank != rank + 1:
        thing, axes = _THINGS[rank], axes_in_words(rank, data_format)
        raise ShapeError(
            f"needs {'float32' if floats else x.dtype}[batch, {axes}], the input is {x}",
            f"give it {thing}: `reshape` can add the channels axis"
            if x.rank == rank
            else f"put it where the {thing.split()[1]} still has its axes, or `reshape` it back",
        )
    if floats and not x.is_float:
        raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
    return (x.shape[:-1], x.shape[-1]) if last else (x.shape[1:], x.shape[0])


def axes_in_words(rank: int, data_format: DataFormat) -> str:
    """The spatial axes and the channels, as messages name them."""
    if data_format == "channels_last":
        return f"{_AXES[rank]}, channels"
    return f"channels, {_AXES[rank]}"


def spatial_shape(sizes: Sequence[Size], channels: Size, data_format: DataFormat) -> Shape:
    """The sizes of the spatial axes and the channels in the order of a data format."""
    return (*sizes, channels) if data_format == "channels_last" else (channels, *sizes)


def window_sizes(
    sizes: Sequence[Size], window: Sequence[int], strides: Sequence[int], padding: CausalPadding
) -> Shape:
    """How many windows fit along each axis.

    Raises:
        ShapeError: when none fits.
    """
    if padding != "valid":
        return tuple(-(-n // s) for n, s in zip(sizes, strides, strict=True))
    if any(surely_below(n, k) for n, k in zip(sizes, window, strict=True)):
        raise ShapeError(
            f"cannot fit a window of {' x '.join(map(str, window))} into an input of "
            f"{' x '.join(map(str, sizes))}",
            "use a smaller window, or `padding: same`",
        )
    return tuple((n - k) // s + 1 for n, k, s in zip(sizes, window, strides, strict=True))


def dilated(window: Sequence[int], dilation: Sequence[int]) -> tuple[int, ...]:
    """Cells from the first to the last that a dilated window reads, along each axis."""
    return tuple((k - 1) * d + 1 for k, d in zip(window, dilation, strict=True))
