"""Convolution over sequences."""

from __future__ import annotations

from kc.library.convolution import Convolution
from kc.library.fields import CausalPadding, Single


class Conv1D(Convolution[Single], kind="conv1d", aka=("convolution1d",)):
    """Cross-correlation of a sequence with a set of short kernels.

    Shapes: (steps, channels) -> (steps', filters). With padding ``same`` or ``causal`` and stride s
    n steps become ceil(n / s); with ``valid`` they become ceil((n - k + 1) / s), where k is the
    kernel's size, dilation included. An odd unit of ``same`` padding goes to the end.

    Source: ``keras/src/layers/convolutional/base_conv.py``.

    Example:
        - conv1d: {filters: 16, kernel_size: 3, padding: causal, activation: relu}
    """

    strides: Single = (1,)
    padding: CausalPadding = "valid"  # pyright: ignore[reportIncompatibleVariableOverride]
    """``causal`` pads only the beginning with zeros: no output depends on later steps."""
    dilation_rate: Single = (1,)
