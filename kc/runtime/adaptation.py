"""A checkpoint taken up under a spec that changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from kc.compiler.plan.execution import Execution, TrainState
from kc.runtime.checkpoint import format
from kc.runtime.model_file import lasting
from kc.runtime.snapshot import Snapshot, callback_copies, callback_states
from kc.runtime.standing import Position


def adapt(
    path: Path, meta: Mapping[str, Any], execution: Execution, *, epoch: bool, rates: bool
) -> Snapshot:
    """The snapshot in a checkpoint, for a spec that changed since.

    Args:
        path: the checkpoint.
        meta: its plain data.
        execution: of the changed spec.
        epoch: whether the epoch begins again: with no sums, and nothing remembered of batches.
        rates: whether learning rates come from the spec.

    Raises:
        CompileError: when what has to stay does not fit the model.
    """
    shapes, fresh = execution.state_shapes(), execution.fresh_state()
    fixed = shapes._asdict()
    if epoch:
        del fixed["sums"]
        fixed["layers"] = lasting(execution.plan.model, shapes.layers)
    if rates:
        fixed["optimizer"] = {name: _without_rates(own) for name, own in shapes.optimizer.items()}
    trees = format.read(path, {"state": fixed, **callback_copies(meta, shapes)})
    _require_nothing_lost(path, shapes)
    stored = jax.device_put(trees["state"])
    if epoch:
        stored["layers"] = {**fresh.layers, **stored["layers"]}
    if rates:
        stored["optimizer"] = {
            name: _with_rates(own, fresh.optimizer[name])
            for name, own in stored["optimizer"].items()
        }
    position = Position(**meta["position"])
    if epoch:
        position = replace(position, step=0)
    return Snapshot(fresh._replace(**stored), position, callback_states(meta, trees), meta)


def _require_nothing_lost(path: Path, shapes: TrainState) -> None:
    """Check that a checkpoint holds no weights and no memory that the changed spec has not."""
    whole = {f"state/{name}": getattr(shapes, name) for name in ("params", "layers")}
    memories = {
        f"state/optimizer/{name}/inner_state": own.inner_state
        for name, own in shapes.optimizer.items()
        if hasattr(own, "inner_state")
    }
    format.require_no_more(path, whole | memories)


def _without_rates(memory: Any) -> Any:
    """What an optimizer remembers beside its learning rate; a loss scale has none."""
    if not hasattr(memory, "hyperparams"):
        return memory
    return memory._replace(hyperparams={}, hyperparams_states={})


def _with_rates(memory: Any, fresh: Any) -> Any:
    if not hasattr(memory, "hyperparams"):
        return memory
    # A schedule goes on at the step that the optimizer has reached.
    schedules = jax.tree.map(lambda _: jnp.copy(memory.count), fresh.hyperparams_states)
    return memory._replace(hyperparams=fresh.hyperparams, hyperparams_states=schedules)
