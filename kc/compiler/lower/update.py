"""A training step: each phase computes its gradients and moves its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kc.compiler.lower.bind import Arrays, Weights
from kc.compiler.lower.objective import loss, of_weight
from kc.core.lazy import jax, jnp, optax
from kc.core.program import Call, OptimizerCall, PhaseCall, Program, TrainingProgram
from kc.library.loss_scale import (
    all_finite,
    chosen,
    first_loss_scale,
    next_loss_scale,
    unscaled,
)
from kc.library.mixing import blend, shares

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation

Memory = dict[str, Any]
"""What optimizers remember, by the name of each; and dynamic loss scales."""

FIRST_MIX = 3 * 2**30
"""Number folded into a step's key for the first mixing. Those of layers and of phases begin at 0,
those of random inputs at 2**31."""


def optimizer(call: Call) -> GradientTransformation:
    """An optimizer, with its learning rate kept in its state where it can be changed."""
    settings = dict(call.settings)
    rate: Any = settings.pop("learning_rate")
    schedule = rate if isinstance(rate, Call) else None

    def make(learning_rate: float) -> GradientTransformation:
        return call.function(learning_rate=learning_rate, **settings)

    def learning_rate(step: Array) -> Any:
        assert schedule is not None
        return schedule.function(step, **schedule.settings)

    return optax.inject_hyperparams(make)(learning_rate=learning_rate if schedule else rate)


def first_memory(training: TrainingProgram, params: Weights) -> Memory:
    """What optimizers remember before the first step."""
    memory: Memory = {
        own.name: optimizer(own.call).init(moved_by(own, params)) for own in training.optimizers
    }
    dynamic = [phase for phase in training.phases if phase.loss_scale == "dynamic"]
    return memory | {scale_name(phase): first_loss_scale() for phase in dynamic}


def scale_name(phase: PhaseCall) -> str:
    """Key of a phase's dynamic loss scale."""
    return f"{phase.name}.loss_scale" if phase.name else "loss_scale"


def moved_by(own: OptimizerCall, tree: Any) -> Any:
    """The parameters, or their gradients, that an optimizer moves."""
    return {scope: tree[scope] for scope in own.scopes}


class Turn(NamedTuple):
    """Where training stands between two phases."""

    params: Weights
    state: Weights
    memory: Memory


class Found(NamedTuple):
    """What a step found before it moved anything."""

    total: Array
    losses: dict[str, Array]
    """By name in the logs: terms, and the totals of several phases."""
    outputs: Arrays
    targets: Arrays
    """What outputs were compared with: in training examples may be mixed."""


def step(
    training: TrainingProgram,
    turn: Turn,
    inputs: Arrays,
    targets: Arrays,
    valid: Array,
    *,
    key: Array,
    weights: Arrays | None = None,
) -> tuple[Turn, Found]:
    """All phases on one batch, each from where the one before it left the parameters.

    What a repeated phase found is what it found the last time.
    """
    found: dict[str, Found] = {}
    inputs, targets = mix(training, inputs, targets, valid, key)
    for phase, own in turns(training, key):
        turn, found[phase.name] = advance(
            training, phase, turn, inputs, targets, valid, key=own, weights=weights
        )
    return turn, together(training, found)


def mix(
    training: TrainingProgram, inputs: Arrays, targets: Arrays, valid: Array, key: Array
) -> tuple[Arrays, Arrays]:
    """Inputs and targets of a batch as training sees them, with its examples mixed."""
    rows = {n: shares(targets[n], classes=size) for n, size in training.classes.items()}
    targets = {**targets, **rows}
    for number, own in enumerate(training.mixes):
        stream = jax.random.fold_in(key, FIRST_MIX + number)
        mixed, partner, share = own.call.function(
            inputs[own.input], valid=valid, key=stream, **own.call.settings
        )
        inputs = {**inputs, own.input: mixed}
        targets = {name: blend(target, partner, share) for name, target in targets.items()}
    return inputs, targets


def likeliest(training: TrainingProgram, targets: Arrays) -> Arrays:
    """Targets of a mixed batch as metrics take them: of several classes the one that prevails."""
    return {**targets, **{name: jnp.argmax(targets[name], axis=-1) for name in training.classes}}


def turns(training: TrainingProgram, key: Array) -> Iterator[tuple[PhaseCall, Array]]:
    """The phases of a step in their order, as often as they run, each with a key of its own."""
    repeated = [phase for phase in training.phases for _ in range(phase.repeat)]
    for number, phase in enumerate(repeated):
        yield phase, key if len(repeated) == 1 else jax.random.fold_in(key, number)


