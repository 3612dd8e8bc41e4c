"""Shapes of images and of windows that slide over them."""

from __future__ import annotations

from collections.abc import Sequence

from kc.core.types import ShapeError, TensorType
from kc.library.fields import DataFormat, Padding


def image_axes(x: TensorType, data_format: DataFormat) -> tuple[int, int, int]:
    """Height, width and channels of an image type.

    Raises:
        ShapeError: when it has not three axes, or is not of floats.
    """
    if x.rank != 3:
        raise ShapeError(
            f"needs float32[batch, height, width, channels], the input is {x}",
            "give it an image: `reshape` can add the channels axis"
            if x.rank == 2
            else "put it where the image still has its axes, or `reshape` it back",
        )
    if not x.is_float:
        raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
    a, b, c = x.shape
    return (a, b, c) if data_format == "channels_last" else (b, c, a)


def image_type(height: int, width: int, channels: int, data_format: DataFormat) -> TensorType:
    last = data_format == "channels_last"
    return TensorType((height, width, channels) if last else (channels, height, width))


def window_sizes(
    sizes: Sequence[int], window: Sequence[int], strides: Sequence[int], padding: Padding
) -> tuple[int, ...]:
    """How many windows fit along each axis.

    Raises:
        ShapeError: when none fits.
    """
    if padding == "same":
        return tuple(-(-n // s) for n, s in zip(sizes, strides, strict=True))
    if any(n < k for n, k in zip(sizes, window, strict=True)):
        raise ShapeError(
            f"cannot fit a window of {' x '.join(map(str, window))} into an input of "
            f"{' x '.join(map(str, sizes))}",
            "use a smaller window, or `padding: same`",
        )
    return tuple((n - k) // s + 1 for n, k, s in zip(sizes, window, strides, strict=True))
