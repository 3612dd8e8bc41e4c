"""The plain recurrent layer."""

from __future__ import annotations

from kc.library.cells.simple_rnn_cell import SimpleRNNUnits
from kc.library.recurrent import Recurrent


class SimpleRNN(Recurrent, SimpleRNNUnits, kind="simple_rnn"):
    """``h' = activation(x @ kernel + h @ recurrent_kernel + bias)``, step by step.

    At masked steps the state stays as it is.

    Shapes: (time, features) -> (units,), or (time, units) with ``return_sequences``.

    Source: ``keras/src/layers/rnn/simple_rnn.py``.

    Example:
        - simple_rnn: 8
    """
