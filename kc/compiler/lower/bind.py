"""From a program to JAX functions. The executor walks the calls; ``kc generate`` prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from kc.core.lazy import jax, jnp, optax
from kc.core.program import Program, Step, TrainingProgram
from kc.core.types import Weight
from kc.library.initializers import Initializer

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation

Arrays = Mapping[str, "Array"]
Weights = Mapping[str, Mapping[str, "Array"]]
"""Arrays by scope and name."""


class StepError(Exception):
    """A call of the program that raised while JAX traced it."""

    def __init__(self, step: Step, cause: Exception) -> None:
        super().__init__(f"{step.label}: {cause}")
        self.step = step
        self.cause = cause


def init(program: Program, key: Array) -> tuple[Weights, Weights]:
    """Fresh parameters and layer state. Each weight has a stream of its own, by its number."""
    numbers = iter(range(2**31))
    params = {s: _init(weights, key, numbers) for s, weights in program.weights.items()}
    state = {s: _init(weights, key, numbers) for s, weights in program.state.items()}
    return params, state


def _init(weights: Mapping[str, Weight], key: Array, numbers: Any) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for name, weight in weights.items():
        call = cast("Initializer", weight.init).lower()
        stream = jax.random.fold_in(key, next(numbers))
        arrays[name] = cast("Array", call.function(stream, weight.shape, **call.settings))
    return arrays


def apply(
    program: Program,
    params: Weights,
    state: Weights,
    inputs: Arrays,
    *,
    key: Array | None = None,
    train: bool = False,
    valid: Array | None = None,
    watch: Callable[[Step, Array], None] | None = None,
) -> tuple[dict[str, Array], Weights]:
    """Run the model.

    Args:
        program: what to run.
        params: parameters by scope.
        state: layer state by scope, as moving means.
        inputs: arrays (batch, ...) by input name.
        key: randomness of this step; needed in training when a layer is random.
        train: whether layers behave as in training.
        valid: (batch,) 0 for examples that only pad the batch; None when none does.
        watch: called with each step and its result.

    Returns:
        Outputs by name, and the layer state after this batch.

    Raises:
        StepError: when a function refuses its arguments.
    """
    values: dict[str, Array] = {name: inputs[name] for name in program.inputs}
    state = dict(state)
    for step in program.steps:
        arguments = _arguments(step, params, state, key, train, valid)
        with jax.named_scope(step.label):
            try:
                result: Any = step.call.function(*(values[i] for i in step.inputs), **arguments)
            except Exception as error:
                raise StepError(step, error) from error
        if step.state:
            result, state[step.scope] = result
        values[step.output] = result
        if watch is not None:
            watch(step, result)
    return {name: values[value] for name, value in program.outputs.items()}, state


def _arguments(
    step: Step,
    params: Weights,
    state: Weights,
    key: Array | None,
    train: bool,
    valid: Array | None,
) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(step.call.settings)
    if step.weights:
        arguments |= params[step.scope]
    if step.state:
        arguments |= state[step.scope]
    if step.key_index is not None:
        arguments["key"] = jax.random.fold_in(_needed(key), step.key_index) if train else None
    if step.call.takes_train:
        arguments["train"] = train
    if step.call.takes_valid:
        arguments["valid"] = valid
    return arguments


def _needed(key: Array | None) -> Array:
    if key is None:
        raise TypeError("a random layer needs a key in training")
    return key


def mean_loss(values: Array | tuple[Array, Array], valid: Array) -> Array:
    """Mean over the values of valid examples; a loss may say itself which values count."""
    values, counts = values if isinstance(values, tuple) else (values, jnp.ones_like(values))
    valid = valid.reshape(valid.shape + (1,) * (values.ndim - 1))
    # Selecting, not multiplying: a padded row may hold NaN.
    total = jnp.sum(jnp.where(valid > 0, values, 0.0))
    return total / jnp.maximum(jnp.sum(counts * valid), 1.0)


def losses(
    training: TrainingProgram, outputs: Arrays, targets: Arrays, valid: Array
) -> dict[str, Array]:
    """The mean loss of each output, by its name in the logs."""
    found: dict[str, Array] = {}
    for loss in training.losses:
        with jax.named_scope(f"loss {loss.log_name}"):
            values = cast(
                "Array",
                loss.call.function(
                    targets[loss.output], outputs[loss.output], **loss.call.settings
                ),
            )
            found[loss.log_name] = mean_loss(values, valid)
    return found


def loss(
    training: TrainingProgram,
    params: Weights,
    state: Weights,
    inputs: Arrays,
    targets: Arrays,
    valid: Array,
    *,
    key: Array | None = None,
    train: bool = True,
) -> tuple[Array, tuple[dict[str, Array], Weights, dict[str, Array]]]:
    """The total loss; beside it outputs, layer state and the loss of each output."""
    outputs, state = apply(training.model, params, state, inputs, key=key, train=train, valid=valid)
    found = losses(training, outputs, targets, valid)
    return sum(found.values(), start=jnp.zeros(())), (outputs, state, found)


def optimizer(training: TrainingProgram) -> GradientTransformation:
    """The optimizer, with its learning rate kept in its state where it can be changed."""
    settings = dict(training.optimizer.settings)
    learning_rate = settings.pop("learning_rate")

    def make(learning_rate: float) -> GradientTransformation:
        return training.optimizer.function(learning_rate=learning_rate, **settings)

    return optax.inject_hyperparams(make)(learning_rate=learning_rate)


def update_metrics(
    training: TrainingProgram, sums: Weights, outputs: Arrays, targets: Arrays, valid: Array
) -> Weights:
    """The sums of all metrics with one batch added."""
    return {
        metric.log_name: metric.update.function(  # pyright: ignore[reportReturnType]
            targets[metric.output],
            outputs[metric.output],
            valid,
            **sums[metric.log_name],
            **metric.update.settings,
        )
        for metric in training.metrics
    }


def metric_results(training: TrainingProgram, sums: Weights) -> dict[str, Array]:
    """The value of each metric."""
    return {
        metric.log_name: cast(
            "Array", metric.result.function(**sums[metric.log_name], **metric.result.settings)
        )
        for metric in training.metrics
    }


def zero_sums(training: TrainingProgram) -> Weights:
    """The sums of all metrics before the first batch."""
    return {m.log_name: {n: jnp.zeros(s) for n, s in m.sums.items()} for m in training.metrics}
