"""Inputs to predict with; the random ones are drawn where nobody gives them."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from kc.compiler.lower import update
from kc.compiler.plan.plan import Plan
from kc.core.data import Examples
from kc.runtime.data.prepare import match, prepare
from kc.runtime.data.sizes import at_sizes


def prepare_inputs(plan: Plan, examples: Examples) -> Examples:
    """Inputs in the names, shapes and types of a model, with random ones from the plan's seed.

    Raises:
        DataError: for the first array that is missing, or does not fit.
    """
    model = plan.model
    missing = model.drawn.keys() - examples.inputs.keys()
    wanted = {name: kind for name, kind in model.given.items() if name not in missing}
    matched = match(examples, wanted, {})
    types = at_sizes(plan, matched.inputs).model.given
    ready = prepare(matched, {name: types[name] for name in wanted}, {})
    if not missing:
        return ready
    rows = jnp.ones(len(ready))
    drawn = update.draw(model, {}, rows, jax.random.key(plan.seed))
    found = {name: np.asarray(drawn[name]) for name in missing}
    return replace(ready, inputs={**ready.inputs, **found})
