"""What pooling layers share: arguments, shapes and the functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic

from kc.core.lazy import jnp, lax
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Padding
from kc.library.layer import Layer
from kc.library.windows import Sizes, spatial_shape, spatial_sizes, window_sizes

if TYPE_CHECKING:
    from jax import Array


class Pooling(Layer, Generic[Sizes]):
    """Reduces each window to one value per channel."""

    pool_size: Sizes
    """Size of a window along each spatial axis."""
    strides: Sizes | None = None
    """Steps between windows; those of ``pool_size`` by default."""
    padding: Padding = "valid"
    """``valid`` uses whole windows only, ``same`` lets windows reach over the border."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = spatial_sizes(x, len(self.pool_size), self.data_format)
        places = window_sizes(sizes, self.pool_size, self._steps, self.padding)
        y = TensorType(spatial_shape(places, channels, self.data_format))
        return Inferred(y, flops=y.size * math.prod(self.pool_size))

    @property
    def _steps(self) -> Sizes:
        return self.pool_size if self.strides is None else self.strides

    @property
    def settings(self) -> dict[str, object]:
        """Window and strides over all axes of a batch, as ``lax.reduce_window`` takes them."""
        return {
            "window": (1, *spatial_shape(self.pool_size, 1, self.data_format)),
            "strides": (1, *spatial_shape(self._steps, 1, self.data_format)),
            "padding": self.padding.upper(),
        }


class GlobalPooling(Layer):
    """Reduces each channel to one value."""

    rank: ClassVar[int]
    """Number of spatial axes."""

    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    keepdims: bool = False
    """Whether the spatial axes stay, with size 1."""

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = spatial_sizes(x, self.rank, self.data_format)
        kept = spatial_shape([1] * len(sizes), channels, self.data_format)
        return Inferred(x.with_shape(*(kept if self.keepdims else (channels,))), flops=x.size)

    @property
    def settings(self) -> dict[str, object]:
        """The axes to reduce, and whether they stay."""
        first = 1 if self.data_format == "channels_last" else 2
        return {"axes": tuple(range(first, first + self.rank)), "keepdims": self.keepdims}


def max_pooling(x: Array, *, window: Sequence[int], strides: Sequence[int], padding: str) -> Array:
    return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, padding)


def average_pooling(
    x: Array, *, window: Sequence[int], strides: Sequence[int], padding: str
) -> Array:
    total = lax.reduce_window(x, 0.0, lax.add, window, strides, padding)
    if padding == "VALID":
        return total / math.prod(window)
    # (1, *sizes, 1), or channels first: the count is the same in every example and channel.
    ones = jnp.ones([n if k > 1 else 1 for n, k in zip(x.shape, window, strict=True)], x.dtype)
    steps = [s if k > 1 else 1 for s, k in zip(strides, window, strict=True)]
    return total / lax.reduce_window(ones, 0.0, lax.add, window, steps, padding)


def global_max_pooling(x: Array, *, axes: tuple[int, ...], keepdims: bool = False) -> Array:
    return jnp.max(x, axis=axes, keepdims=keepdims)


def global_average_pooling(x: Array, *, axes: tuple[int, ...], keepdims: bool = False) -> Array:
    return jnp.mean(x, axis=axes, keepdims=keepdims)
