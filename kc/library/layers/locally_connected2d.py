"""Convolution over images with kernels that are not shared."""

from __future__ import annotations

from kc.library.fields import Pair
from kc.library.local_connection import LocalConnection


class LocallyConnected2D(LocalConnection[Pair], kind="locally_connected2d"):
    """As ``conv2d``, with kernels and biases of its own at each place of an image.

    The layer is of Keras 2; Keras 3 has none. The kernels are (places, window * channels, filters),
    the channels of a cell side by side in both data formats; the biases are (*places, filters).
    For
    ``channels_first`` Keras 2 put the cells of a channel side by side.

    Shapes: (height, width, channels) -> (height', width', filters).

    Source: ``keras/layers/local.py`` of Keras 2.2.4.

    Example:
        - locally_connected2d: {filters: 4, kernel_size: 3, activation: relu}
    """

    strides: Pair = (1, 1)
