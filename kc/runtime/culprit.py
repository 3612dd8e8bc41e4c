"""The first thing in a training step that was not finite: on the way to the loss, back, or after.

The step is done once more without compiling, so that each value and each gradient can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kc.compiler.lower import update
from kc.compiler.lower.bind import outputs_of
from kc.compiler.lower.objective import minimized
from kc.compiler.lower.steps import Arrays, Mode, Weights, run
from kc.compiler.plan.batches import Batch
from kc.core.program import Computed, PhaseCall, Program, Step, TrainingProgram
from kc.core.span import Span
from kc.library.loss_scale import all_finite
from kc.runtime.ranges import is_finite, span_of, spans_of


@dataclass(frozen=True, slots=True)
class Culprit:
    """What went wrong first, and where the spec has it."""

    what: str
    """What is not finite: the loss, a gradient or an update."""
    cause: str
    span: Span | None = None
    label: str = ""


def by(step: Step | None, what: str, cause: str) -> Culprit:
    """A culprit that is a step of the model."""
    return Culprit(what, cause, step.span, f"`{step.node}`") if step else Culprit(what, cause)


@dataclass(frozen=True, slots=True)
class Part:
    """A summand of what a phase minimizes."""

    name: str
    phase: PhaseCall
    """The phase with nothing but this to minimize."""
    reads: tuple[str, ...]
    """The values of the program that it is computed of."""
    span: Span | None
    weight: tuple[str, str] | None = None
    """Scope and name of the weight that it is a penalty of."""


class Pass:
    """A phase of a step on one batch, with all values of the model."""

    def __init__(
        self, training: TrainingProgram, phase: PhaseCall, turn: update.Turn, batch: Batch, key: Any
    ) -> None:
        self.training, self.phase, self.turn, self.batch, self.key = (
            training, phase, turn, batch, key,
        )  # fmt: skip
        inputs = update.draw(self.program, batch.inputs, batch.valid, key)
        self.values = {name: inputs[name] for name in self.program.inputs}
        self.states: list[dict[str, Any]] = []
        """The layer state that each step finds."""
        state: dict[str, Any] = dict(turn.state)
        for step in self.program.steps:
            self.states.append(dict(state))
            run((step,), turn.params, self.values, state, self.mode)

    @property
    def program(self) -> Program:
        return self.training.model

    @property
    def mode(self) -> Mode:
        return Mode(self.key, True, self.batch.valid)

    def loss(self, phase: PhaseCall, params: Weights, values: Arrays) -> Any:
        """What a phase minimizes, of given weights and values."""
        _, targets, weights, valid = self.batch
        outputs = outputs_of(self.program, values)
        return minimized(phase, params, values, outputs, targets, valid, weights=weights)[0]

    def advance(self, training: TrainingProgram) -> update.Turn:
        """Where the phase leaves training."""
        inputs, targets, weights, valid = self.batch
        turn, _ = update.advance(
            training, self.phase, self.turn, inputs, targets, valid, key=self.key, weights=weights
        )
        return turn

    def taken(self, step: Step) -> str:
        """The values that a step takes, in words."""
        return spans_of(self.values[name] for name in step.inputs)

    def seen(self, part: Part) -> str:
        """What a part of the loss is computed of, in words."""
        if part.weight is not None:
            scope, name = part.weight
            return f"weights {span_of(self.turn.params[scope][name])}"
        return f"values {spans_of(self.values[name] for name in part.reads)}"

    def parts(self) -> Iterator[Part]:
        """The summands of what is minimized: losses, then penalties."""
        nothing = replace(self.phase, losses=(), penalties=(), activities=())
        for loss in self.phase.losses:
            outputs = [loss.output, loss.target.output if isinstance(loss.target, Computed) else ""]
            reads = tuple(self.program.outputs[name] for name in outputs if name)
            name = f"the loss {loss.call.name}" if loss.call else f"the term {loss.log_name}"
            yield Part(name, replace(nothing, losses=(loss,)), reads, loss.span)
        for penalty in self.phase.penalties:
            step = step_of(self.program, penalty.scope)
            name = f"the penalty {penalty.call.name} of `{penalty.weight}`"
            alone = replace(nothing, penalties=(penalty,))
            place = step.span if step else None
            yield Part(name, alone, (), place, (penalty.scope, penalty.weight))
        for activity in self.phase.activities:
            maker = makers(self.program)[activity.value]
            name = f"the penalty {activity.call.name} of what `{maker.node}` makes"
            alone = replace(nothing, activities=(activity,))
            yield Part(name, alone, (activity.value,), maker.span)


def forward(own: Pass) -> Culprit | None:
    """The first thing on the way to the loss that is not finite."""
    params, values = own.turn.params, own.values
    for part in own.parts():
        if is_finite(own.loss(part.phase, params, values)):
            continue
        value = next((name for name in part.reads if not is_finite(values[name])), None)
        if value is not None:
            return _maker(own, value)
        return Culprit("the loss", f"{part.name} overflows at {own.seen(part)}", part.span)
    if is_finite(own.loss(own.phase, params, values)):
        return None
    return Culprit("the loss", "its terms add up to more than float32 holds")


def _maker(own: Pass, value: str) -> Culprit:
    """The step that made a value other than finite out of finite ones."""
    # From the loss back: elsewhere an infinity may be meant, as where it is masked.
    made_by = makers(own.program)
    while value in made_by:
        step = made_by[value]
        lost = next((name for name in step.reads if not is_finite(own.values[name])), None)
        if lost is None:
            made = f"{step.call.name} made {span_of(own.values[value])}"
            return by(step, "the loss", f"{made} of values {own.taken(step)}")
        value = lost
    return Culprit("the loss", f"the input `{value}` is not finite")


def updated(own: Pass, after: update.Turn, gradients: Weights) -> Culprit | None:
    """The weight that an update made overflow though its gradient is finite."""
    lost = lost_weight(after.params)
    if lost is None:
        return None
    scope, name = lost
    step = step_of(own.program, scope)
    weight = f"`{name}` of `{step.node if step else scope}`"
    if all_finite(own.advance(replace(own.training, constraints=())).params):
        calls = {(found.scope, found.weight): found.call for found in own.training.constraints}
        return by(step, "an update", f"the constraint {calls[lost].name} made {weight} overflow")
    optimizer = next(found for found in own.phase.optimizers if scope in found.scopes)
    rate = float(own.turn.memory[optimizer.name].hyperparams["learning_rate"])
    cause = f"{optimizer.call.name} made {weight} overflow by a learning rate of {rate:.4g}"
    return by(step, "an update", f"{cause} and gradients {span_of(gradients[scope][name])}")


def lost_weight(params: Weights) -> tuple[str, str] | None:
    """Scope and name of the first weight that is not finite."""
    pairs = ((scope, name) for scope, weights in params.items() for name in weights)
    return next((pair for pair in pairs if not is_finite(params[pair[0]][pair[1]])), None)


def makers(program: Program) -> Mapping[str, Step]:
    """The step that makes each value."""
    return {name: step for step in program.steps for name in step.made}


def step_of(program: Program, scope: str) -> Step | None:
    """The step that takes the weights of a scope."""
    return next((step for step in program.steps if step.scope == scope), None)
