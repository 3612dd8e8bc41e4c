"""Images of other brightness, contrast, saturation and hue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import model_validator

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.types import BYTES, AroundZero, Both, UpTo, ValueRange, colour_image, image
from kc.library.layer import Layer
from kc.library.layers.random_brightness import random_brightness
from kc.library.layers.random_contrast import random_contrast
from kc.library.layers.random_hue import random_hue
from kc.library.layers.random_saturation import random_saturation


class RandomColorJitter(Layer, kind="random_color_jitter"):
    """Random brightness, contrast, saturation and hue, in this order, while training.

    The layers of these names say what the factors mean. Floats come out.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_color_jitter.py``.

    Example:
        - random_color_jitter: {brightness_factor: 0.2, saturation_factor: [0.4, 0.6]}
    """

    in_float32 = True

    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    brightness_factor: AroundZero | None = None
    """That of ``random_brightness``."""
    contrast_factor: Both | None = None
    """That of ``random_contrast``."""
    saturation_factor: UpTo | None = None
    """That of ``random_saturation``."""
    hue_factor: UpTo | None = None
    """That of ``random_hue``."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    @model_validator(mode="after")
    def _changes_something(self) -> RandomColorJitter:
        if not self.lower():
            raise ValueError("needs at least one factor")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        needs_colours = self.saturation_factor is not None or self.hue_factor is not None
        y = (colour_image if needs_colours else image)(x, self.data_format)
        return Inferred(y, flops=80 * y.size if needs_colours else 4 * y.size)

    def lower(self) -> Sequence[Call]:
        where: dict[str, Any] = {"seed": self.seed, "data_format": self.data_format}
        values: dict[str, Any] = {"value_range": self.value_range}
        calls: list[Call] = []
        if self.brightness_factor is not None:
            factor = self.brightness_factor
            calls.append(Call(random_brightness, factor=factor, seed=self.seed, **values))
        if self.contrast_factor is not None:
            calls.append(Call(random_contrast, factor=self.contrast_factor, **values, **where))
        if self.saturation_factor is not None:
            calls.append(Call(random_saturation, factor=self.saturation_factor, **where))
        if self.hue_factor is not None:
            calls.append(Call(random_hue, factor=self.hue_factor, **values, **where))
        return calls
