"""What adaptive pooling layers share: arguments, shapes and the functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic

from kc.core.lazy import jnp
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import DataFormat
from kc.library.layer import Layer
from kc.library.windows import Sizes, spatial_shape, spatial_sizes

if TYPE_CHECKING:
    from jax import Array


class AdaptivePooling(Layer, Generic[Sizes]):
    """Cuts each spatial axis into a given number of windows and reduces each to one value."""

    output_size: Sizes
    """Number of windows along each spatial axis."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = spatial_sizes(x, len(self.output_size), self.data_format)
        if 0 in sizes:
            raise ShapeError(f"needs cells to pool, the input is {x}")
        y = x.with_shape(*spatial_shape(self.output_size, channels, self.data_format))
        window = math.prod(-(-n // m) for n, m in zip(sizes, self.output_size, strict=True))
        return Inferred(y, flops=y.size * window)

    @property
    def settings(self) -> dict[str, object]:
        """Number of windows along the axes from ``first_axis`` on."""
        first = 1 if self.data_format == "channels_last" else 2
        return {"sizes": self.output_size, "first_axis": first}


def adaptive_max_pooling(x: Array, *, sizes: Sequence[int], first_axis: int = 1) -> Array:
    for axis, size in enumerate(sizes, first_axis):
        windows, inside = adaptive_windows(x, axis, size)
        x = jnp.max(jnp.where(inside, windows, -jnp.inf), axis=axis + 1)
    return x


def adaptive_average_pooling(x: Array, *, sizes: Sequence[int], first_axis: int = 1) -> Array:
    for axis, size in enumerate(sizes, first_axis):
        windows, inside = adaptive_windows(x, axis, size)
        total = jnp.sum(jnp.where(inside, windows, 0.0), axis=axis + 1)
        x = total / jnp.sum(inside, axis=1)
    return x


def adaptive_windows(x: Array, axis: int, size: int) -> tuple[Array, Array]:
    """The axis becomes two, windows and cells; short windows are filled with cells not inside."""
    # Window i of n cells reaches from floor(i n / size) to the cell before ceil((i + 1) n / size).
    n = x.shape[axis]
    starts = [i * n // size for i in range(size)]
    ends = [-(-(i + 1) * n // size) for i in range(size)]
    longest = max(end - start for start, end in zip(starts, ends, strict=True))
    cells = jnp.array(starts)[:, None] + jnp.arange(longest)
    inside = (cells < jnp.array(ends)[:, None]).reshape(size, longest, *[1] * (x.ndim - axis - 1))
    return jnp.take(x, jnp.minimum(cells, n - 1), axis=axis), inside
