"""What transposed convolutions share: arguments, shapes and the function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic

from pydantic import model_validator

from kc.core.dimension import surely_below
from kc.core.lazy import lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.activations import activate
from kc.library.constraints import ConstraintField
from kc.library.convolution import Filters, SlidingKernel, add_bias, layout
from kc.library.fields import Padding
from kc.library.initializers import GLOROT_UNIFORM, InitializerField
from kc.library.regularizers import RegularizerField
from kc.library.windows import Sizes, dilated

if TYPE_CHECKING:
    from jax import Array


class TransposedConvolution(SlidingKernel[Sizes], Filters, Generic[Sizes]):
    """The gradient of a convolution with respect to its input, used forwards."""

    output_padding: Sizes | None = None
    """What to add to the sizes of the output, below ``strides``; see the shapes for the default."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernels."""
    kernel_regularizer: RegularizerField = None
    """Penalty on the kernels."""
    kernel_constraint: ConstraintField = None
    """Projection of the kernels after each update."""

    @model_validator(mode="after")
    def _check(self) -> TransposedConvolution[Sizes]:
        self.refuse_strides_with_dilation()
        for rest, stride in zip(self.output_padding or (), self.strides, strict=False):
            if rest >= stride:
                raise ValueError(f"`output_padding` {rest} is not below the stride {stride}")
        return self

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """Cells around the stretched input, before and after each axis."""
        window = dilated(self.kernel_size, self.dilation_rate)
        rests = self.output_padding or (None,) * len(window)
        axes = zip(window, self.strides, rests, strict=True)
        return tuple(_pads(k, s, self.padding, rest) for k, s, rest in axes)

    def infer(self, x: TensorType, /) -> Inferred:
        sizes, channels = self.axes(x)
        kernel = Weight(
            (*self.kernel_size, self.filters, channels),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        window = dilated(self.kernel_size, self.dilation_rate)
        axes = zip(sizes, self.strides, window, self.pads, strict=True)
        made = tuple((n - 1) * s + sum(pads) - k + 2 for n, s, k, pads in axes)
        if any(surely_below(n, 1) for n in made):
            raise ShapeError(
                f"makes {' x '.join(map(str, made))} cells of {' x '.join(map(str, sizes))}",
                "use a larger `output_padding`, or none",
            )
        flops = 2 * math.prod(sizes) * kernel.size
        return self.inferred(made, self.filters, {"kernel": kernel}, flops)

    def lower(self) -> Sequence[Call]:
        settings = self.settings | {"padding": self.pads}
        return [Call(transposed_convolution, **settings), *activate(self.activation)]


def _pads(window: int, stride: int, padding: Padding, rest: int | None) -> tuple[int, int]:
    """With ``pads`` a size n becomes ``(n - 1) * stride + sum(pads) - window + 2``."""
    if padding == "valid":
        rest = max(stride - window, 0) if rest is None else rest
        return window - 1, window - 1 + rest
    total = window - 2 + (stride if rest is None else window % 2 + rest)
    before = min(-(-total // 2), window - 1)
    return before, total - before


def transposed_convolution(
    x: Array,
    kernel: Array,
    bias: Array | None = None,
    *,
    strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int] | None = None,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, *sizes, in), kernel (*window, out, in), bias (out,)."""
    y = lax.conv_transpose(
        x,
        kernel,
        strides,
        padding,
        rhs_dilation=dilation,
        dimension_numbers=layout(x.ndim, data_format),
        transpose_kernel=True,
    )
    return add_bias(y, bias, data_format)
