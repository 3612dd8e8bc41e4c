"""What cropping, padding and up-sampling along spatial axes share: shapes and functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from kc.core.dimension import surely_below
from kc.core.lazy import jax, jnp
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import DataFormat, Edge
from kc.library.layer import Layer
from kc.library.windows import Sizes, spatial_shape, spatial_sizes

if TYPE_CHECKING:
    from jax import Array

Edges = TypeVar("Edges", bound=tuple[Edge, ...])
"""Cells at both ends of each spatial axis: ``Edges1D`` and so on of ``library/fields``."""
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]


class Cropping(Layer, Generic[Edges]):
    """Cuts cells off the edges."""

    cropping: Edges
    """Cells to cut off: a number for all edges, one per axis, or a pair per axis."""

    def cropped(self, x: TensorType, data_format: DataFormat = "channels_last") -> Inferred:
        sizes, channels = spatial_sizes(x, len(self.cropping), data_format, floats=False)
        left = tuple(n - sum(edge) for n, edge in zip(sizes, self.cropping, strict=True))
        if any(surely_below(n, 1) for n in left):
            raise ShapeError(
                f"leaves nothing of {' x '.join(map(str, sizes))}",
                "cut off less than the sizes of the axes",
            )
        return Inferred(x.with_shape(*spatial_shape(left, channels, data_format)))


class ZeroPadding(Layer, Generic[Edges]):
    """Adds zeros at the edges."""

    padding: Edges
    """Cells to add: a number for all edges, one per axis, or a pair per axis."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = spatial_sizes(x, len(self.padding), self.data_format, floats=False)
        padded = tuple(n + sum(edge) for n, edge in zip(sizes, self.padding, strict=True))
        return Inferred(x.with_shape(*spatial_shape(padded, channels, self.data_format)))


class UpSampling(Layer, Generic[Sizes]):
    """Makes several cells of each."""

    size: Sizes
    """Factor by which each spatial axis grows."""

    def grown(
        self,
        x: TensorType,
        data_format: DataFormat = "channels_last",
        interpolation: Interpolation = "nearest",
    ) -> Inferred:
        floats = interpolation != "nearest"
        sizes, channels = spatial_sizes(x, len(self.size), data_format, floats=floats)
        grown = tuple(n * factor for n, factor in zip(sizes, self.size, strict=True))
        y = x.with_shape(*spatial_shape(grown, channels, data_format))
        return Inferred(y, flops=_FLOPS[interpolation] * y.size)


_FLOPS: dict[Interpolation, int] = {
    "nearest": 0,
    "bilinear": 8,
    "bicubic": 32,
    "lanczos3": 72,
    "lanczos5": 200,
}
"""Additions and multiplications per cell of the output."""


def all_edges(pairs: Sequence[Edge], data_format: DataFormat) -> tuple[Edge, ...]:
    """The edges of all axes after the batch."""
    return (*pairs, (0, 0)) if data_format == "channels_last" else ((0, 0), *pairs)


def crop(x: Array, *, edges: Sequence[tuple[int, int]]) -> Array:
    """edges: cells to cut off before and after each axis but the batch."""
    kept = (slice(a, n - b) for (a, b), n in zip(edges, x.shape[1:], strict=True))
    return x[(slice(None), *kept)]


def zero_pad(x: Array, *, edges: Sequence[tuple[int, int]]) -> Array:
    """edges: cells to add before and after each axis but the batch."""
    return jnp.pad(x, ((0, 0), *edges))


def repeat_cells(x: Array, *, factors: Sequence[int]) -> Array:
    """factors: how often to repeat each cell along each axis but the batch."""
    for axis, factor in enumerate(factors, 1):
        x = jnp.repeat(x, factor, axis=axis)
    return x


def interpolate(x: Array, *, factors: Sequence[int], method: str) -> Array:
    """factors: growth of each axis but the batch. Cells lie at halves: 0.5, 1.5, ..."""
    shape = [n * factor for n, factor in zip(x.shape, (1, *factors), strict=True)]
    return jax.image.resize(x, shape, method)
