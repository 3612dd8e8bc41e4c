"""Long short-term memory of volumes."""

from __future__ import annotations

from kc.library.conv_lstm import ConvLSTM
from kc.library.fields import Triple


class ConvLSTM3D(ConvLSTM[Triple], kind="conv_lstm3d"):
    """Long short-term memory over volumes that change with time (Shi et al. 2015).

    ``lstm`` in which kernels slide over each step instead of weighing all features, and states have
    the places of the convolution. Strides, padding and dilation are those of the input's kernel;
    that of the state has stride 1 and padding ``same``. No gate looks at the cell state, as in
    Keras and unlike in the paper. With ``recurrent_dropout`` all gates see the same choice; Keras
    draws one for each gate then.

    Shapes: (time, depth, height, width, channels) -> (depth', height', width', filters), with
    (time,) in front with ``return_sequences``.

    Source: ``keras/src/layers/rnn/conv_lstm.py``.

    Example:
        - conv_lstm3d: {filters: 4, kernel_size: 3, padding: same}
    """

    strides: Triple = (1, 1, 1)
    dilation_rate: Triple = (1, 1, 1)
