"""Gated recurrent units over a sequence."""

from __future__ import annotations

from kc.library.cells.gru_cell import GRUUnits
from kc.library.recurrent import Recurrent


class GRU(Recurrent, GRUUnits, kind="gru"):
    """Gated recurrent units (Cho et al. 2014).

    ``h' = z h + (1 - z) tanh(candidate)``: the gate z keeps the old state. The candidate is
    ``x_h + r (h @ U + b)`` with ``reset_after``, else ``x_h + (r h) @ U``. The gates z and r
    are sigmoids of ``x @ kernel + h @ recurrent_kernel + bias``.

    At masked steps the states stay as they are. With ``recurrent_dropout`` all gates see the same
    choice; Keras draws one for each gate then. In Keras 2 the gates were hard sigmoids, and
    ``reset_after`` was false.

    Shapes: (time, features) -> (units,), or (time, units) with ``return_sequences``.

    Source: ``keras/src/layers/rnn/gru.py``.

    Example:
        - gru: 8
    """
