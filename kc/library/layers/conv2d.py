"""Convolution over images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core.lazy import lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.activations import ActivationField, activate, activated
from kc.library.fields import DataFormat, Padding, Pair, PositiveInt
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.windows import image_axes, image_type, window_sizes

if TYPE_CHECKING:
    from jax import Array


class Conv2D(Layer, kind="conv2d"):
    """Cross-correlation of an image with a set of small kernels.

    Shapes: (height, width, channels) -> (height', width', filters). With padding ``same`` and
    stride s a size n becomes ceil(n / s); with ``valid`` it becomes ceil((n - k + 1) / s), where k
    is the kernel's size, dilation included. An odd unit of padding goes to the bottom and right.

    Source: ``keras/src/layers/convolutional/base_conv.py``.

    Example:
        - conv2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
    """

    filters: PositiveInt
    """Number of kernels: the channels of the output."""
    kernel_size: Pair
    """Height and width of a kernel."""
    strides: Pair = (1, 1)
    """Steps between windows."""
    padding: Padding = "valid"
    """``valid`` uses whole windows only, ``same`` pads with zeros."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    dilation_rate: Pair = (1, 1)
    """Distance between the elements of a kernel."""
    groups: PositiveInt = 1
    """Number of groups of channels that are convolved separately."""
    activation: ActivationField = None
    """Function applied to the result; none by default."""
    use_bias: bool = True
    """Whether to add a trainable bias per filter."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernels."""
    bias_initializer: InitializerField = ZEROS
    """First value of the bias."""

    @model_validator(mode="after")
    def _check(self) -> Conv2D:
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError("`strides` above 1 and `dilation_rate` above 1 exclude each other")
        if self.filters % self.groups:
            raise ValueError(f"`filters` {self.filters} is no multiple of `groups` {self.groups}")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        height, width, channels = image_axes(x, self.data_format)
        if channels % self.groups:
            raise ShapeError(
                f"cannot split {channels} channels into {self.groups} groups",
                "choose `groups` that divide the channels",
            )
        window = tuple(
            (k - 1) * d + 1 for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)
        )
        rows, columns = window_sizes((height, width), window, self.strides, self.padding)
        kernel = (*self.kernel_size, channels // self.groups, self.filters)
        weights = {"kernel": Weight(kernel, self.kernel_initializer)}
        if self.use_bias:
            weights["bias"] = Weight((self.filters,), self.bias_initializer)
        y = image_type(rows, columns, self.filters, self.data_format)
        work = 2 * self.kernel_size[0] * self.kernel_size[1] * kernel[2]
        flops = y.size * (work + self.use_bias)
        return Inferred(activated(self.activation, y), weights, flops=flops)

    def lower(self) -> Sequence[Call]:
        call = Call(
            conv2d,
            strides=self.strides,
            padding=self.padding,
            dilation=self.dilation_rate,
            groups=self.groups,
            data_format=self.data_format,
        )
        return [call, *activate(self.activation)]


def conv2d(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: tuple[int, int],
    padding: str,
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, height, width, in), kernel (h, w, in / groups, out), bias (out,)."""
    layout = "NHWC" if data_format == "channels_last" else "NCHW"
    y = lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding.upper(),
        rhs_dilation=dilation,
        dimension_numbers=(layout, "HWIO", layout),
        feature_group_count=groups,
    )
    if bias is None:
        return y
    return y + (bias if data_format == "channels_last" else bias[:, None, None])
