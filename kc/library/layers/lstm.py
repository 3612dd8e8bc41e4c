"""Long short-term memory over a sequence."""

from __future__ import annotations

from kc.library.cells.lstm_cell import LSTMUnits
from kc.library.recurrent import Recurrent


class LSTM(Recurrent, LSTMUnits, kind="lstm"):
    """Long short-term memory (Hochreiter and Schmidhuber 1997).

    ``c' = sigmoid(f) c + sigmoid(i) tanh(g)``, ``h' = sigmoid(o) tanh(c')``, where
    ``i, f, g, o = x @ kernel + h @ recurrent_kernel + bias``. The output is h.

    At masked steps the states stay as they are. With ``recurrent_dropout`` all gates see the same
    choice; Keras draws one for each gate then. In Keras 2 the gates were hard sigmoids.

    Shapes: (time, features) -> (units,), or (time, units) with ``return_sequences``.

    Source: ``keras/src/layers/rnn/lstm.py``.

    Example:
        - lstm: 8
    """
