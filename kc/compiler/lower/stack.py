"""Programs whose repeats run as scans, and trees with the arrays of all iterations stacked.

Outside, in checkpoints and model files, each iteration has arrays of its own in both forms. While a
model is trained, its steps, optimizers included, see one array where there are many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from kc.core.lazy import jax, jnp, np
from kc.core.program import PhaseCall, Program, TrainingProgram, WeightCall
from kc.core.stretches import Repeat

if TYPE_CHECKING:
    from jax import Array

Tree = Any
"""A nested container of arrays, which holds them by scope somewhere."""


def scanning(program: Program) -> Program:
    """The program with its repeats as scans; it takes stacked weights and state."""
    later = _later(program.repeats)
    return replace(
        program,
        scans=True,
        weights={scope: own for scope, own in program.weights.items() if scope not in later},
        state={scope: own for scope, own in program.state.items() if scope not in later},
        frozen=program.frozen - later,
    )


def scanning_training(training: TrainingProgram) -> TrainingProgram:
    """The same for a program with what trains it."""
    model = training.model
    later = _later(model.repeats)
    first = {scope for repeat in model.repeats for scope in repeat.scopes}
    return replace(
        training,
        model=scanning(model),
        phases=tuple(_phase(phase, first, later) for phase in training.phases),
        constraints=tuple(_of_weights(training.constraints, first, later)),
    )


def _later(repeats: tuple[Repeat, ...]) -> frozenset[str]:
    """The scopes whose arrays lie in the scope of the first iteration."""
    return frozenset(s for repeat in repeats for own in repeat.scopes.values() for s in own[1:])


def _phase(phase: PhaseCall, first: set[str], later: frozenset[str]) -> PhaseCall:
    return replace(
        phase,
        optimizers=tuple(
            replace(own, scopes=tuple(scope for scope in own.scopes if scope not in later))
            for own in phase.optimizers
        ),
        penalties=tuple(_of_weights(phase.penalties, first, later)),
    )


def _of_weights(
    calls: tuple[WeightCall, ...], first: set[str], later: frozenset[str]
) -> Iterator[WeightCall]:
    for found in calls:
        if found.scope not in later:
            yield replace(found, stacked=found.scope in first)


def trained_alike(training: TrainingProgram) -> TrainingProgram:
    """The program with those repeats alone whose iterations training treats alike.

    Optimizers have to move all of them, number by number, or none.
    """
    treatments = _treatments(training)
    whole = {s for own in training.optimizers if not own.by_element for s in own.scopes}

    def alike(repeat: Repeat) -> bool:
        return all(
            first not in whole and all(treatments[scope] == treatments[first] for scope in scopes)
            for first, scopes in repeat.scopes.items()
        )

    model = training.model
    repeats = tuple(repeat for repeat in model.repeats if alike(repeat))
    return replace(training, model=replace(model, repeats=repeats))


def _treatments(training: TrainingProgram) -> Mapping[str, Sequence[object]]:
    """What moves the weights of each scope, and what is applied to them."""
    found: defaultdict[str, list[object]] = defaultdict(list)
    for own in training.optimizers:
        for scope in own.scopes:
            found[scope].append(own.name)
    of_weights = (training.constraints, *(phase.penalties for phase in training.phases))
    for group, calls in enumerate(of_weights):
        for call in calls:
            found[call.scope].append((group, call.weight, call.call))
    return found


def stack(program: Program, tree: Tree) -> Tree:
    """A tree with the arrays of all iterations in the place of those of the first one.

    Arrays of NumPy stay on the host. A tree that is stacked stays as it is.
    """
    later = _later(program.repeats)
    columns = _columns(program)

    def change(arrays: Mapping[str, Tree]) -> Mapping[str, Tree]:
        stacked = {
            first: jax.tree.map(_stacked, *(arrays[scope] for scope in scopes))
            for first, scopes in columns.items()
            if scopes[-1] in arrays
        }
        return {scope: own for scope, own in arrays.items() if scope not in later} | stacked

    return _by_scope(columns, change, tree)


def unstack(program: Program, tree: Tree) -> Tree:
    """The tree that was stacked."""
    columns = _columns(program)

    def change(arrays: Mapping[str, Tree]) -> Mapping[str, Tree]:
        own = {
            scope: jax.tree.map(partial(_one, number=number), arrays[first])
            for first, scopes in columns.items()
            if first in arrays
            for number, scope in enumerate(scopes)
        }
        return {**arrays, **own}

    return _by_scope(columns, change, tree)


def is_stacked(program: Program, params: Mapping[str, Tree]) -> bool:
    """Whether parameters, or state, are stacked; false where nothing is repeated."""
    columns = _columns(program)
    return any(first in params and own[-1] not in params for first, own in columns.items())


def _stacked(*arrays: Array | np.ndarray) -> Array | np.ndarray:
    return np.stack(arrays) if isinstance(arrays[0], np.ndarray) else jnp.stack(arrays)


def _one(stacked: Array | np.ndarray, *, number: int) -> Array | np.ndarray:
    return stacked[number]


def _columns(program: Program) -> Mapping[str, tuple[str, ...]]:
    """The scopes that are stacked, by the first of each."""
    return {first: own for repeat in program.repeats for first, own in repeat.scopes.items()}


def _by_scope(
    columns: Mapping[str, Sequence[str]],
    change: Callable[[Mapping[str, Tree]], Mapping[str, Tree]],
    tree: Tree,
) -> Tree:
    """The tree with the mappings changed that hold arrays by scope."""

    def by_scope(part: object) -> TypeGuard[Mapping[str, Tree]]:
        return isinstance(part, dict) and not columns.keys().isdisjoint(part)

    return jax.tree.map(lambda t: change(t) if by_scope(t) else t, tree, is_leaf=by_scope)
