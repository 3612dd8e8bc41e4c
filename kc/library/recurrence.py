"""How the steps of a sequence are run one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kc.core.lazy import jax, jnp, lax
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array

States = tuple["Array", ...]
Keep = Callable[[tuple[int, ...]], "Array"]
"""Makes factors for states of a shape: 0 where a unit is dropped."""


def run_steps(
    step: Callable[..., States],
    x: Array,
    states: States,
    mask: Array | None = None,
    *,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    in_order: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> Any:
    """Apply ``states = step(x[:, t], *states)`` along the time axis; the first state is the output.

    Where the mask is false, states stay as they were and the output is the one before, or zero
    with zero_output_for_mask. Backwards, outputs stand in the order in which they were made, the
    last step's first; in_order turns them into that of the input.

    Args:
        step: one step.
        x: (batch, time, ...).
        states: the states before the first step.
        mask: (batch, time), true where a step counts.
        return_sequences: whether to return the outputs (batch, time, ...) and not only the last.
        return_state: whether to return the last states, too.
        go_backwards: whether to begin with the last step.
        in_order: whether outputs of going backwards stand in the order of the input.
        unroll: whether to write the loop out: slower to compile, sometimes faster to run.
        zero_output_for_mask: whether the output of a masked step is zero.
    """
    if go_backwards:
        x, mask = jnp.flip(x, 1), None if mask is None else jnp.flip(mask, 1)

    def run(states: States, now: tuple[Array, Array | None]) -> tuple[States, Array | None]:
        x, counts = now
        after = step(x, *states)
        if counts is None:
            return after, after[0] if return_sequences else None
        kept = tuple(where_counted(counts, a, b) for a, b in zip(after, states, strict=True))
        if not return_sequences:
            return kept, None
        return kept, where_counted(counts, after[0], 0.0) if zero_output_for_mask else kept[0]

    by_time = (jnp.moveaxis(x, 1, 0), None if mask is None else jnp.moveaxis(mask, 1, 0))
    states, outputs = lax.scan(run, states, by_time, unroll=unroll)
    if outputs is not None:
        y = jnp.moveaxis(outputs, 0, 1)
        y = jnp.flip(y, 1) if in_order else y
    elif mask is not None and zero_output_for_mask:
        y = where_counted(mask[:, -1], states[0], 0.0)
    else:
        y = states[0]
    return (y, *states) if return_state else y


def where_counted(counts: Array, a: Array, b: Array | float) -> Array:
    """a for the examples that count, (batch,), else b."""
    return jnp.where(counts.reshape(counts.shape + (1,) * (a.ndim - 1)), a, b)


def first_states(given: tuple[Array | None, ...], zeros: Array) -> States:
    """The given states, or zeros."""
    return tuple(zeros if state is None else state for state in given)


def with_states(
    x: Array,
    *,
    layer: Callable[..., Any],
    states: tuple[str, ...],
    return_state: bool = False,
    **arguments: Any,
) -> tuple[Any, dict[str, Array]]:
    """A recurrent layer that begins with the states given by name, and returns the last ones.

    The layer has to return its states.
    """
    first = [arguments.pop(name) for name in states]
    y, *last = layer(x, *(state.astype(x.dtype) for state in first), **arguments)
    after = {name: state.astype("float32") for name, state in zip(states, last, strict=True)}
    return (y, *last) if return_state else y, after


def with_dropout(
    x: Array,
    *states: Array,
    layer: Callable[..., Any],
    dropout: float | None = None,
    recurrent_dropout: float | None = None,
    seed: int | None = None,
    key: Array,
    train: bool,
    **arguments: Any,
) -> Any:
    """A recurrent layer with dropout of input features and of state units.

    One choice holds for all steps of a sequence (Gal and Ghahramani 2016).
    """
    if not train:
        return layer(x, *states, **arguments)
    of_input, of_state = jax.random.split(stream(key, seed))
    if dropout is not None:
        x = x * kept(of_input, dropout, (x.shape[0], 1, *x.shape[2:])).astype(x.dtype)
    if recurrent_dropout is not None:
        arguments["keep"] = lambda shape: kept(of_state, recurrent_dropout, shape)
    return layer(x, *states, **arguments)


def state_dropout(keep: Keep | None, zeros: Array) -> Callable[[Array], Array]:
    """What becomes of a state on its way into a step: the same units are dropped, or none."""
    if keep is None:
        return lambda state: state
    factors = keep(zeros.shape).astype(zeros.dtype)
    return lambda state: state * factors


def kept(key: Array, rate: float, shape: tuple[int, ...]) -> Array:
    """Factors 0 for what is dropped, and 1 / (1 - rate) for the rest."""
    return jax.random.bernoulli(key, 1.0 - rate, shape) / (1.0 - rate)


def own_arguments(
    arguments: dict[str, Any], prefix: str, number: int, random: bool
) -> dict[str, Any]:
    """The arguments of one of several layers: arrays by their prefix, and a key of its own."""
    own = {n.removeprefix(prefix): a for n, a in arguments.items() if n.startswith(prefix)}
    if random:
        key = arguments["key"]
        own["key"] = None if key is None else jax.random.fold_in(key, number)
        own["train"] = arguments["train"]
    return own
