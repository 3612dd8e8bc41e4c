"""What convolutions over one, two and three axes share: arguments, shapes and the function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic

from pydantic import model_validator

from kc.core.lazy import lax
from kc.core.program import Call
from kc.core.types import Inferred, Shape, ShapeError, Size, TensorType, Weight
from kc.library.activations import ActivationField, activate, activated
from kc.library.constraints import ConstraintField
from kc.library.fields import DataFormat, Padding, PositiveInt
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField
from kc.library.windows import Sizes, dilated, spatial_shape, spatial_sizes, window_sizes

if TYPE_CHECKING:
    from jax import Array


class Filters(Layer):
    """A layer that makes channels of its own, a base that stands last so that this comes first."""

    filters: PositiveInt
    """Number of kernels: the channels of the output."""


class SlidingKernel(Layer, Generic[Sizes]):
    """A kernel at each place of a sequence, an image or a volume, a bias, an activation."""

    kernel_size: Sizes
    """Size of a kernel along each spatial axis."""
    strides: Sizes
    """Steps between windows."""
    padding: Padding = "valid"
    """``valid`` uses whole windows only, ``same`` pads with zeros."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    dilation_rate: Sizes
    """Distance between the elements of a kernel."""
    activation: ActivationField = None
    """Function applied to the result; none by default."""
    use_bias: bool = True
    """Whether to add a trainable bias per channel of the output."""
    bias_initializer: InitializerField = ZEROS
    """First value of the bias."""
    bias_regularizer: RegularizerField = None
    """Penalty on the bias."""
    activity_regularizer: RegularizerField = None
    """Penalty on the output."""
    bias_constraint: ConstraintField = None
    """Projection of the bias after each update."""

    def axes(self, x: TensorType) -> tuple[Shape, Size]:
        """Sizes of the spatial axes, and the channels."""
        return spatial_sizes(x, len(self.kernel_size), self.data_format)

    def windows(self, sizes: Sequence[Size]) -> Shape:
        """How many places a kernel has along each axis."""
        window = dilated(self.kernel_size, self.dilation_rate)
        return window_sizes(sizes, window, self.strides, self.padding)

    def inferred(
        self, sizes: Sequence[Size], channels: Size, weights: dict[str, Weight], flops: Size
    ) -> Inferred:
        """What the layer makes, its bias and activation included."""
        y = TensorType(spatial_shape(sizes, channels, self.data_format))
        if self.use_bias:
            weights["bias"] = Weight(
                (channels,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
            flops += y.size
        return Inferred(activated(self.activation, y), weights, flops=flops)

    @property
    def settings(self) -> dict[str, object]:
        """What the functions of convolutions take."""
        padding: object = self.padding.upper()
        if padding == "CAUSAL":
            window = dilated(self.kernel_size, self.dilation_rate)
            padding = tuple((k - 1, 0) for k in window)
        return {
            "strides": self.strides,
            "padding": padding,
            "dilation": None if max(self.dilation_rate) == 1 else self.dilation_rate,
            "data_format": self.data_format,
        }

    def refuse_strides_with_dilation(self) -> None:
        """Raises ValueError, as Keras does for the layers that call this."""
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError("`strides` above 1 and `dilation_rate` above 1 exclude each other")


class Convolution(SlidingKernel[Sizes], Filters, Generic[Sizes]):
    """Cross-correlation with a set of small kernels."""

    groups: PositiveInt = 1
    """Number of groups of channels that are convolved separately."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernels."""
    kernel_regularizer: RegularizerField = None
    """Penalty on the kernels."""
    kernel_constraint: ConstraintField = None
    """Projection of the kernels after each update."""

    @model_validator(mode="after")
    def _check(self) -> Convolution[Sizes]:
        self.refuse_strides_with_dilation()
        if self.filters % self.groups:
            raise ValueError(f"`filters` {self.filters} is no multiple of `groups` {self.groups}")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = self.axes(x)
        if channels % self.groups:
            raise ShapeError(
                f"cannot split {channels} channels into {self.groups} groups",
                "choose `groups` that divide the channels",
            )
        kernel = Weight(
            (*self.kernel_size, channels // self.groups, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        places = self.windows(sizes)
        flops = 2 * math.prod(places) * kernel.size
        return self.inferred(places, self.filters, {"kernel": kernel}, flops)

    def lower(self) -> Sequence[Call]:
        call = Call(convolution, **self.settings, groups=self.groups)
        return [call, *activate(self.activation)]


def convolution(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: str | Sequence[tuple[int, int]],
    dilation: Sequence[int] | None = None,
    groups: int = 1,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, *sizes, in), kernel (*window, in / groups, out), bias (out,)."""
    y = lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding,
        rhs_dilation=dilation,
        dimension_numbers=layout(x.ndim, data_format),
        feature_group_count=groups,
    )
    return add_bias(y, bias, data_format)


def layout(ndim: int, data_format: str) -> tuple[str, str, str]:
    """Axes of input, kernel and output; the kernel is the same in both data formats."""
    axes = "DHW"[5 - ndim :]
    data = f"N{axes}C" if data_format == "channels_last" else f"NC{axes}"
    return data, f"{axes}IO", data


def add_bias(y: Array, bias: Array | None, data_format: str) -> Array:
    """``y + bias`` along the channels."""
    if bias is None:
        return y
    if data_format == "channels_last":
        return y + bias
    return y + bias.reshape(-1, *[1] * (y.ndim - 2))
