"""Where a NaN or an infinity came from: the failing step is done again, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from kc.compiler.lower import update
from kc.compiler.plan.batches import Batch
from kc.compiler.plan.execution import TRAIN_STREAM, TrainState
from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.program import TrainingProgram
from kc.library.loss_scale import all_finite
from kc.runtime.backward import Backward
from kc.runtime.culprit import Culprit, Pass, by, forward, lost_weight, step_of, updated
from kc.runtime.loop import Loop
from kc.runtime.ranges import named_spans
from kc.runtime.standing import NotFiniteError

HELP = "lower the learning rate, or check the scale of the inputs (`rescaling`)"
_STRIDE = 64
"""Steps that are done again at a time before one looks whether they went wrong."""


def explain(loop: Loop, error: NotFiniteError) -> CompileError:
    """The diagnostic of a run that is not finite any more.

    The steps from the loop's anchor on are repeated: they are exact, so the failing step meets the
    same numbers. That is the first one that leaves a loss or a weight which is not finite.

    Args:
        loop: the run, whose anchor is finite.
        error: what ended it.
    """
    try:
        found = _failing(loop, error.step) if loop.train.repeatable else None
        return _unexplained(loop) if found is None else _explained(loop, *found, error.notes)
    finally:
        loop.train.close()


def _explained(loop: Loop, state: TrainState, stand: _Stand, notes: Sequence[str]) -> CompileError:
    """The diagnostic of a step that begins in a state."""
    execution = loop.execution
    training = execution.plan.trained()
    state = state._replace(layers=execution.begun(state.layers, stand.number))
    (stretch,) = loop.train.stretches(stand.epoch, stand.number, stand.number + 1)
    batch = execution.batch(stretch.batches, jnp.asarray(stand.number))
    stream = jax.random.fold_in(jax.random.key(loop.seed), TRAIN_STREAM)
    turn = update.Turn(state.params, state.layers, state.optimizer)
    culprit = find(training, turn, batch, jax.random.fold_in(stream, state.step))
    what, cause = (culprit.what, culprit.cause) if culprit else ("the loss", "it overflows")
    where = f"step {int(state.step) + 1} (epoch {stand.epoch}, step {stand.number + 1})"
    return failure(
        codes.NOT_FINITE,
        f"{what} is not finite in {where}: {cause}",
        at=culprit.span if culprit and culprit.span else training.losses[0].span,
        label=culprit.label if culprit else "",
        help=HELP,
        notes=(
            f"inputs of that step range over {named_spans(batch.inputs)}",
            *([f"targets {named_spans(batch.targets)}"] if batch.targets else []),
            *notes,
        ),
    )


def _unexplained(loop: Loop) -> CompileError:
    """The diagnostic where the batches cannot be had once more."""
    return failure(
        codes.NOT_FINITE,
        f"the loss is not finite in epoch {loop.position.epoch}",
        at=loop.execution.plan.trained().losses[0].span,
        help=HELP,
        notes=("train on arrays or on the spec's data to see the step and the layer",),
    )


def find(training: TrainingProgram, turn: update.Turn, batch: Batch, key: Any) -> Culprit | None:
    """What is not finite first in a step that begins with these weights; None where all is."""
    lost = lost_weight(turn.params)
    if lost is not None:
        cause = f"`{lost[1]}` of `{lost[0]}` holds it from the beginning"
        return by(step_of(training.model, lost[0]), "a weight", cause)
    mixed = update.mix(training, batch.inputs, batch.targets, batch.valid, key)
    batch = batch._replace(inputs=mixed[0], targets=mixed[1])
    for phase, own_key in update.turns(training, key):
        own = Pass(training, phase, turn, batch, own_key)
        found = forward(own)
        if found is not None:
            return found
        turn = own.advance(training)
        if lost_weight(turn.params) is not None:
            back = Backward(own)
            return back.run() or updated(own, turn, back.weights)
    return None


@dataclass(frozen=True, slots=True)
class _Stand:
    """An epoch, and how many steps of it are done."""

    epoch: int
    number: int


def _failing(loop: Loop, bad_step: int) -> tuple[TrainState, _Stand] | None:
    """The state just before the first step that goes wrong; None where all go well."""
    state: TrainState = jax.device_put(loop.anchor.state)
    stand = _Stand(loop.anchor.position.epoch, loop.anchor.position.step)
    stride = _STRIDE
    while int(state.step) <= bad_step:
        before, length = state, min(stride, bad_step + 1 - int(state.step))
        # Copied: steps use up the state that they are given.
        state, after = _advance(loop, jax.tree.map(jnp.copy, before), stand, length)
        if not _went_wrong(state):
            stand = after
        elif length == 1:
            return before, stand
        else:
            state, stride = before, max(1, length // 8)
    return None


def _went_wrong(state: TrainState) -> bool:
    return int(state.bad_step) >= 0 or not all_finite(state.params)


def _advance(
    loop: Loop, state: TrainState, stand: _Stand, length: int
) -> tuple[TrainState, _Stand]:
    """Do so many steps again, or fewer where the epoch ends."""
    steps = loop.train.steps
    assert steps is not None
    stop = min(stand.number + length, steps)
    for stretch in loop.train.stretches(stand.epoch, stand.number, stop):
        state = loop.execution.train(state, stretch, loop.seed)
    return state, _Stand(stand.epoch, stop) if stop < steps else _Stand(stand.epoch + 1, 0)
