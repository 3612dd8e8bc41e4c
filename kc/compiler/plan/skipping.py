"""Steps that count only where all that they leave is finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.library.loss_scale import chosen

if TYPE_CHECKING:
    from jax import Array

    from kc.compiler.plan.execution import TrainState

SKIPPED = "skipped_steps"
"""Key of their number among the sums of an epoch, and their log."""


def skipping(state: TrainState, new: TrainState, finite: Array, begins_epoch: Array) -> TrainState:
    """The state after a step: where it is not finite, all but the number of steps is as before.

    ``bad_step`` is the first such step of the epoch.
    """
    begun = jax.tree.map(lambda s: jnp.where(begins_epoch, jnp.zeros_like(s), s), state.sums)
    kept = chosen(finite, new._replace(sums={**new.sums, SKIPPED: begun[SKIPPED]}),
                  state._replace(sums=begun))  # fmt: skip
    bad_step = jnp.where(begins_epoch, -1, state.bad_step)
    return kept._replace(
        step=new.step,
        sums={**kept.sums, SKIPPED: begun[SKIPPED] + jnp.where(finite, 0.0, 1.0)},
        bad_step=jnp.where(~finite & (bad_step < 0), state.step, bad_step),
    )
