"""What depthwise and separable convolutions share: arguments, shapes and the functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic

from kc.core.program import Call
from kc.core.types import Inferred, Size, TensorType, Weight
from kc.library.activations import activate
from kc.library.constraints import ConstraintField
from kc.library.convolution import Filters, SlidingKernel, convolution
from kc.library.fields import PositiveInt
from kc.library.initializers import GLOROT_UNIFORM, InitializerField
from kc.library.regularizers import RegularizerField
from kc.library.windows import Sizes

if TYPE_CHECKING:
    from jax import Array


class DepthwiseConvolution(SlidingKernel[Sizes], Generic[Sizes]):
    """A convolution of each channel with kernels of its own."""

    depth_multiplier: PositiveInt = 1
    """Number of kernels per channel; kernel m of channel c makes channel ``c * multiplier + m``."""
    depthwise_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernels."""
    depthwise_regularizer: RegularizerField = None
    """Penalty on the kernels."""
    depthwise_constraint: ConstraintField = None
    """Projection of the kernels after each update."""

    def depthwise_kernel(self, channels: Size) -> Weight:
        return Weight(
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = self.axes(x)
        places, kernel = self.windows(sizes), self.depthwise_kernel(channels)
        flops = 2 * math.prod(places) * kernel.size
        made = channels * self.depth_multiplier
        return self.inferred(places, made, {"kernel": kernel}, flops)

    def lower(self) -> Sequence[Call]:
        return [Call(depthwise_convolution, **self.settings), *activate(self.activation)]


class SeparableConvolution(DepthwiseConvolution[Sizes], Filters, Generic[Sizes]):
    """A depthwise convolution, then one with kernels of size 1 that mixes the channels."""

    pointwise_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernels that mix the channels."""
    pointwise_regularizer: RegularizerField = None
    """Penalty on the kernels that mix the channels."""
    pointwise_constraint: ConstraintField = None
    """Projection of the kernels that mix the channels, after each update."""

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = self.axes(x)
        places, depthwise = self.windows(sizes), self.depthwise_kernel(channels)
        pointwise = Weight(
            (*[1] * len(sizes), channels * self.depth_multiplier, self.filters),
            self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        flops = 2 * math.prod(places) * (depthwise.size + pointwise.size)
        weights = {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise}
        return self.inferred(places, self.filters, weights, flops)

    def lower(self) -> Sequence[Call]:
        return [Call(separable_convolution, **self.settings), *activate(self.activation)]


def depthwise_convolution(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    dilation: Sequence[int] | None = None,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, *sizes, in), kernel (*window, in, multiplier), bias (in * multiplier,)."""
    *window, channels, multiplier = kernel.shape
    return convolution(
        x,
        kernel.reshape(*window, 1, channels * multiplier),
        bias,
        strides=strides,
        padding=padding,
        dilation=dilation,
        groups=channels,
        data_format=data_format,
    )


def separable_convolution(
    x: Array,
    depthwise_kernel: Array,
    pointwise_kernel: Array,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    dilation: Sequence[int] | None = None,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, *sizes, in), kernels (*window, in, multiplier), (1, ..., in * multiplier, out)."""
    y = depthwise_convolution(
        x,
        depthwise_kernel,
        strides=strides,
        padding=padding,
        dilation=dilation,
        data_format=data_format,
    )
    ones = (1,) * len(strides)
    return convolution(
        y, pointwise_kernel, bias, strides=ones, padding="VALID", data_format=data_format
    )
