"""Gated recurrent units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jnp
from kc.core.program import Call, setting
from kc.core.types import Shape, Size
from kc.library.activations import ActivationField, Linear, Sigmoid, Tanh, sigmoid, tanh
from kc.library.cell import Cell, Units, project, zero_state
from kc.library.recurrence import Keep, first_states, run_steps, state_dropout

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array


class GRUUnits(Units):
    """Fields of ``gru`` and of its cell."""

    activation: ActivationField = Tanh.default()
    """Function of the candidate for the new state; null for none."""
    recurrent_activation: ActivationField = Sigmoid.default()
    """Function of the gates; null for none."""
    reset_after: bool = True
    """Whether the reset gate acts after the multiplication with the recurrent kernel, which gives
    the state a bias of its own, or on the state before it.
    """

    def gates(self) -> int:
        return 3

    def bias_shape(self, columns: Size) -> Shape:
        return (2, columns) if self.reset_after else (columns,)

    def steps(self, **options: object) -> Call:
        return Call(
            gru,
            activation=setting((self.activation or Linear.default()).lower()),
            recurrent_activation=setting((self.recurrent_activation or Linear.default()).lower()),
            reset_after=self.reset_after,
            **options,
        )


class GRUCell(Cell, GRUUnits, kind="gru_cell"):
    """The step of ``gru``: ``h' = z h + (1 - z) candidate``.

    Source: ``keras/src/layers/rnn/gru.py``.

    Example:
        - rnn: {cell: {gru_cell: 8}}
    """


def gru(
    x: Array,
    h: Array | None = None,
    *,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array | None = None,
    activation: Callable[[Array], Array] = tanh,
    recurrent_activation: Callable[[Array], Array] = sigmoid,
    reset_after: bool = True,
    keep: Keep | None = None,
    mask: Array | None = None,
    **options: bool,
) -> Any:
    """x (batch, time, features), h (batch, units) -> (batch, units).

    Columns of the kernels are the gates z, r and the candidate. With reset_after the bias has two
    rows, for the input and for the state. Options are those of ``run_steps``.
    """
    of_input, of_state = bias if bias is not None and reset_after else (bias, None)
    gates, candidate = jnp.split(recurrent_kernel, [2 * recurrent_kernel.shape[0]], axis=1)
    zeros = zero_state(x, recurrent_kernel)
    drop = state_dropout(keep, zeros)

    def step(x: Array, h: Array) -> tuple[Array, ...]:
        used = drop(h)
        x_z, x_r, x_h = jnp.split(x, 3, axis=-1)
        if reset_after:
            z, r, inner = jnp.split(project(used, recurrent_kernel, of_state), 3, axis=-1)
        else:
            z, r, inner = *jnp.split(jnp.matmul(used, gates), 2, axis=-1), None
        z, r = recurrent_activation(x_z + z), recurrent_activation(x_r + r)
        inner = jnp.matmul(r * used, candidate) if inner is None else r * inner
        return (z * h + (1.0 - z) * activation(x_h + inner),)

    x = project(x, kernel, of_input)
    return run_steps(step, x, first_states((h,), zeros), mask, **options)
