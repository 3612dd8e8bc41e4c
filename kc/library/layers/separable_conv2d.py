"""Separable convolution over images."""

from __future__ import annotations

from kc.library.depthwise_convolution import SeparableConvolution
from kc.library.fields import Pair


class SeparableConv2D(
    SeparableConvolution[Pair], kind="separable_conv2d", aka=("separable_convolution2d",)
):
    """A depthwise convolution, then one with kernels of size 1 that mixes the channels.

    Bias and activation stand after the second step, strides and dilation belong to the first; they
    may both be above 1.

    Shapes: (height, width, channels) -> (height', width', filters); sizes as in ``conv2d``.

    Source: ``keras/src/layers/convolutional/base_separable_conv.py``.

    Example:
        - separable_conv2d: {filters: 16, kernel_size: 3, padding: same, activation: relu}
    """

    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
