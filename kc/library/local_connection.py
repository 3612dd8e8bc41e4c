"""What locally connected layers share: arguments, shapes and the function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Generic, Literal

from pydantic import BeforeValidator

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, TensorType, Weight
from kc.library.activations import ActivationField, activate, activated
from kc.library.constraints import ConstraintField
from kc.library.convolution import Filters
from kc.library.fields import DataFormat
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.regularizers import RegularizerField
from kc.library.windows import Sizes, spatial_shape, spatial_sizes, window_sizes

if TYPE_CHECKING:
    from jax import Array


def _whole_windows(value: object) -> object:
    if value in ("same", "causal"):
        raise ValueError("each place has a kernel of its own, so only whole windows are used")
    return value


class LocalConnection(Filters, Generic[Sizes]):
    """A convolution whose kernels and biases differ from place to place."""

    kernel_size: Sizes
    """Size of a kernel along each spatial axis."""
    strides: Sizes
    """Steps between windows."""
    padding: Annotated[Literal["valid"], BeforeValidator(_whole_windows)] = "valid"
    """Only whole windows are used."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    activation: ActivationField = None
    """Function applied to the result; none by default."""
    use_bias: bool = True
    """Whether to add a trainable bias per cell of the output."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernels."""
    bias_initializer: InitializerField = ZEROS
    """First value of the biases."""
    kernel_regularizer: RegularizerField = None
    """Penalty on the kernels."""
    bias_regularizer: RegularizerField = None
    """Penalty on the biases."""
    activity_regularizer: RegularizerField = None
    """Penalty on the output."""
    kernel_constraint: ConstraintField = None
    """Projection of the kernels after each update."""
    bias_constraint: ConstraintField = None
    """Projection of the biases after each update."""

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = spatial_sizes(x, len(self.kernel_size), self.data_format)
        places = window_sizes(sizes, self.kernel_size, self.strides, self.padding)
        kernel = Weight(
            (math.prod(places), math.prod(self.kernel_size) * channels, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        weights, flops = {"kernel": kernel}, 2 * kernel.size
        y = TensorType(spatial_shape(places, self.filters, self.data_format))
        if self.use_bias:
            weights["bias"] = Weight(
                (*places, self.filters),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
            flops += y.size
        return Inferred(activated(self.activation, y), weights, flops=flops)

    def lower(self) -> Sequence[Call]:
        call = Call(
            local_connection,
            window=self.kernel_size,
            strides=self.strides,
            data_format=self.data_format,
        )
        return [call, *activate(self.activation)]


def local_connection(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    window: Sequence[int],
    strides: Sequence[int],
    data_format: str = "channels_last",
) -> Array:
    """x (batch, *sizes, in), kernel (places, prod(window) * in, out), bias (*sizes', out)."""
    if data_format == "channels_first":
        x = jnp.moveaxis(x, 1, -1)
    rank = len(window)
    places = [(n - k) // s + 1 for n, k, s in zip(x.shape[1:-1], window, strides, strict=True)]
    # (batch, places, cells, places', cells', ..., in): every axis becomes two.
    for i, (count, k, s) in enumerate(zip(places, window, strides, strict=True)):
        axis, last = 2 * i + 1, (count - 1) * s + 1
        cells = [lax.slice_in_dim(x, cell, cell + last, s, axis) for cell in range(k)]
        x = jnp.stack(cells, axis=axis + 1)
    order = (0, *range(1, 2 * rank, 2), *range(2, 2 * rank + 1, 2), 2 * rank + 1)
    x = jnp.transpose(x, order).reshape(x.shape[0], *kernel.shape[:2])
    y = jnp.einsum("bpk,pkf->bpf", x, kernel).reshape(-1, *places, kernel.shape[-1])
    y = y if bias is None else y + bias
    return jnp.moveaxis(y, -1, 1) if data_format == "channels_first" else y
