"""Gradients with respect to the inputs of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

from kc.compiler.lower import bind, update
from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.plan import tracing_errors
from kc.core.data import Examples


def of_output(
    execution: Execution, state: TrainState, examples: Examples, output: str, place: tuple[int, ...]
) -> Mapping[str, np.ndarray]:
    """Gradients of an output, or of one number of it, for each example.

    Args:
        execution: the model.
        state: its weights.
        examples: inputs.
        output: name of the output.
        place: which number of an example's output; an empty one sums over what it leaves open.

    Returns:
        By float input, an array of its shape: row i is the gradient of example i's output.
    """
    program = execution.plan.model
    layers = bind.forget(program, state.layers, len(examples))

    def total(floats: Mapping[str, jax.Array], others: Mapping[str, jax.Array]) -> jax.Array:
        outputs, _ = bind.apply(program, state.params, layers, {**floats, **others})
        return jnp.sum(outputs[output][(slice(None), *place)])

    return _slopes(total, examples)


def of_loss(
    execution: Execution, state: TrainState, examples: Examples
) -> Mapping[str, np.ndarray]:
    """Gradients of the loss over all examples, as ``evaluate`` computes it, by float input."""
    training = execution.plan.trained()
    layers = bind.forget(execution.plan.model, state.layers, len(examples))
    turn = update.Turn(state.params, layers, {})
    key = jax.random.key(execution.plan.seed)
    valid = jnp.ones(len(examples))
    targets, weights = jax.device_put((dict(examples.targets), dict(examples.weights)))

    def total(floats: Mapping[str, jax.Array], others: Mapping[str, jax.Array]) -> jax.Array:
        _, found = update.measure(
            training, turn, {**floats, **others}, targets, valid, key=key, weights=weights
        )
        return found.total

    return _slopes(total, examples)


def _slopes(total: Callable[..., jax.Array], examples: Examples) -> Mapping[str, np.ndarray]:
    floats = {n: a for n, a in examples.inputs.items() if np.issubdtype(a.dtype, np.floating)}
    others = {name: array for name, array in examples.inputs.items() if name not in floats}
    with tracing_errors():
        found = jax.jit(jax.grad(total))(floats, others)
    return jax.device_get(found)
