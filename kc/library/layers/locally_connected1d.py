"""Convolution over sequences with kernels that are not shared."""

from __future__ import annotations

from kc.library.fields import Single
from kc.library.local_connection import LocalConnection


class LocallyConnected1D(LocalConnection[Single], kind="locally_connected1d"):
    """As ``conv1d``, with kernels and biases of its own at each place of a sequence.

    The layer is of Keras 2; Keras 3 has none. The kernels are (places, window * channels, filters),
    the channels of a cell side by side in both data formats; the biases are (*places, filters).
    Keras 2 took
    ``channels_last`` only.

    Shapes: (steps, channels) -> (steps', filters).

    Source: ``keras/layers/local.py`` of Keras 2.2.4.

    Example:
        - locally_connected1d: {filters: 4, kernel_size: 3, activation: relu}
    """

    strides: Single = (1,)
