"""The way back from the loss, step by step: which one made a gradient that is not finite."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from kc.compiler.lower import update
from kc.compiler.lower.steps import run
from kc.core.program import Step
from kc.library.loss_scale import all_finite
from kc.runtime.culprit import Culprit, Pass, by
from kc.runtime.ranges import is_finite, is_float, span_of, spans_of

Tree = Any
"""Gradients by scope and name."""


class Backward:
    """The gradients of a phase, as far as they are finite."""

    def __init__(self, own: Pass) -> None:
        self.own = own
        self.weights: dict[str, dict[str, Any]] = {}
        """What came back to weights, by scope and name."""
        self._values: dict[str, Any] = {}
        """What came back to values whose steps have not yet handed it on."""
        self._floats = {name: own.values[name] for name in _live(own)}

    def run(self) -> Culprit | None:
        """The first thing whose gradient is not finite, though what came back to it is."""
        own = self.own
        params = {scope: dict(own.turn.params[scope]) for scope in own.phase.scopes}
        scale = update.loss_scale(own.phase, own.turn.memory)
        for part in own.parts():
            _, pull = jax.vjp(
                lambda weights, values, part=part: own.loss(
                    part.phase, {**own.turn.params, **weights}, {**own.values, **values}
                ),
                params,
                self._floats,
            )
            weights, values = pull(jnp.float32(1 if scale is None else scale))
            if not all_finite((weights, values)):
                return Culprit("a gradient", f"that of {part.name} at {own.seen(part)}", part.span)
            self._add(weights, values)
        for step, state in zip(reversed(own.program.steps), reversed(own.states), strict=True):
            found = self._through(step, state)
            if found is not None:
                return found
        return None

    def _through(self, step: Step, state: dict[str, Any]) -> Culprit | None:
        """Hand what came back to a step on to what it took."""
        own = self.own
        made = [name for name in step.made if name in self._values]
        if not made:
            return None
        came = [self._values.pop(name) for name in made]
        if not all_finite(came):
            cause = f"what comes back to {step.call.name} adds up to {spans_of(came)}"
            return by(step, "a gradient", cause)
        is_moved = bool(step.weights) and step.scope in own.phase.scopes
        weights = {step.scope: dict(own.turn.params[step.scope])} if is_moved else {}
        taken = {name: self._floats[name] for name in step.inputs if name in self._floats}

        def call(weights: Tree, taken: dict[str, Any]) -> list[Any]:
            values = {**own.values, **taken}
            run((step,), {**own.turn.params, **weights}, values, dict(state), own.mode)
            return [values[name] for name in made]

        _, pull = jax.vjp(call, weights, taken)
        to_weights, to_values = pull(came)
        handed = {f"`{name}`": array for name, array in to_weights.get(step.scope, {}).items()}
        handed |= {f"the input `{name}`": array for name, array in to_values.items()}
        for name, array in handed.items():
            if not is_finite(array):
                made = f"{step.call.name} made {span_of(array)} for {name}"
                of = f"of gradients {spans_of(came)} at values {own.taken(step)}"
                return by(step, "a gradient", f"{made} {of}")
        self._add(to_weights, to_values)
        return None

    def _add(self, weights: Tree, values: dict[str, Any]) -> None:
        for scope, arrays in weights.items():
            _sum(self.weights.setdefault(scope, {}), arrays)
        _sum(self._values, values)


def _sum(sums: dict[str, Any], arrays: dict[str, Any]) -> None:
    for name, array in arrays.items():
        sums[name] = sums[name] + array if name in sums else array


def _live(own: Pass) -> list[str]:
    """The floats that depend on weights which the phase moves; the rest has no gradient."""
    live: list[str] = []
    for step in own.program.steps:
        is_moved = bool(step.weights) and step.scope in own.phase.scopes
        if is_moved or any(name in live for name in step.inputs):
            live += [n for n in step.made if is_float(own.values[n])]
    return live
