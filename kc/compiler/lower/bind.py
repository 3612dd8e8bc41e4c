"""From a program to JAX functions. The executor walks the calls; ``kc generate`` prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from kc.core.lazy import jax, jnp
from kc.core.program import Program, Step
from kc.core.types import Weight
from kc.library.initializers import Initializer
from kc.library.precision import cast_floats

if TYPE_CHECKING:
    from jax import Array

Arrays = Mapping[str, "Array"]
Weights = Mapping[str, Mapping[str, "Array"]]
"""Arrays by scope and name."""


class StepError(Exception):
    """A call of the program that raised while JAX traced it."""

    def __init__(self, step: Step, cause: Exception) -> None:
        super().__init__(f"{step.label}: {cause}")
        self.step = step
        self.cause = cause


def init(program: Program, key: Array, batch_size: int = 1) -> tuple[Weights, Weights]:
    """Fresh parameters and layer state. Each weight has a stream of its own, by its number.

    The size of batches matters where layers remember each row of the batch before.
    """
    numbers = iter(range(2**31))
    params = {s: _init(weights, key, numbers) for s, weights in program.weights.items()}
    state = {s: _init(weights, key, numbers) for s, weights in program.state.items()}
    return params, forget(program, state, batch_size)


def _init(weights: Mapping[str, Weight], key: Array, numbers: Any) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for name, weight in weights.items():
        call = cast("Initializer", weight.init).lower()
        stream = jax.random.fold_in(key, next(numbers))
        arrays[name] = cast("Array", call.function(stream, weight.shape, **call.settings))
    return arrays


def forget(program: Program, state: Weights, batch_size: int) -> Weights:
    """The layer state with zeros for what layers remember of the batches before."""
    zeros = {
        scope: {name: jnp.zeros((batch_size, *shape)) for name, shape in shapes.items()}
        for scope, shapes in program.memory.items()
    }
    return {**state, **zeros}


def begin_with(initial: Weights, weights: Weights) -> Weights:
    """The weights, with given arrays in the place of those of the same scope and name."""
    return {
        scope: {name: initial.get(scope, {}).get(name, array) for name, array in arrays.items()}
        for scope, arrays in weights.items()
    }


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
    return outputs_of(program, values), state


def outputs_of(program: Program, values: Arrays) -> dict[str, Array]:
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
        weights = params[step.scope]
        half = step.precision != "float32"
        arguments |= cast_floats(weights, precision=step.precision) if half else weights
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
