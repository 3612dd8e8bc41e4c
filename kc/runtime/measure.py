"""How long a training step takes here, on made-up data."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jax
import numpy as np

from kc.compiler.lower.assemble import made_up_sizes
from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Plan
from kc.core.data import Examples
from kc.core.sizes import known
from kc.runtime.data.order import epoch_order
from kc.runtime.loop import on_device

STEPS = 16
MEASURE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class StepTime:
    device: str
    compile_seconds: float
    seconds_per_step: float
    """Median over repeated dispatches."""


def measure_step(plan: Plan) -> StepTime:
    """Compile a training step and time it, with made-up sizes where only the data know them.

    Raises:
        CompileError: when JAX refuses a layer.
    """
    execution = Execution(plan)
    rows = plan.batch_size * STEPS
    batches = on_device(_made_up(plan, rows))
    order = epoch_order(rows, plan.batch_size, 0, 0, shuffle=False)
    batches = batches._replace(order=jax.device_put(order))
    state = execution.pack(execution.fresh_state())
    began = time.perf_counter()
    state = jax.block_until_ready(execution.train(state, batches, 0, 1, plan.seed))
    compiled = time.perf_counter() - began
    times: list[float] = []
    while sum(times) < MEASURE_SECONDS and len(times) < 50:
        began = time.perf_counter()
        state = jax.block_until_ready(execution.train(state, batches, 0, STEPS, plan.seed))
        times.append(time.perf_counter() - began)
    device = jax.devices()[0]
    name = f"{device.platform} ({device.device_kind})"
    return StepTime(name, compiled, float(np.median(times)) / STEPS)


def _made_up(plan: Plan, rows: int) -> Examples:
    random = np.random.default_rng(0)
    sizes = made_up_sizes(plan.compiled)
    types = {name: kind.at(sizes) for name, kind in plan.model.inputs.items()}
    wanted = {name: loss.target(kind.at(sizes)) for name, (loss, kind) in plan.losses.items()}
    inputs = {
        name: random.uniform(0, 1, (rows, *known(kind.shape))).astype(kind.dtype)
        for name, kind in types.items()
    }
    targets = {
        name: np.zeros((rows, *known(kind.shape)), kind.dtype) for name, kind in wanted.items()
    }
    return Examples(inputs, targets)
