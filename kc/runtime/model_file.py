"""A trained model in one file: its spec, weights and optimizer state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax

from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.diagnostic import failure
from kc.core.program import Program
from kc.runtime.checkpoint import durable, format

FORMAT = "kc-model"


def save(path: Path, plan: Plan, state: TrainState) -> None:
    """Write a model durably in place of what may be there.

    Raises:
        OSError: when the disk refuses.
    """
    trees = {
        "params": state.params,
        "layers": lasting(plan.model, state.layers),
        "optimizer": state.optimizer,
        "step": {"step": state.step},
    }
    meta = {"format": FORMAT, "version": 1, "name": plan.name, "spec": plan.resolved}
    with durable.replacing(path) as file:
        format.write(file, jax.device_get(trees), meta)


def read_spec(path: Path) -> Mapping[str, Any]:
    """The spec of a saved model or of a checkpoint. It is untrusted, like any spec.

    Raises:
        CompileError: when the file is no model of kc.
    """
    meta = format.read_meta(path)
    spec = meta.get("spec")
    if not isinstance(spec, dict):
        raise failure(codes.NOT_A_MODEL, f"{path} is no model of kc: it holds no spec")
    return spec


def load_state(path: Path, execution: Execution) -> TrainState:
    """The state that a model was saved with.

    Raises:
        CompileError: when an array is missing or does not fit the model.
    """
    shapes = execution.state_shapes()
    templates = {
        "params": shapes.params,
        "layers": lasting(execution.plan.model, shapes.layers),
        "optimizer": shapes.optimizer,
        "step": {"step": shapes.step},
    }
    trees = format.read(path, templates)
    fresh = execution.fresh_state()
    return fresh._replace(
        params=jax.device_put(trees["params"]),
        layers={**fresh.layers, **jax.device_put(trees["layers"])},
        optimizer=jax.device_put(trees["optimizer"]),
        step=jax.device_put(trees["step"]["step"]),
    )


def lasting(program: Program, layers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The layer state without what belongs to the rows of a batch."""
    return {scope: arrays for scope, arrays in layers.items() if scope not in program.memory}
