"""From a program to JAX functions. The executor walks the calls; ``kc generate`` prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from kc.core.lazy import jax, jnp, optax
from kc.core.program import (
    ActivityCall,
    Call,
    LossCall,
    MetricCall,
    Program,
    Step,
    TrainingProgram,
    WeightCall,
)
from kc.core.types import Weight
from kc.library.class_weights import class_weights
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
    values, state = forward(
        program, params, state, inputs, key=key, train=train, valid=valid, watch=watch
    )
    return _outputs(program, values), state


def _outputs(program: Program, values: Arrays) -> dict[str, Array]:
    return {name: values[value] for name, value in program.outputs.items()}


def forward(
    program: Program,
    params: Weights,
    state: Weights,
    inputs: Arrays,
    *,
    key: Array | None = None,
    train: bool = False,
    valid: Array | None = None,
    watch: Callable[[Step, Array], None] | None = None,
) -> tuple[Arrays, Weights]:
    """Every value of the model by name, and the layer state; arguments as in ``apply``."""
    values: dict[str, Array] = {name: inputs[name] for name in program.inputs}
    state = dict(state)
    for step in program.steps:
        arguments = _arguments(step, params, state, key, train, valid) | _masks(step, values)
        with jax.named_scope(step.label):
            try:
                result: Any = step.call.function(*(values[i] for i in step.inputs), **arguments)
            except Exception as error:
                raise StepError(step, error) from error
        if step.state:
            result, state[step.scope] = result
        if step.parts:
            result, *parts = result
            values |= dict(zip(step.parts, parts, strict=True))
        values[step.output] = result
        if watch is not None:
            watch(step, result)
    return values, state


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
        arguments["train"] = train and not step.infers
    if step.call.takes_valid:
        arguments["valid"] = valid
    return arguments


def _masks(step: Step, values: Mapping[str, Array]) -> dict[str, Any]:
    """The masks of a step's inputs, where there is one."""
    if all(mask is None for mask in step.given_masks):
        return {}
    masks = tuple(None if mask is None else values[mask] for mask in step.given_masks)
    return {"masks": masks} if step.call.takes("masks") else {"mask": masks[0]}


def _needed(key: Array | None) -> Array:
    if key is None:
        raise TypeError("a random layer needs a key in training")
    return key


def mean_loss(
    values: Array | tuple[Array, Array],
    valid: Array | None = None,
    *,
    weights: Array | None = None,
    reduction: str = "sum_over_batch_size",
) -> Array:
    """Mean or sum over the values of valid examples; a loss may say itself which values count.

    Weights (batch,) multiply the values. The mean still divides by the number of values, as in
    Keras; the reduction ``mean_with_sample_weight`` divides by the sum of the weights.
    """
    values, counts = values if isinstance(values, tuple) else (values, jnp.ones_like(values))
    if valid is not None:
        counts = counts * valid.reshape(valid.shape + (1,) * (values.ndim - valid.ndim))
    # Selecting, not multiplying: a padded row may hold NaN.
    values = jnp.where(counts > 0, values, 0.0)
    if weights is not None:
        rows = weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
        values = values * rows
        if reduction == "mean_with_sample_weight":
            total = jnp.sum(counts * rows)
            return jnp.sum(values) / jnp.where(total > 0, total, 1.0)
    total = jnp.sum(values)
    return total if reduction == "sum" else total / jnp.maximum(jnp.sum(counts), 1.0)


def loss_of(
    loss: LossCall, target: Array, output: Array, valid: Array, weights: Array | None = None
) -> Array:
    """The loss of one output. A loss that takes ``valid`` leaves out what does not count."""
    call = loss.call
    if call.takes_valid:
        values = call.function(target, output, valid=valid, **call.settings)
        return mean_loss(values, weights=weights, reduction=loss.reduction)
    values = call.function(target, output, **call.settings)
    return mean_loss(values, valid, weights=weights, reduction=loss.reduction)


def weights_of(loss: LossCall, targets: Arrays, given: Arrays, train: bool) -> Array | None:
    """How much each example counts for an output: as given, times the weight of its class."""
    weights = given.get(loss.output)
    if not train or not loss.class_weights:
        return weights
    own = class_weights(targets[loss.output], weights=loss.class_weights)
    return own if weights is None else weights * own


def losses(
    training: TrainingProgram,
    outputs: Arrays,
    targets: Arrays,
    valid: Array,
    given: Arrays,
    train: bool,
) -> dict[str, Array]:
    """The mean loss of each output, by its name in the logs."""
    found: dict[str, Array] = {}
    for loss in training.losses:
        with jax.named_scope(f"loss {loss.log_name}"):
            target, output = targets[loss.output], outputs[loss.output]
            counted = valid if loss.mask is None else mask_weights(valid, outputs[loss.mask])
            weights = weights_of(loss, targets, given, train)
            found[loss.log_name] = loss_of(loss, target, output, counted, weights)
    return found


