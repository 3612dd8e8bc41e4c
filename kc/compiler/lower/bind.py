"""From a program to JAX functions. The executor walks the calls; ``kc generate`` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from kc.compiler.lower.steps import Arrays, Mode, StepError, Weights, run_stretch
from kc.core.lazy import jax, jnp
from kc.core.program import Program
from kc.core.types import Weight
from kc.library.initializers import Initializer

if TYPE_CHECKING:
    from jax import Array


def init(program: Program, key: Array, batch_size: int = 1) -> tuple[Weights, Weights]:
    """Fresh parameters and layer state. Each weight has a stream of its own, by its number.

    The size of batches matters where layers remember each row of the batch before.
    """
    numbers = iter(range(2**31))
    params = {s: _init(weights, key, numbers) for s, weights in program.weights.items()}
    state = {s: _init(weights, key, numbers) for s, weights in program.state.items()}
    return params, forget(program, state, batch_size)


def _init(weights: Mapping[str, Weight], key: Array, numbers: Any) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for name, weight in weights.items():
        call = cast("Initializer", weight.init).lower()
        stream = jax.random.fold_in(key, next(numbers))
        arrays[name] = cast("Array", call.function(stream, weight.shape, **call.settings))
    return arrays


def forget(program: Program, state: Weights, batch_size: int) -> Weights:
    """The layer state with zeros for what layers remember of the batches before."""
    zeros = {
        scope: {name: jnp.zeros((batch_size, *shape)) for name, shape in shapes.items()}
        for scope, shapes in program.memory.items()
    }
    return {**state, **zeros}


def begin_with(initial: Weights, weights: Weights) -> Weights:
    """The weights, with given arrays in the place of those of the same scope and name."""
    return {
        scope: {name: initial.get(scope, {}).get(name, array) for name, array in arrays.items()}
        for scope, arrays in weights.items()
    }


def apply(
    program: Program,
    params: Weights,
    state: Weights,
    inputs: Arrays,
    *,
    key: Array | None = None,
    train: bool = False,
    valid: Array | None = None,
) -> tuple[dict[str, Array], Weights]:
    """Run the model.

    Args:
        program: what to run.
        params: parameters by scope.
        state: layer state by scope, as moving means.
        inputs: arrays (batch, ...) by input name.
        key: randomness of this step; needed in training when a layer is random.
        train: whether layers behave as in training.
        valid: (batch,) 0 for examples that only pad the batch; None when none does.

    Returns:
        Outputs by name, and the layer state after this batch.

    Raises:
        StepError: when a function refuses its arguments.
    """
    values, state = forward(program, params, state, inputs, key=key, train=train, valid=valid)
    return outputs_of(program, values), state


def outputs_of(program: Program, values: Arrays) -> dict[str, Array]:
    return {name: values[value] for name, value in program.outputs.items()}


def forward(
    program: Program,
    params: Weights,
    state: Weights,
    inputs: Arrays,
    *,
    key: Array | None = None,
    train: bool = False,
    valid: Array | None = None,
) -> tuple[Arrays, Weights]:
    """Every value of the model by name, and the layer state; arguments as in ``apply``."""
    values: dict[str, Array] = {name: inputs[name] for name in program.inputs}
    state = dict(state)
    mode = Mode(key, train, valid)
    run_stretch(program, 0, len(program.steps), params, values, state, mode)
    return values, state


__all__ = [
    "Arrays",
    "StepError",
    "Weights",
    "apply",
    "begin_with",
    "forget",
    "forward",
    "init",
    "outputs_of",
]
