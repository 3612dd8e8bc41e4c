"""Separable convolution over sequences."""

from __future__ import annotations

from kc.library.depthwise_convolution import SeparableConvolution
from kc.library.fields import CausalPadding, Single


class SeparableConv1D(
    SeparableConvolution[Single], kind="separable_conv1d", aka=("separable_convolution1d",)
):
    """A depthwise convolution, then one with kernels of size 1 that mixes the channels.

    Bias and activation stand after the second step, strides and dilation belong to the first; they
    may both be above 1.

    Keras 2 had ``causal`` here, Keras 3 refuses it; it means the same as in conv1d.

    Shapes: (steps, channels) -> (steps', filters); sizes as in ``conv1d``.

    Source: ``keras/src/layers/convolutional/base_separable_conv.py``.

    Example:
        - separable_conv1d: {filters: 16, kernel_size: 3, padding: same, activation: relu}
    """

    strides: Single = (1,)
    padding: CausalPadding = "valid"  # pyright: ignore[reportIncompatibleVariableOverride]
    """``causal`` pads only the beginning with zeros: no output depends on later steps."""
    dilation_rate: Single = (1,)
