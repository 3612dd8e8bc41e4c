"""Outputs of a model for arrays on the host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import jax
import numpy as np

from kc.compiler.lower import bind
from kc.compiler.plan.execution import Execution, TrainState
from kc.core.data import Examples
from kc.runtime.data.padding import Room, padded

Outputs = Mapping[str, np.ndarray]


def predict(
    execution: Execution, state: TrainState, examples: Examples, batch_size: int
) -> Outputs:
    """Outputs by name. The last batch is padded, so that nothing compiles twice."""
    total = len(examples)
    starts = range(0, total, min(batch_size, total) or 1)
    batches = (examples.take(np.arange(s, min(s + starts.step, total))) for s in starts)
    return predict_batches(execution, state, batches)


def predict_batches(
    execution: Execution, state: TrainState, batches: Iterable[Examples]
) -> Outputs:
    """Outputs of all batches, one behind the other, by name; they are padded to few sizes."""
    found = list(_outputs(execution, state, batches))
    types = execution.plan.model.output_types
    if not found:
        return {name: np.zeros((0, *kind.shape), kind.dtype) for name, kind in types.items()}
    # JAX sorts the keys of a map; outputs come in the order of the model.
    return {name: np.concatenate([part[name] for part in found]) for name in types}


def _outputs(
    execution: Execution, state: TrainState, batches: Iterable[Examples]
) -> Iterator[Outputs]:
    """The outputs of each batch; those of one are fetched while the device computes the next."""
    program = execution.plan.model
    room, layers = Room(), None
    before: tuple[int, Mapping[str, jax.Array]] | None = None
    for examples in batches:
        if not program.steps:
            yield _unchanged(execution, examples)
            continue
        rows = room.fit(len(examples))
        if layers is None:
            layers = bind.forget(program, state.layers, rows)
        batch = {name: padded(array, rows) for name, array in examples.inputs.items()}
        outputs, layers = execution.predict(state.params, layers, batch)
        if before is not None:
            yield _fetched(*before)
        before = (len(examples), outputs)
    if before is not None:
        yield _fetched(*before)


def _fetched(rows: int, outputs: Mapping[str, jax.Array]) -> Outputs:
    return {name: array[:rows] for name, array in jax.device_get(outputs).items()}


def predict_batch(
    execution: Execution, state: TrainState, batch: Examples
) -> tuple[Outputs, TrainState]:
    """Outputs of one batch, which goes on from what layers remember, and the state after it."""
    if not execution.plan.model.steps:
        return _unchanged(execution, batch), state
    outputs, layers = execution.predict(state.params, state.layers, batch.inputs)
    found = jax.device_get(outputs)
    names = execution.plan.model.output_types
    return {name: found[name] for name in names}, state._replace(layers=layers)


def _unchanged(execution: Execution, examples: Examples) -> Outputs:
    """The outputs of a program without steps, as of one whose layers all run on the host."""
    outputs = execution.plan.model.outputs
    return {name: examples.inputs[value] for name, value in outputs.items()}
