"""Outputs of a model for arrays on the host."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np

from kc.compiler.lower import bind
from kc.compiler.plan.execution import Execution, TrainState
from kc.core.data import Examples


def predict(
    execution: Execution, state: TrainState, examples: Examples, batch_size: int
) -> Mapping[str, np.ndarray]:
    """Outputs by name. The last batch is padded, so that nothing compiles twice."""
    program = execution.plan.model
    if not program.steps:
        return {name: examples.inputs[value] for name, value in program.outputs.items()}
    total = len(examples)
    size = min(batch_size, total) or 1
    layers = bind.forget(program, state.layers, size)
    parts: list[Mapping[str, jax.Array]] = []
    for first in range(0, total, size):
        batch = {
            name: _padded(array[first : first + size], size)
            for name, array in examples.inputs.items()
        }
        outputs, layers = execution.predict(state.params, layers, batch)
        parts.append(outputs)
    found = jax.device_get(parts)
    if not found:
        types = program.output_types
        return {name: np.zeros((0, *kind.shape), kind.dtype) for name, kind in types.items()}
    # JAX sorts the keys of a map; outputs come in the order of the model.
    names = program.output_types
    return {name: np.concatenate([part[name] for part in found])[:total] for name in names}


def predict_batch(
    execution: Execution, state: TrainState, batch: Examples
) -> tuple[Mapping[str, np.ndarray], TrainState]:
    """Outputs of one batch, which goes on from what layers remember, and the state after it."""
    program = execution.plan.model
    if not program.steps:
        return {name: batch.inputs[value] for name, value in program.outputs.items()}, state
    outputs, layers = execution.predict(state.params, state.layers, batch.inputs)
    found = jax.device_get(outputs)
    return {name: found[name] for name in program.output_types}, state._replace(layers=layers)


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    missing = size - len(array)
    if not missing:
        return array
    return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])
