"""A compiled model, its compiled functions and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from kc.compiler.pipeline import Compiled
from kc.compiler.plan.execution import TrainState
from kc.compiler.plan.plan import Plan
from kc.compiler.plan.plan import plan as make_plan
from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import failure
from kc.front.executions import Executions
from kc.interop.initial import load as load_initial
from kc.runtime.data.batched import Batched
from kc.runtime.data.host import on_host
from kc.runtime.data.stream import Part
from kc.runtime.fitting import fitted

Weights = Mapping[str, Mapping[str, np.ndarray]]
"""Arrays by layer and name."""


class Held:
    """What a model holds: its state begins when someone asks for it, or fits layers to data."""

    def __init__(self, compiled: Compiled, folder: Path) -> None:
        self.compiled = compiled
        self.executions = Executions(make_plan(compiled))
        self.folder = folder
        """Where paths begin."""
        self.epochs_done = 0
        """Passes over data in earlier calls of ``fit``."""
        self._state: TrainState | None = None

    @property
    def plan(self) -> Plan:
        return self.executions.plan

    @property
    def state(self) -> TrainState:
        """Weights, layer state and optimizer state."""
        if self._state is None:
            self._read_initial()
            self._state = self.executions.of().fresh_state()
        return self._state

    @state.setter
    def state(self, state: TrainState) -> None:
        self._state = state

    def give_up(self) -> None:
        """Forget the state, because a step is about to use it up."""
        self._state = None

    def going_on(self, batch_size: int) -> TrainState:
        """The state, in which stateful layers remember as many rows as the next batch has.

        Raises:
            CompileError: when they remember another number of rows.
        """
        remembered = [self.state.layers[scope] for scope in self.plan.model.memory]
        rows = {len(array) for arrays in remembered for array in arrays.values()}
        if rows - {batch_size}:
            raise failure(
                codes.OTHER_BATCH_SIZE,
                f"stateful layers remember {max(rows)} rows, the batch has {batch_size}",
                help=f"`model.reset_states(batch_size={batch_size})` begins anew with such batches",
            )
        return self.state

    def fit_layers(self, found: Part | Batched) -> None:
        """Fit what needs data before training; batches would be used up by it.

        Raises:
            CompileError: when a layer cannot be fitted to the data, or needs to be before batches.
        """
        if isinstance(found, Batched):
            self.compiled.need_fitted()
        else:
            self.find_fields(found)

    def find_fields(self, found: Part | Batched) -> None:
        """Find the fields of layers that are fitted to data.

        Raises:
            CompileError: when a layer cannot be fitted to them.
        """
        if self._state is None:
            self._read_initial()
        plan = fitted(self.plan, found, self._state)
        if plan is not self.plan:
            self.compiled = plan.compiled
            self.executions = Executions(plan)

    def on_host(self, examples: Examples) -> Examples:
        """Examples as the device takes them.

        Raises:
            CompileError: when a layer was not fitted, or refuses its input.
        """
        self.compiled.need_fitted()
        return on_host(self.plan.model, examples)

    @property
    def weights(self) -> Weights:
        """Copies of the parameters."""
        return jax.device_get(self.state.params)

    def set_weights(self, weights: Mapping[str, Mapping[str, Any]]) -> None:
        """Put parameters in place of those of the same layer and name.

        Raises:
            ValueError: when the model has no such parameter, or it has another shape.
        """
        params = {scope: dict(arrays) for scope, arrays in self.weights.items()}
        for scope, arrays in weights.items():
            for name, array in arrays.items():
                value = np.asarray(array, np.float32)
                if name not in params.get(scope, {}):
                    raise ValueError(f"the model has no parameter {scope}/{name}")
                shape = params[scope][name].shape
                if value.shape != shape:
                    raise ValueError(f"{scope}/{name} has the shape {shape}, not {value.shape}")
                params[scope][name] = value
        self.state = self.state._replace(params=jax.device_put(params))

    def _read_initial(self) -> None:
        """Read the files that the spec names for first values of weights."""
        found = load_initial(self.compiled.graph, self.folder)
        if found:
            self.executions = Executions(replace(self.plan, initial=found))
