"""Training steps in kc and in Keras, from the same weights and on the same batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from kc.compiler.lower import update
from kc.compiler.pipeline import Compiled

Batch = tuple[np.ndarray, np.ndarray]


def train(model: Compiled, params: Any, state: Any, batches: Iterable[Batch]) -> Any:
    """Losses of the steps, then the weights that training leaves behind, and the state."""
    assert model.training is not None
    training = model.training
    (name,), (output,) = training.model.inputs, training.model.outputs

    @jax.jit
    def step(params: Any, state: Any, memory: Any, x: Any, y: Any) -> Any:
        turn, found = update.step(
            training,
            update.Turn(params, state, memory),
            {name: x},
            {output: y},
            jnp.ones(len(x)),
            key=jax.random.key(0),
        )
        return found.total, *turn

    losses, memory = [], update.first_memory(training, params)
    for batch in batches:
        value, params, state, memory = step(params, state, memory, *batch)
        losses.append(value)
    return losses, update.finished(training, memory, params), state


def train_twin(
    twin: keras.Model,
    loss: keras.losses.Loss,
    optimizer: keras.optimizers.Optimizer,
    params: Any,
    state: Any,
    batches: Iterable[Batch],
) -> Any:
    """The same in Keras: losses, trainable weights, other weights, in the order of Keras."""
    twin.compile(optimizer, loss)
    weights = [jnp.asarray(w) for scope in params.values() for w in scope.values()]
    others = [jnp.asarray(w) for scope in state.values() for w in scope.values()]
    for variable, weight in zip(twin.trainable_variables, weights, strict=True):
        variable.assign(weight)
    optimizer.build(twin.trainable_variables)
    memory = [v.value for v in optimizer.variables]

    @jax.jit
    def step(weights: Any, others: Any, memory: Any, x: Any, y: Any) -> Any:
        def total(weights: Any) -> Any:
            output, new, penalties = twin.stateless_call(
                weights, others, x, training=True, return_losses=True
            )
            return loss(y, output) + sum(penalties), new

        (value, new), gradients = jax.value_and_grad(total, has_aux=True)(weights)
        weights, memory = optimizer.stateless_apply(memory, gradients, weights)
        return value, weights, new, memory

    losses = []
    for batch in batches:
        value, weights, others, memory = step(weights, others, memory, *batch)
        losses.append(value)
    return losses, _finished(optimizer, memory) or weights, others


def _finished(optimizer: keras.optimizers.Optimizer, memory: Any) -> list[Any]:
    """The averages that Keras leaves in place of the weights, where it makes some."""
    averages = {id(v) for v in getattr(optimizer, "_model_variables_moving_average", [])}
    return [a for v, a in zip(optimizer.variables, memory, strict=True) if id(v) in averages]


def assert_same_training(ours: Any, theirs: Any) -> None:
    """Losses at each step and everything at the end agree."""
    np.testing.assert_allclose(ours[0], theirs[0], 1e-4, 1e-5, err_msg="losses")
    for ours_end, theirs_end in zip(ours[1:], theirs[1:], strict=True):
        arrays = [(f"{s}/{n}", a) for s, names in ours_end.items() for n, a in names.items()]
        for (name, array), expected in zip(arrays, theirs_end, strict=True):
            np.testing.assert_allclose(array, expected, 1e-4, 1e-5, err_msg=name)


def in_order(arrays: Any, names: Mapping[str, Mapping[str, object]]) -> Any:
    """Arrays by scope and name in the order of the program: `jax.jit` sorts mappings."""
    return {scope: {name: arrays[scope][name] for name in names[scope]} for scope in names}
