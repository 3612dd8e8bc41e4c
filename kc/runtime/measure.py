"""How long a training step takes here, on made-up data."""

from __future__ import annotations

import time

import jax
import numpy as np

from kc.compiler.lower.assemble import made_up_sizes
from kc.compiler.plan.batches import Stretch
from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Plan
from kc.compiler.plan.timing import Timing
from kc.core.data import Examples
from kc.core.sizes import known
from kc.runtime.data.feed import on_device
from kc.runtime.device import compiled_anew

MOST_STEPS = 16
MEASURE_SECONDS = 1.0


def measure_step(plan: Plan) -> Timing:
    """Compile a training step and time it, with made-up sizes where only the data know them.

    What was compiled before does not count. The time of a step is the median over dispatches.

    Raises:
        CompileError: when JAX refuses a layer.
    """
    execution = Execution(plan)
    rows = plan.batch_size * MOST_STEPS
    batches = on_device(_made_up(plan, rows))
    state = execution.pack(execution.fresh_state())

    def seconds(steps: int) -> float:
        nonlocal state
        began = time.perf_counter()
        state = jax.block_until_ready(execution.train(state, Stretch(0, steps, batches), plan.seed))
        return time.perf_counter() - began

    with compiled_anew():
        compiled = seconds(1)
    steps = min(MOST_STEPS, max(1, int(MEASURE_SECONDS / seconds(1))))
    times: list[float] = []
    while sum(times) < MEASURE_SECONDS and len(times) < 50:
        times.append(seconds(steps))
    return Timing(plan.form, compiled, float(np.median(times)) / steps)


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
