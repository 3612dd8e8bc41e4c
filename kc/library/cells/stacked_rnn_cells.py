"""Several cells in each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Shape, TensorType, Weight
from kc.library.cell import Cell, CellField
from kc.library.recurrence import own_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array


class StackedRNNCells(Cell, kind="stacked_rnn_cells"):
    """Cells one above the other: each takes the output of the one before, in every step.

    The same as recurrent layers one after another, of which all but the last return sequences; and
    that is how it is computed.

    Source: ``keras/src/layers/rnn/stacked_rnn_cells.py``.

    Example:
        - rnn: {cell: {stacked_rnn_cells: [{lstm_cell: 8}, {gru_cell: 4}]}}
    """

    cells: Annotated[tuple[CellField, ...], Field(min_length=2)]
    """The cells, the first one takes the input."""

    def states(self) -> Sequence[str]:
        return [
            f"{name}_{number}" for number, cell in enumerate(self.cells) for name in cell.states()
        ]

    def state_shapes(self, step: TensorType) -> Sequence[Shape]:
        return [shape for cell, x in self.inputs(step) for shape in cell.state_shapes(x)]

    def output_shape(self, step: TensorType) -> Shape:
        *_, (cell, x) = self.inputs(step)
        return cell.output_shape(x)

    def weights(self, step: TensorType) -> Mapping[str, Weight]:
        return {
            f"cell_{number}_{name}": weight
            for number, (cell, x) in enumerate(self.inputs(step))
            for name, weight in cell.weights(x).items()
        }

    def inputs(self, step: TensorType) -> Iterator[tuple[Cell, TensorType]]:
        """The cells, and what each takes in a step."""
        for cell in self.cells:
            yield cell, step
            step = step.with_shape(*cell.output_shape(step))

    def sequence(self, **options: object) -> Call:
        cells = tuple(cell.sequence() for cell in self.cells)
        return Call(
            stacked_rnn_cells,
            cells=cells,
            states_of=tuple(len(cell.states()) for cell in self.cells),
            random=tuple(cell.takes_key for cell in cells),
            **options,
        )


def stacked_rnn_cells(
    x: Array,
    *states: Array,
    cells: tuple[Callable[..., Any], ...],
    states_of: tuple[int, ...],
    random: tuple[bool, ...],
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    in_order: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
    mask: Array | None = None,
    **arguments: Any,
) -> Any:
    """Each cell over the whole sequence, then the next one; options of ``run_steps``.

    Weights are called ``cell_0_kernel``; states_of counts the states of each cell, and random says
    which of them have dropout.
    """
    left, after = list(states), []
    for number, cell in enumerate(cells):
        last = number == len(cells) - 1
        given, left = left[: states_of[number]], left[states_of[number] :]
        own = own_arguments(arguments, f"cell_{number}_", number, random[number])
        x, *new = cell(
            x,
            *given,
            mask=mask,
            return_sequences=return_sequences or not last,
            return_state=True,
            go_backwards=go_backwards and number == 0,
            in_order=in_order and last,
            unroll=unroll,
            zero_output_for_mask=zero_output_for_mask and last,
            **own,
        )
        if go_backwards and number == 0 and mask is not None:
            mask = jnp.flip(mask, 1)
        after += new
    return (x, *after) if return_state else x
