"""Outputs of a model for arrays on the host."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np

from kc.compiler.plan.execution import Execution, TrainState
from kc.core.data import Examples


def predict(
    execution: Execution, state: TrainState, examples: Examples, batch_size: int
) -> Mapping[str, np.ndarray]:
    """Outputs by name. The last batch is padded, so that nothing compiles twice."""
    total = len(examples)
    size = min(batch_size, total) or 1
    parts: list[Mapping[str, jax.Array]] = []
    for first in range(0, total, size):
        batch = {
            name: _padded(array[first : first + size], size)
            for name, array in examples.inputs.items()
        }
        parts.append(execution.predict(state.params, state.layers, batch))
    found = jax.device_get(parts)
    if not found:
        types = execution.plan.model.output_types
        return {name: np.zeros((0, *kind.shape), kind.dtype) for name, kind in types.items()}
    # JAX sorts the keys of a map; outputs come in the order of the model.
    names = execution.plan.model.output_types
    return {name: np.concatenate([part[name] for part in found])[:total] for name in names}


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    missing = size - len(array)
    if not missing:
        return array
    return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])
