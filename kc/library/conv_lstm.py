"""What long short-term memory of sequences, images and volumes over time shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Self

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Shape, ShapeError, Size, TensorType
from kc.library.activations import sigmoid, tanh
from kc.library.cells.lstm_cell import LSTMGates, lstm_step
from kc.library.convolution import Filters, SlidingKernel, convolution
from kc.library.recurrence import Keep, first_states, run_steps, state_dropout
from kc.library.recurrent import Recurrent
from kc.library.windows import Sizes, axes_in_words, spatial_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array


class ConvLSTM(Recurrent, LSTMGates, SlidingKernel[Sizes], Filters, Generic[Sizes]):
    """``lstm`` whose multiplications are convolutions, over the places of each step.

    A mask works in any case; Keras takes one on JAX only where the loop is unrolled.
    """

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.refuse_strides_with_dilation()
        return self

    def step_of(self, x: TensorType) -> TensorType:
        rank = len(self.kernel_size)
        if x.rank != rank + 2 or not x.is_float:
            axes = axes_in_words(rank, self.data_format)
            raise ShapeError(
                f"needs float32[batch, time, {axes}], the input is {x}",
                "`reshape` can add the axis of time, or that of the channels",
            )
        return x.with_shape(*x.shape[1:])

    def state_shapes(self, step: TensorType) -> Sequence[Shape]:
        sizes, _ = self.axes(step)
        shape = spatial_shape(self.windows(sizes), self.filters, self.data_format)
        return [shape] * len(self.states())

    def kernel_shape(self, step: TensorType) -> Shape:
        _, channels = self.axes(step)
        return (*self.kernel_size, channels, self.filters)

    def places(self, step: TensorType) -> Size:
        sizes, _ = self.axes(step)
        return math.prod(self.windows(sizes))

    def steps(self, **options: object) -> Call:
        return Call(conv_lstm, **self.settings, **self.activations(), **options)


def conv_lstm(
    x: Array,
    h: Array | None = None,
    c: Array | None = None,
    *,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    strides: Sequence[int],
    padding: str,
    dilation: Sequence[int] | None = None,
    data_format: str = "channels_last",
    activation: Callable[[Array], Array] = tanh,
    recurrent_activation: Callable[[Array], Array] = sigmoid,
    keep: Keep | None = None,
    mask: Array | None = None,
    **options: bool,
) -> Any:
    """x (batch, time, *sizes, channels), h and c (batch, *places, filters) -> the same.

    Channels of the kernels' results are the gates i, f, c, o. Options are those of ``run_steps``.
    """
    axis = -1 if data_format == "channels_last" else 1
    # Of all steps at once.
    gates = convolution(
        x.reshape(-1, *x.shape[2:]),
        kernel,
        bias,
        strides=strides,
        padding=padding,
        dilation=dilation,
        data_format=data_format,
    )
    gates = gates.reshape(*x.shape[:2], *gates.shape[1:])
    zeros = jnp.zeros_like(jnp.split(gates[:, 0], 4, axis=axis)[0])
    drop = state_dropout(keep, zeros)
    every_place = [1] * (recurrent_kernel.ndim - 2)

    def step(x: Array, h: Array, c: Array) -> tuple[Array, ...]:
        of_state = convolution(
            drop(h),
            recurrent_kernel,
            strides=every_place,
            padding="SAME",
            data_format=data_format,
        )
        return lstm_step(x + of_state, c, activation, recurrent_activation, axis)

    return run_steps(step, gates, first_states((h, c), zeros), mask, **options)