def measure(
    training: TrainingProgram,
    turn: Turn,
    inputs: Arrays,
    targets: Arrays,
    valid: Array,
    *,
    key: Array,
    weights: Arrays | None = None,
) -> tuple[Weights, Found]:
    """Losses and outputs of a batch outside of training, and the layer state after it.

    The key draws random inputs.
    """
    drawn = draw(training.model, inputs, valid, key)
    found: dict[str, Found] = {}
    state = turn.state
    for phase in training.phases:
        total, (outputs, state, losses) = loss(
            training, phase, turn.params, turn.state, drawn, targets, valid, train=False,
            weights=weights,
        )  # fmt: skip
        found[phase.name] = Found(total, losses, outputs, targets)
    return state, together(training, found)


def together(training: TrainingProgram, found: Mapping[str, Found]) -> Found:
    """What the phases found, as one: the total of a step is the sum of theirs."""
    if len(found) == 1:
        return next(iter(found.values()))
    named: dict[str, Array] = {}
    for phase in training.phases:
        named |= {**found[phase.name].losses, phase.log_name: found[phase.name].total}
    total = sum((new.total for new in found.values()), start=jnp.zeros(()))
    return found[training.phases[0].name]._replace(total=total, losses=named)


def advance(
    training: TrainingProgram,
    phase: PhaseCall,
    turn: Turn,
    inputs: Arrays,
    targets: Arrays,
    valid: Array,
    *,
    key: Array,
    weights: Arrays | None = None,
) -> tuple[Turn, Found]:
    """One update of the parameters of a phase."""
    params, memory = turn.params, turn.memory
    scale = loss_scale(phase, memory)
    drawn = draw(training.model, inputs, valid, key)

    def scaled_loss(params: Weights) -> tuple[Array, Any]:
        total, found = loss(
            training, phase, params, turn.state, drawn, targets, valid, key=key, weights=weights
        )
        return total if scale is None else total * scale, (total, *found)

    (_, (total, outputs, state, found)), gradients = jax.value_and_grad(scaled_loss, has_aux=True)(
        params
    )
    if scale is not None:
        gradients = unscaled(gradients, scale)
    params, memory = update(training, phase, gradients, memory, params)
    if phase.loss_scale == "dynamic":
        finite = all_finite(gradients)
        params = chosen(finite, params, turn.params)
        memory = chosen(finite, memory, turn.memory)
        name = scale_name(phase)
        memory[name] = next_loss_scale(turn.memory[name], finite)
    return Turn(params, kept(training, phase, state, turn.state), memory), Found(
        total, found, outputs, targets
    )


def loss_scale(phase: PhaseCall, memory: Memory) -> float | Array | None:
    """The factor of a phase's loss while gradients are computed."""
    if phase.loss_scale == "dynamic":
        return memory[scale_name(phase)]["scale"]
    return phase.loss_scale


def draw(program: Program, inputs: Arrays, valid: Array, key: Array) -> Arrays:
    """The inputs, with those that training draws at random."""
    drawn = {
        name: call.function(
            jax.random.fold_in(key, 2**31 + number),
            (len(valid), *program.inputs[name].shape),
            **call.settings,
        )
        for number, (name, call) in enumerate(program.drawn.items())
    }
    return {**inputs, **drawn}


def kept(training: TrainingProgram, phase: PhaseCall, state: Weights, before: Weights) -> Weights:
    """The layer state after a phase: of several phases, each changes that of its own layers."""
    if len(training.phases) == 1:
        return state
    return {**state, **{scope: before[scope] for scope in held(training, phase)}}


def held(training: TrainingProgram, phase: PhaseCall) -> list[str]:
    """Scopes whose layer state a phase leaves as it is: those that other phases train."""
    model = training.model
    return [s for s in model.state if s in model.weights and s not in phase.scopes]


def update(
    training: TrainingProgram, phase: PhaseCall, gradients: Any, memory: Memory, params: Weights
) -> tuple[Weights, Memory]:
    """Parameters and what optimizers remember after one step of a phase's optimizers."""
    params, memory = dict(params), dict(memory)
    for own in phase.optimizers:
        mine: Any = moved_by(own, params)
        updates, memory[own.name] = optimizer(own.call).update(
            moved_by(own, gradients), memory[own.name], mine
        )
        moved: Any = optax.apply_updates(mine, updates)
        params |= moved
    return constrain(training, phase, params), memory


def constrain(training: TrainingProgram, phase: PhaseCall, params: Weights) -> Weights:
    """The parameters with the constraints of those that a phase moves."""
    constrained = {scope: dict(weights) for scope, weights in params.items()}
    for found in training.constraints:
        if found.scope in phase.scopes:
            constrained[found.scope][found.weight] = of_weight(found, params)
    return constrained


def finished(training: TrainingProgram, memory: Memory, params: Weights) -> Weights:
    """The parameters that training leaves behind: averages where an optimizer makes them."""
    averages = [
        memory[own.name].inner_state.average
        for own in training.optimizers
        if own.call.settings.get("use_ema")
    ]
    return {**params, **{scope: arrays for tree in averages for scope, arrays in tree.items()}}
