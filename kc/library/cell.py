"""What a cell is: the weights and the mathematics of one step of a recurrent layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry, SpecModel
from kc.core.types import Shape, Size, TensorType, Weight
from kc.library.constraints import ConstraintField
from kc.library.fields import Fraction, PositiveInt, Seed
from kc.library.initializers import GLOROT_UNIFORM, ORTHOGONAL, ZEROS, InitializerField
from kc.library.recurrence import with_dropout
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class Steps(SpecModel):
    """What cells and recurrent layers have in common."""

    def states(self) -> Sequence[str]:
        """Names of the states."""
        raise NotImplementedError

    def state_shapes(self, step: TensorType) -> Sequence[Shape]:
        """Shapes of the states, where the input of a step is of this type."""
        raise NotImplementedError

    def output_shape(self, step: TensorType) -> Shape:
        """Shape of the output of a step: by default that of the first state, which it is."""
        return self.state_shapes(step)[0]

    def weights(self, step: TensorType) -> Mapping[str, Weight]:
        """The weights, where the input of a step is of this type."""
        raise NotImplementedError

    def sequence(self, **options: object) -> Call:
        """A function of a whole sequence and the first states; see ``recurrence.run_steps``."""
        raise NotImplementedError


class Cell(Entry, Steps, family="cell"):
    """One step of a recurrent layer, for ``rnn`` and ``stacked_rnn_cells``."""

    def lower(self) -> Call:
        """A function of a whole sequence."""
        return self.sequence()


CellField = Annotated[Cell, EntryOf("cell")]


class Gates(Steps):
    """Fields that all kinds of recurrent units have, and what follows from them."""

    use_bias: bool = True
    """Whether to add a trainable bias."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the weights of the input."""
    recurrent_initializer: InitializerField = ORTHOGONAL
    """First value of the weights of the state."""
    bias_initializer: InitializerField = ZEROS
    """First value of the bias."""
    kernel_regularizer: RegularizerField = None
    """Penalty on the weights of the input, added to the loss."""
    recurrent_regularizer: RegularizerField = None
    """Penalty on the weights of the state."""
    bias_regularizer: RegularizerField = None
    """Penalty on the bias."""
    kernel_constraint: ConstraintField = None
    """What the weights of the input are made to fulfil after every update."""
    recurrent_constraint: ConstraintField = None
    """What the weights of the state are made to fulfil after every update."""
    bias_constraint: ConstraintField = None
    """What the bias is made to fulfil after every update."""
    dropout: Fraction = 0.0
    """Part of the input's features that is dropped while training, one choice per sequence."""
    recurrent_dropout: Fraction = 0.0
    """Part of the state's units that is dropped on the way into a step, one choice per sequence."""
    seed: Seed | None = None
    """Gives the dropout a random stream of its own number, beside the run's seed."""

    def states(self) -> Sequence[str]:
        return ("h",)

    def gates(self) -> int:
        """How many blocks of columns the kernels have, one for each gate."""
        return 1

    def kernel_shape(self, step: TensorType) -> Shape:
        """Shape of one gate's weights of the input: (..., features, units)."""
        raise NotImplementedError

    def bias_shape(self, columns: Size) -> Shape:
        return (columns,)

    def first_bias(self) -> InitializerField:
        return self.bias_initializer

    def weights(self, step: TensorType) -> Mapping[str, Weight]:
        *window, features, units = self.kernel_shape(step)
        columns = self.gates() * units
        weights = {
            "kernel": Weight(
                (*window, features, columns),
                self.kernel_initializer,
                regularizer=self.kernel_regularizer,
                constraint=self.kernel_constraint,
            ),
            "recurrent_kernel": Weight(
                (*window, units, columns),
                self.recurrent_initializer,
                regularizer=self.recurrent_regularizer,
                constraint=self.recurrent_constraint,
            ),
        }
        if self.use_bias:
            weights["bias"] = Weight(
                self.bias_shape(columns),
                self.first_bias(),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        return weights

    def steps(self, **options: object) -> Call:
        """The function of a sequence, without dropout."""
        raise NotImplementedError

    def sequence(self, **options: object) -> Call:
        call = self.steps(**options)
        if not self.dropout and not self.recurrent_dropout:
            return call
        return Call(
            with_dropout,
            layer=call,
            dropout=self.dropout or None,
            recurrent_dropout=self.recurrent_dropout or None,
            seed=self.seed,
        )


class Width(SpecModel):
    """The field that comes first."""

    units: PositiveInt
    """Number of units: the size of the output and of each state."""


class Units(Gates, Width):
    """Units that see all features of a step."""

    def state_shapes(self, step: TensorType) -> Sequence[Shape]:
        return [(self.units,)] * len(self.states())

    def kernel_shape(self, step: TensorType) -> Shape:
        return (step.axis(-1), self.units)


def project(x: Array, kernel: Array, bias: Array | None) -> Array:
    """What the input adds to each step, for all steps at once."""
    y = jnp.matmul(x, kernel)
    return y if bias is None else y + bias


def zero_state(x: Array, recurrent_kernel: Array) -> Array:
    """A state of zeros (batch, units)."""
    return jnp.zeros((x.shape[0], recurrent_kernel.shape[0]), x.dtype)
