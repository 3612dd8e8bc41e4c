"""The plain recurrent unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jnp
from kc.core.program import Call, setting
from kc.library.activations import ActivationField, Linear, Tanh, tanh
from kc.library.cell import Cell, Units, project
from kc.library.recurrence import first_states, run_steps

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
    keep: Array | None = None,
    mask: Array | None = None,
    **options: bool,
) -> Any:
    """x (batch, time, features), h (batch, units) -> (batch, units); options of ``run_steps``."""

    def step(x: Array, h: Array) -> tuple[Array, ...]:
        h = h if keep is None else h * keep
        return (activation(x + jnp.matmul(h, recurrent_kernel)),)

    states = first_states((h,), x, recurrent_kernel)
    return run_steps(step, project(x, kernel, bias), states, mask, **options)