def activity_penalty(
    penalty: Callable[..., Array], x: Array, valid: Array, /, **settings: Any
) -> Array:
    """The penalty of the valid rows, divided by their number."""
    rows = valid.reshape(valid.shape + (1,) * (x.ndim - 1))
    # Selecting, not multiplying: a padded row may hold NaN.
    total = penalty(jnp.where(rows > 0, x, 0.0), **settings)
    return total / jnp.maximum(jnp.sum(valid), 1.0)


def penalties(
    training: TrainingProgram, params: Weights, values: Arrays, valid: Array
) -> list[Array]:
    """What regularizers add to the loss."""
    weights = [_of_weight(penalty, params) for penalty in training.penalties]
    return [*weights, *(_of_value(activity, values, valid) for activity in training.activities)]


def _of_weight(found: WeightCall, params: Weights) -> Array:
    with jax.named_scope(f"{found.call.name} {found.scope}/{found.weight}"):
        weight = params[found.scope][found.weight]
        return cast("Array", found.call.function(weight, **found.call.settings))


def _of_value(found: ActivityCall, values: Arrays, valid: Array) -> Array:
    settings = dict(found.call.settings)
    if found.call.takes_valid:
        settings["valid"] = valid
    with jax.named_scope(f"{found.call.name} {found.value}"):
        return activity_penalty(found.call.function, values[found.value], valid, **settings)


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
    weights: Arrays | None = None,
) -> tuple[Array, tuple[dict[str, Array], Weights, dict[str, Array]]]:
    """The total loss; beside it outputs, layer state and the loss of each output.

    ``weights`` (batch,) by output say how much examples count.
    """
    values, state = forward(
        training.model, params, state, inputs, key=key, train=train, valid=valid
    )
    outputs = _outputs(training.model, values)
    found = losses(training, outputs, targets, valid, weights or {}, train)
    terms = [_weighted(call, found[call.log_name]) for call in training.losses]
    terms += penalties(training, params, values, valid)
    return sum(terms, start=jnp.zeros(())), (outputs, state, found)


def _weighted(call: LossCall, value: Array) -> Array:
    return value if call.weight == 1 else call.weight * value


def optimizer(training: TrainingProgram) -> GradientTransformation:
    """The optimizer, with its learning rate kept in its state where it can be changed."""
    settings = dict(training.optimizer.settings)
    rate: Any = settings.pop("learning_rate")
    schedule = rate if isinstance(rate, Call) else None

    def make(learning_rate: float) -> GradientTransformation:
        return training.optimizer.function(learning_rate=learning_rate, **settings)

    def learning_rate(step: Array) -> Any:
        assert schedule is not None
        return schedule.function(step, **schedule.settings)

    return optax.inject_hyperparams(make)(learning_rate=learning_rate if schedule else rate)


def update(
    training: TrainingProgram, gradients: Any, memory: Any, params: Weights
) -> tuple[Weights, Any]:
    """Parameters and the optimizer's state after one step of the optimizer."""
    own: Any = trained(training, params)
    updates, memory = optimizer(training).update(trained(training, gradients), memory, own)
    moved: Any = optax.apply_updates(own, updates)
    return {**params, **constrain(training, moved)}, memory


def finished(training: TrainingProgram, memory: Any, params: Weights) -> Weights:
    """The parameters that training leaves behind: averages where the optimizer makes them."""
    averaged = bool(training.optimizer.settings.get("use_ema"))
    return {**params, **memory.inner_state.average} if averaged else params


def trained(training: TrainingProgram, params: Any) -> Any:
    """The parameters, or their gradients, that training changes."""
    return {s: arrays for s, arrays in params.items() if s not in training.model.frozen}


def constrain(training: TrainingProgram, params: Weights) -> Weights:
    """The parameters with their constraints applied."""
    constrained = {scope: dict(weights) for scope, weights in params.items()}
    for found in training.constraints:
        constrained[found.scope][found.weight] = _of_weight(found, params)
    return constrained


def update_metrics(
    training: TrainingProgram,
    sums: Weights,
    outputs: Arrays,
    targets: Arrays,
    valid: Array,
    weights: Mapping[str, Array | None],
) -> Weights:
    """The sums of all metrics with one batch added.

    ``weights`` say by output how much examples count in the metrics that are weighted.
    """
    return {
        metric.log_name: metric.update.function(  # pyright: ignore[reportReturnType]
            targets[metric.output],
            outputs[metric.output],
            _counted(metric, outputs, valid, weights),
            **sums[metric.log_name],
            **metric.update.settings,
        )
        for metric in training.metrics
    }


def _counted(
    metric: MetricCall, outputs: Arrays, valid: Array, weights: Mapping[str, Array | None]
) -> Array:
    own = weights.get(metric.output) if metric.weighted else None
    valid = valid if own is None else valid * own
    return valid if metric.mask is None else mask_weights(valid, outputs[metric.mask])


def mask_weights(valid: Array, mask: Array) -> Array:
    """Weights of a metric's values, of the mask's shape: 0 for padded rows and masked places."""
    return valid.reshape(valid.shape + (1,) * (mask.ndim - 1)) * mask


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
