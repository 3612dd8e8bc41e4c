"""Long short-term memory of sequences."""

from __future__ import annotations

from kc.library.conv_lstm import ConvLSTM
from kc.library.fields import Single


class ConvLSTM1D(ConvLSTM[Single], kind="conv_lstm1d"):
    """Long short-term memory over sequences that change with time (Shi et al. 2015).

    ``lstm`` in which kernels slide over each step instead of weighing all features, and states have
    the places of the convolution. Strides, padding and dilation are those of the input's kernel;
    that of the state has stride 1 and padding ``same``. No gate looks at the cell state, as in
    Keras and unlike in the paper. With ``recurrent_dropout`` all gates see the same choice; Keras
    draws one for each gate then.

    Shapes: (time, steps, channels) -> (steps', filters), or (time, steps', filters) with
    ``return_sequences``.

    Source: ``keras/src/layers/rnn/conv_lstm.py``.

    Example:
        - conv_lstm1d: {filters: 4, kernel_size: 3, padding: same}
    """

    strides: Single = (1,)
    dilation_rate: Single = (1,)
