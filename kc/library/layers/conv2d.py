"""Convolution over images."""

from __future__ import annotations

from kc.library.convolution import Convolution
from kc.library.fields import Pair


class Conv2D(Convolution[Pair], kind="conv2d", aka=("convolution2d",)):
    """Cross-correlation of an image with a set of small kernels.

    Shapes: (height, width, channels) -> (height', width', filters). With padding ``same`` and
    stride s a size n becomes ceil(n / s); with ``valid`` it becomes ceil((n - k + 1) / s), where k
    is the kernel's size, dilation included. An odd unit of padding goes to the bottom and right.

    Source: ``keras/src/layers/convolutional/base_conv.py``.

    Example:
        - conv2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
    """

    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
