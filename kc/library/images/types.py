"""Arguments and types that layers over images share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kc.core.types import ShapeError, TensorType
from kc.library.fields import DataFormat, one_number

Range = tuple[float, float]
Ratio = Annotated[float, Field(ge=0, le=1)]
SignedRatio = Annotated[float, Field(ge=-1, le=1)]
FillMode = Literal["reflect", "wrap", "constant", "nearest"]
"""What lies beyond the border: the image mirrored, repeated, a value, or the nearest cell."""
Interpolation = Literal["nearest", "bilinear"]
COLOURS = 3


def _ordered_bits(value: tuple[int, int]) -> tuple[int, int]:
    return (min(value), max(value))


def _ordered(value: Range) -> Range:
    return (min(value), max(value))


def _above_minus_one(value: Range) -> Range:
    if value[0] == -1:
        raise ValueError("a change of -1 leaves nothing to see")
    return value


def _rising(value: Range) -> Range:
    if value[0] >= value[1]:
        raise ValueError("the first number has to be smaller than the second")
    return value


UpTo = Annotated[
    tuple[Ratio, Ratio],
    one_number(float, lambda value: (0.0, value), Ratio | tuple[Ratio, Ratio]),
    AfterValidator(_ordered),
]
"""A range in 0..1 to draw from: two numbers, or one that means from 0 up to it."""
AroundZero = Annotated[
    tuple[SignedRatio, SignedRatio],
    one_number(
        float,
        lambda value: (-abs(value), abs(value)),
        SignedRatio | tuple[SignedRatio, SignedRatio],
    ),
    AfterValidator(_ordered),
]
"""A range in -1..1 to draw from: two numbers, or one that means so far to both sides."""
Zoom = Annotated[AroundZero, AfterValidator(_above_minus_one)]
"""A range above -1 and up to 1 to draw from."""
Both = Annotated[
    tuple[Ratio, Ratio],
    one_number(float, lambda value: (value, value), Ratio | tuple[Ratio, Ratio]),
]
"""How far down and how far up: two numbers, or one for both."""
Bit = Annotated[int, Field(ge=1, le=8)]
Bits = Annotated[
    tuple[Bit, Bit],
    one_number(int, lambda value: (1, value), Bit | tuple[Bit, Bit]),
    AfterValidator(_ordered_bits),
]
"""A range of bits: two numbers, or one that means from 1 up to it."""
Levels = Annotated[int, Field(ge=2, le=2**16)]
ValueRange = Annotated[Range, AfterValidator(_rising)]
"""The smallest and the largest value that images have."""
BYTES: Range = (0.0, 255.0)


def image(x: TensorType, data_format: DataFormat = "channels_last") -> TensorType:
    """The type of an image that was made floats.

    Raises:
        ShapeError: when it has not three axes.
    """
    if x.rank != 3:
        axes = "height, width, channels"
        if data_format == "channels_first":
            axes = "channels, height, width"
        raise ShapeError(
            f"needs an image of [batch, {axes}], the input is {x}",
            "`reshape` can add the channels axis" if x.rank == 2 else None,
        )
    return x.with_dtype("float32")


def colour_image(
    x: TensorType, data_format: DataFormat = "channels_last", channels: tuple[int, ...] = (COLOURS,)
) -> TensorType:
    """The type of an image with red, green and blue.

    Raises:
        ShapeError: when it has not three axes, or has other channels.
    """
    y = image(x, data_format)
    found = y.shape[-1 if data_format == "channels_last" else 0]
    if found not in channels:
        raise ShapeError(f"needs red, green and blue, the input has {found} channels")
    return y


def sized(x: TensorType, height: int, width: int, data_format: DataFormat) -> TensorType:
    """An image type with another height and width."""
    if data_format == "channels_last":
        return x.with_shape(height, width, x.shape[-1])
    return x.with_shape(x.shape[0], height, width)
