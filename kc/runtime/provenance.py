"""Where a NaN or an infinity came from: the failing step is done again, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kc.compiler.lower import bind, update
from kc.compiler.plan.execution import TRAIN_STREAM, TrainState
from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.program import Program, Step
from kc.runtime.loop import Loop


def explain(loop: Loop, bad_step: int) -> CompileError:
    """The diagnostic of a step whose loss was not finite.

    The steps from the loop's anchor on are repeated: they are exact, so the failing step meets the
    same numbers.
    """
    state, epoch, number = _replay(loop, bad_step)
    execution = loop.execution
    state = state._replace(layers=execution.begun(state.layers, number))
    inputs, targets, _, valid = execution.batch(loop.batches(epoch), jnp.asarray(number))
    stream = jax.random.fold_in(jax.random.key(loop.seed), TRAIN_STREAM)
    key = jax.random.fold_in(stream, state.step)
    inputs = update.draw(execution.plan.model, inputs, valid, key)
    found = _weights(state, execution.plan.model) or _forward(
        execution.plan.model, state, inputs, valid, key
    )
    where = f"in step {bad_step + 1} (epoch {epoch}, step {number + 1})"
    step, cause = found or (None, "the values of the loss itself overflow")
    loss = execution.plan.trained().losses[0]
    return failure(
        codes.NOT_FINITE,
        f"the loss is not finite {where}: {cause}",
        at=step.span if step else loss.span,
        label=f"`{step.node}`" if step else "",
        help="lower the learning rate, or check the scale of the inputs (`rescaling`)",
        notes=(f"inputs of that step range over {_ranges(inputs)}", f"targets {_ranges(targets)}"),
    )


def _replay(loop: Loop, bad_step: int) -> tuple[TrainState, int, int]:
    """The state just before a step, its epoch and its number in the epoch."""
    state: TrainState = jax.device_put(loop.anchor.state)
    epoch, first = loop.anchor.position.epoch, loop.anchor.position.step
    left = bad_step - int(state.step)
    while True:
        stop = min(first + left, loop.steps_per_epoch)
        state = loop.execution.train(state, loop.batches(epoch), first, stop, loop.seed)
        left -= stop - first
        if left == 0 and stop < loop.steps_per_epoch:
            return state, epoch, stop
        epoch, first = epoch + 1, 0


def _weights(state: TrainState, program: Program) -> tuple[Step | None, str] | None:
    for scope, weights in state.params.items():
        for name, weight in weights.items():
            if not bool(jnp.isfinite(weight).all()):
                step = next((s for s in program.steps if s.scope == scope), None)
                return step, f"the update before it made `{name}` of `{scope}` overflow"
    return None


def _forward(
    program: Program, state: TrainState, inputs: Mapping[str, Any], valid: Any, key: Any
) -> tuple[Step | None, str] | None:
    """The first step whose result is not finite."""
    ranges: dict[str, str] = {name: _range(np.asarray(x)) for name, x in inputs.items()}
    bad: list[tuple[Step, str]] = []

    def watch(step: Step, result: Any) -> None:
        array = np.asarray(result)
        ranges[step.output] = _range(array)
        if not bad and not np.isfinite(array).all():
            taken = " and ".join(ranges[name] for name in step.inputs if name in ranges)
            bad.append((step, f"{step.call.name} made {_range(array)} of values {taken}"))

    bind.apply(
        program, state.params, state.layers, inputs, key=key, train=True, valid=valid, watch=watch
    )
    return bad[0] if bad else None


def _ranges(arrays: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`: {_range(np.asarray(array))}" for name, array in arrays.items())


def _range(array: np.ndarray) -> str:
    finite = array[np.isfinite(array)]
    shown = f"{finite.min():.4g} to {finite.max():.4g}" if finite.size else "none finite"
    lost = array.size - finite.size
    return shown if not lost else f"{shown}, {lost:,} of {array.size:,} not finite"
