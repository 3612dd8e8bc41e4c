"""A recurrent layer made of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kc.core.program import Call
from kc.core.registry import SpecModel
from kc.core.types import Shape, TensorType, Weight
from kc.library.cell import CellField
from kc.library.recurrent import Recurrent


class CellHolder(SpecModel):
    """The field that comes first."""

    cell: CellField
    """What happens in a step: one cell, or ``stacked_rnn_cells``."""


class RNN(Recurrent, CellHolder, kind="rnn"):
    """Applies a cell to each step of a sequence.

    Shapes: (time, features) -> (units,), or (time, units) with ``return_sequences``.

    Source: ``keras/src/layers/rnn/rnn.py``.

    Example:
        - rnn: {cell: {stacked_rnn_cells: [{lstm_cell: 8}, {gru_cell: 4}]}}
    """

    def states(self) -> Sequence[str]:
        return self.cell.states()

    def state_shapes(self, step: TensorType) -> Sequence[Shape]:
        return self.cell.state_shapes(step)

    def output_shape(self, step: TensorType) -> Shape:
        return self.cell.output_shape(step)

    def weights(self, step: TensorType) -> Mapping[str, Weight]:
        return self.cell.weights(step)

    def sequence(self, **options: object) -> Call:
        return self.cell.sequence(**options)
