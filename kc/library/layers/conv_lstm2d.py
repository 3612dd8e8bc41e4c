"""Long short-term memory of images."""

from __future__ import annotations

from kc.library.conv_lstm import ConvLSTM
from kc.library.fields import Pair


class ConvLSTM2D(ConvLSTM[Pair], kind="conv_lstm2d"):
    """Long short-term memory over the images of a film (Shi et al. 2015).

    ``lstm`` in which kernels slide over each step instead of weighing all features, and states have
    the places of the convolution. Strides, padding and dilation are those of the input's kernel;
    that of the state has stride 1 and padding ``same``. No gate looks at the cell state, as in
    Keras and unlike in the paper. With ``recurrent_dropout`` all gates see the same choice; Keras
    draws one for each gate then.

    Shapes: (time, height, width, channels) -> (height', width', filters), with (time,) in front
    with ``return_sequences``.

    Source: ``keras/src/layers/rnn/conv_lstm.py``.

    Example:
        - conv_lstm2d: {filters: 4, kernel_size: 3, padding: same}
    """

    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
