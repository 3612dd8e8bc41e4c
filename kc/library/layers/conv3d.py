"""Convolution over volumes."""

from __future__ import annotations

from kc.library.convolution import Convolution
from kc.library.fields import Triple


class Conv3D(Convolution[Triple], kind="conv3d", aka=("convolution3d",)):
    """Cross-correlation of a volume, or of a series of images, with a set of small kernels.

    Shapes: (depth, height, width, channels) -> (depth', height', width', filters); sizes as in
    ``conv2d``.

    Source: ``keras/src/layers/convolutional/base_conv.py``.

    Example:
        - conv3d: {filters: 8, kernel_size: 3, padding: same, activation: relu}
    """

    strides: Triple = (1, 1, 1)
    dilation_rate: Triple = (1, 1, 1)
