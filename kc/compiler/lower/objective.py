"""What training minimizes: losses of outputs, terms on other values, penalties of weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from kc.compiler.lower.bind import Arrays, Weights, forward, outputs_of
from kc.core.lazy import jax, jnp
from kc.core.program import (
    ActivityCall,
    Computed,
    Constant,
    LossCall,
    MetricCall,
    PhaseCall,
    TrainingProgram,
    WeightCall,
)
from kc.core.sizes import known
from kc.library.class_weights import class_weights

if TYPE_CHECKING:
    from jax import Array


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


def constant_target(output: Array, *, number: float, shape: tuple[int, ...], dtype: str) -> Array:
    """A target that is the same number everywhere, for a batch of outputs."""
    return jnp.full((len(output), *shape), number, dtype)


def mask_weights(valid: Array, mask: Array) -> Array:
    """Weights of a metric's values, of the mask's shape: 0 for padded rows and masked places."""
    return valid.reshape(valid.shape + (1,) * (mask.ndim - 1)) * mask


def loss_of(
    loss: LossCall,
    target: Array | None,
    output: Array,
    valid: Array,
    weights: Array | None = None,
) -> Array:
    """The loss of one output. A loss that takes ``valid`` leaves out what does not count."""
    call = loss.call
    if call is None:
        return mean_loss(output, valid)
    if call.takes_valid:
        values = call.function(target, output, valid=valid, **call.settings)
        return mean_loss(values, weights=weights, reduction=loss.reduction)
    values = call.function(target, output, **call.settings)
    return mean_loss(values, valid, weights=weights, reduction=loss.reduction)


def target_of(call: LossCall | MetricCall, targets: Arrays, outputs: Arrays) -> Array:
    """What an output is compared with."""
    match call.target:
        case Constant(number, kind):
            output = outputs[call.output]
            return constant_target(output, number=number, shape=known(kind.shape), dtype=kind.dtype)
        case Computed(name):
            return outputs[name]
        case name:
            return targets[name]


def weights_of(loss: LossCall, targets: Arrays, given: Arrays, train: bool) -> Array | None:
    """How much each example counts for an output: as given, times the weight of its class."""
    weights = given.get(loss.output)
    if not train or not loss.class_weights:
        return weights
    own = class_weights(targets[loss.output], weights=loss.class_weights)
    return own if weights is None else weights * own


def losses(
    phase: PhaseCall, outputs: Arrays, targets: Arrays, valid: Array, given: Arrays, train: bool
) -> dict[str, Array]:
    """The mean loss of each output, by its name in the logs."""
    found: dict[str, Array] = {}
    for loss in phase.losses:
        with jax.named_scope(f"loss {loss.log_name}"):
            output = outputs[loss.output]
            target = None if loss.call is None else target_of(loss, targets, outputs)
            counted = valid if loss.mask is None else mask_weights(valid, outputs[loss.mask])
            weights = weights_of(loss, targets, given, train)
            found[loss.log_name] = loss_of(loss, target, output, counted, weights)
    return found


def activity_penalty(
    penalty: Callable[..., Array], x: Array, valid: Array, /, **settings: Any
) -> Array:
    """The penalty of the valid rows, divided by their number."""
    rows = valid.reshape(valid.shape + (1,) * (x.ndim - 1))
    # Selecting, not multiplying: a padded row may hold NaN. Squares overflow float16 from 256 on.
    total = penalty(jnp.where(rows > 0, x.astype(jnp.float32), 0.0), **settings)
    return total / jnp.maximum(jnp.sum(valid), 1.0)


def penalties(phase: PhaseCall, params: Weights, values: Arrays, valid: Array) -> list[Array]:
    """What regularizers add to the loss."""
    # Of a stacked weight there is a penalty for each iteration.
    weights = [
        jnp.sum(found) if penalty.stacked else found
        for penalty in phase.penalties
        for found in [of_weight(penalty, params)]
    ]
    return [*weights, *(_of_value(activity, values, valid) for activity in phase.activities)]


def of_weight(found: WeightCall, params: Weights) -> Array:
    """A function of one weight."""
    with jax.named_scope(f"{found.call.name} {found.scope}/{found.weight}"):
        weight = params[found.scope][found.weight]
        of_one = partial(found.call.function, **found.call.settings)
        return cast("Array", jax.vmap(of_one)(weight) if found.stacked else of_one(weight))


def _of_value(found: ActivityCall, values: Arrays, valid: Array) -> Array:
    settings = dict(found.call.settings)
    if found.call.takes_valid:
        settings["valid"] = valid
    with jax.named_scope(f"{found.call.name} {found.value}"):
        return activity_penalty(found.call.function, values[found.value], valid, **settings)


def loss(
    training: TrainingProgram,
    phase: PhaseCall,
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
    """The total loss of a phase; beside it outputs, layer state and the loss of each output.

    ``weights`` (batch,) by output say how much examples count.
    """
    values, state = forward(
        training.model, params, state, inputs, key=key, train=train, valid=valid
    )
    outputs = outputs_of(training.model, values)
    total, found = minimized(
        phase, params, values, outputs, targets, valid, train=train, weights=weights
    )
    return total, (outputs, state, found)


def minimized(
    phase: PhaseCall,
    params: Weights,
    values: Arrays,
    outputs: Arrays,
    targets: Arrays,
    valid: Array,
    *,
    train: bool = True,
    weights: Arrays | None = None,
) -> tuple[Array, dict[str, Array]]:
    """The total loss of a phase for all values of a model, and the loss of each output."""
    found = losses(phase, outputs, targets, valid, weights or {}, train)
    terms = [_weighted(call.weight, found[call.log_name]) for call in phase.losses]
    terms += penalties(phase, params, values, valid)
    return sum(terms, start=jnp.zeros(())), found


def _weighted(weight: float | Array, value: Array) -> Array:
    return value if isinstance(weight, float | int) and weight == 1 else weight * value
