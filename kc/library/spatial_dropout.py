"""Dropout of whole channels."""

from __future__ import annotations

from typing import ClassVar

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import DataFormat, Fraction, Seed
from kc.library.layers.dropout import dropout
from kc.library.layers.identity import identity
from kc.library.noise import Noise


class SpatialDropout(Noise):
    """Drops channels: one choice for all places of an example."""

    spatial_axes: ClassVar[int]
    """Axes besides batch and channels."""

    rate: Fraction
    """Part of the channels that is dropped."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        if x.rank != self.spatial_axes + 1:
            places = "an axis" if self.spatial_axes == 1 else f"{self.spatial_axes} axes"
            raise ShapeError(f"needs {places} of places and one of channels, the input is {x}")
        return super().infer(x)

    def lower(self) -> Call:
        if self.rate == 0:
            return Call(identity)
        return Call(dropout, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed)

    @property
    def noise_shape(self) -> tuple[int | None, ...]:
        return (None, *(1,) * self.spatial_axes, None)


class SpatialImageDropout(SpatialDropout):
    """The same where channels may come first."""

    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    @property
    def noise_shape(self) -> tuple[int | None, ...]:
        if self.data_format == "channels_first":
            return (None, None, *(1,) * self.spatial_axes)
        return super().noise_shape
