"""Runs steps of a program: one by one, equal stretches as scans, others to be run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kc.core.lazy import jax, jnp, lax
from kc.core.program import Program, Step
from kc.core.stretches import Remat, Repeat
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


@dataclass(frozen=True, slots=True)
class Mode:
    """How layers behave in one call of the model."""

    key: Array | None
    train: bool
    valid: Array | None
    keys_before: Array | int = 0
    """How many random streams the iterations before have used, inside of a scan."""


def run_stretch(
    program: Program,
    first: int,
    stop: int,
    params: Weights,
    values: dict[str, Array],
    state: dict[str, Mapping[str, Array]],
    mode: Mode,
) -> None:
    """Run the steps of a program from one position to another; further arguments as in ``run``."""
    position = first
    for part in _outermost(program, first, stop):
        run(program.steps[position : part.first], params, values, state, mode)
        if isinstance(part, Remat):
            _run_again(part, program, params, values, state, mode)
        else:
            _scan(part, program, params, values, state, mode)
        position = part.stop
    run(program.steps[position:stop], params, values, state, mode)


def _outermost(program: Program, first: int, stop: int) -> Iterator[Remat | Repeat]:
    """The parts of a stretch that do not run step by step, without those inside of others."""
    parts = [*program.remats, *(program.repeats if program.scans else ())]
    # Of two that are equally long, the one that is run again was written around the other.
    for part in sorted(parts, key=lambda part: (part.first, -part.stop)):
        if first <= part.first and part.stop <= stop:
            yield part
            first = part.stop


def run(
    steps: Sequence[Step],
    params: Weights,
    values: dict[str, Array],
    state: dict[str, Mapping[str, Array]],
    mode: Mode,
) -> None:
    """Run steps; adds what they make to the values, and puts new layer state in its place."""
    for step in steps:
        arguments = _arguments(step, params, state, mode) | _masks(step, values)
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


def _run_again(
    remat: Remat,
    program: Program,
    params: Weights,
    values: dict[str, Array],
    state: dict[str, Mapping[str, Array]],
    mode: Mode,
) -> None:
    """Run steps so that a backward pass runs them again; arguments as those of ``run``."""
    rest = replace(program, remats=())
    # Where repeats are scans, the first iteration's scope holds the state of all.
    scopes = [scope for scope in remat.states if scope in state]

    def region() -> tuple[list[Array], list[Mapping[str, Array]]]:
        made, after = dict(values), dict(state)
        run_stretch(rest, remat.first, remat.stop, params, made, after, mode)
        return [made[value] for value in remat.made], [after[scope] for scope in scopes]

    made, after = jax.checkpoint(region)()
    values |= dict(zip(remat.made, made, strict=True))
    state |= dict(zip(scopes, after, strict=True))


def _scan(
    repeat: Repeat,
    program: Program,
    params: Weights,
    values: dict[str, Array],
    state: dict[str, Mapping[str, Array]],
    mode: Mode,
) -> None:
    """Run the iterations of a repeat as one scan; arguments as those of ``run``.

    The scope of the first iteration holds weights and layer state of all, one behind the other.
    """
    once = replace(program, scans=False)

    def iteration(carried: list[Array], own: Any) -> tuple[list[Array], Weights]:
        number, weights, before = own
        made = values | {c.taken: array for c, array in zip(repeat.carried, carried, strict=True)}
        after = state | before
        shifted = replace(mode, keys_before=number * repeat.keys)
        stop = repeat.first + repeat.length
        run_stretch(once, repeat.first, stop, {**params, **weights}, made, after, shifted)
        return [made[c.made] for c in repeat.carried], {scope: after[scope] for scope in before}

    numbers = jnp.arange(repeat.times, dtype=jnp.uint32)
    stacked = [{s: tree[s] for s in repeat.scopes if s in tree} for tree in (params, state)]
    first = [values[c.taken] for c in repeat.carried]
    last, after = lax.scan(iteration, first, (numbers, *stacked))
    values |= {c.last: array for c, array in zip(repeat.carried, last, strict=True)}
    state |= after


def _arguments(step: Step, params: Weights, state: Weights, mode: Mode) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(step.call.settings)
    if step.weights:
        weights = params[step.scope]
        half = step.precision != "float32"
        arguments |= cast_floats(weights, precision=step.precision) if half else weights
    if step.state:
        arguments |= state[step.scope]
    if step.key_index is not None:
        arguments["key"] = _key(step.key_index, mode)
    if step.call.takes_train:
        arguments["train"] = mode.train and not step.infers
    if step.call.takes_valid:
        arguments["valid"] = mode.valid
    return arguments


def _key(index: int, mode: Mode) -> Array | None:
    if not mode.train:
        return None
    if mode.key is None:
        raise TypeError("a random layer needs a key in training")
    return jax.random.fold_in(mode.key, mode.keys_before + index)


def _masks(step: Step, values: Mapping[str, Array]) -> dict[str, Any]:
    """The masks of a step's inputs, where there is one."""
    if all(mask is None for mask in step.given_masks):
        return {}
    masks = tuple(None if mask is None else values[mask] for mask in step.given_masks)
    return {"masks": masks} if step.call.takes("masks") else {"mask": masks[0]}
