"""Depthwise convolution over images."""

from __future__ import annotations

from kc.library.depthwise_convolution import DepthwiseConvolution
from kc.library.fields import Pair


class DepthwiseConv2D(
    DepthwiseConvolution[Pair], kind="depthwise_conv2d", aka=("depthwise_convolution2d",)
):
    """Cross-correlation of each channel of an image with kernels of its own.

    Strides and dilation may both be above 1.

    Shapes: (height, width, channels) -> (height', width', channels * depth_multiplier); sizes as
    in ``conv2d``.

    Source: ``keras/src/layers/convolutional/base_depthwise_conv.py``.

    Example:
        - depthwise_conv2d: {kernel_size: 3, padding: same, depth_multiplier: 2}
    """

    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
