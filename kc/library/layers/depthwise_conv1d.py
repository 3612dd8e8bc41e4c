"""Depthwise convolution over sequences."""

from __future__ import annotations

from kc.library.depthwise_convolution import DepthwiseConvolution
from kc.library.fields import CausalPadding, Single


class DepthwiseConv1D(
    DepthwiseConvolution[Single], kind="depthwise_conv1d", aka=("depthwise_convolution1d",)
):
    """Cross-correlation of each channel of a sequence with kernels of its own.

    Strides and dilation may both be above 1.

    Keras knows ``causal`` for conv1d only; it means the same here.

    Shapes: (steps, channels) -> (steps', channels * depth_multiplier); sizes as
    in ``conv1d``.

    Source: ``keras/src/layers/convolutional/base_depthwise_conv.py``.

    Example:
        - depthwise_conv1d: {kernel_size: 3, padding: same, depth_multiplier: 2}
    """

    strides: Single = (1,)
    padding: CausalPadding = "valid"  # pyright: ignore[reportIncompatibleVariableOverride]
    """``causal`` pads only the beginning with zeros: no output depends on later steps."""
    dilation_rate: Single = (1,)
