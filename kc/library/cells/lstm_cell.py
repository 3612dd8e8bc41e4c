"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kc.core.lazy import jnp
from kc.core.program import Call, setting
from kc.library.activations import ActivationField, Linear, Sigmoid, Tanh, sigmoid, tanh
from kc.library.cell import Cell, Gates, Units, project, zero_state
from kc.library.initializers import Initializer, InitializerField
from kc.library.recurrence import Keep, first_states, run_steps, state_dropout

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array


class LSTMGates(Gates):
    """Fields of ``lstm``, of its cell and of ``conv_lstm2d``."""

    activation: ActivationField = Tanh.default()
    """Function of what is written into the cell state, and of what is read; null for none."""
    recurrent_activation: ActivationField = Sigmoid.default()
    """Function of the gates; null for none."""
    unit_forget_bias: bool = True
    """Whether the bias of the forget gate begins at 1, so that cells remember at first."""

    def states(self) -> Sequence[str]:
        return ("h", "c")

    def gates(self) -> int:
        return 4

    def first_bias(self) -> InitializerField:
        if not self.unit_forget_bias:
            return self.bias_initializer
        return ForgetBias(bias_initializer=self.bias_initializer)

    def activations(self) -> dict[str, object]:
        """The functions of the gates, as settings."""
        activation = self.activation or Linear.default()
        of_gates = self.recurrent_activation or Linear.default()
        return {
            "activation": setting(activation.lower()),
            "recurrent_activation": setting(of_gates.lower()),
        }


class LSTMUnits(LSTMGates, Units):
    """Fields of ``lstm`` and of its cell."""

    def steps(self, **options: object) -> Call:
        return Call(lstm, **self.activations(), **options)


class LSTMCell(Cell, LSTMUnits, kind="lstm_cell"):
    """The step of ``lstm``: ``c' = f c + i activation(g)``, ``h' = o activation(c')``.

    Source: ``keras/src/layers/rnn/lstm.py``.

    Example:
        - rnn: {cell: {lstm_cell: 8}}
    """


class ForgetBias(Initializer):
    """A first bias with ones for the forget gate."""

    kind = "forget_bias"

    bias_initializer: InitializerField
    """First value of the other gates' bias."""

    def lower(self) -> Call:
        return Call(forget_bias, initializer=setting(self.bias_initializer.lower()))


def forget_bias(key: Array, shape: tuple[int, ...], *, initializer: Callable[..., Array]) -> Array:
    """(4 * units,): i, f, c, o, where f is all ones."""
    i, _, c, o = jnp.split(initializer(key, shape), 4)
    return jnp.concatenate([i, jnp.ones_like(i), c, o])


def lstm(
    x: Array,
    h: Array | None = None,
    c: Array | None = None,
    *,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    activation: Callable[[Array], Array] = tanh,
    recurrent_activation: Callable[[Array], Array] = sigmoid,
    keep: Keep | None = None,
    mask: Array | None = None,
    **options: bool,
) -> Any:
    """x (batch, time, features), h and c (batch, units) -> (batch, units).

    Columns of the kernels are the gates i, f, c, o. Options are those of ``run_steps``.
    """
    zeros = zero_state(x, recurrent_kernel)
    drop = state_dropout(keep, zeros)

    def step(x: Array, h: Array, c: Array) -> tuple[Array, ...]:
        gates = x + jnp.matmul(drop(h), recurrent_kernel)
        return lstm_step(gates, c, activation, recurrent_activation)

    x = project(x, kernel, bias)
    return run_steps(step, x, first_states((h, c), zeros), mask, **options)


def lstm_step(
    gates: Array,
    c: Array,
    activation: Callable[[Array], Array],
    recurrent_activation: Callable[[Array], Array],
    axis: int = -1,
) -> tuple[Array, Array]:
    """The states h and c after a step. Along the axis stand the gates i, f, g, o."""
    i, f, g, o = jnp.split(gates, 4, axis=axis)
    c = recurrent_activation(f) * c + recurrent_activation(i) * activation(g)
    return recurrent_activation(o) * activation(c), c
