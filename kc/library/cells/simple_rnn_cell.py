"""The plain recurrent unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jnp
from kc.core.program import Call, setting
from kc.library.activations import ActivationField, Linear, Tanh, tanh
from kc.library.cell import Cell, Units, project, zero_state
from kc.library.recurrence import Keep, first_states, run_steps, state_dropout

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array


class SimpleRNNUnits(Units):
    """Fields of ``simple_rnn`` and of its cell."""

    activation: ActivationField = Tanh.default()
    """Function of the new state; null for none."""

    def steps(self, **options: object) -> Call:
        activation = (self.activation or Linear.default()).lower()
        return Call(simple_rnn, activation=setting(activation), **options)


class SimpleRNNCell(Cell, SimpleRNNUnits, kind="simple_rnn_cell"):
    """``h' = activation(x @ kernel + h @ recurrent_kernel + bias)``.

    Source: ``keras/src/layers/rnn/simple_rnn.py``.

    Example:
        - rnn: {cell: {simple_rnn_cell: 8}}
    """


def simple_rnn(
    x: Array,
    h: Array | None = None,
    *,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    activation: Callable[[Array], Array] = tanh,
    keep: Keep | None = None,
    mask: Array | None = None,
    **options: bool,
) -> Any:
    """x (batch, time, features), h (batch, units) -> (batch, units); options of ``run_steps``."""
    zeros = zero_state(x, recurrent_kernel)
    drop = state_dropout(keep, zeros)

    def step(x: Array, h: Array) -> tuple[Array, ...]:
        return (activation(x + jnp.matmul(drop(h), recurrent_kernel)),)

    x = project(x, kernel, bias)
    return run_steps(step, x, first_states((h,), zeros), mask, **options)
