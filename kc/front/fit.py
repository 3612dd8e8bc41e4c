"""One call of ``fit``: its validation, and its run."""

from __future__ import annotations

from dataclasses import replace

import jax

from kc.compiler.plan.plan import Plan
from kc.core.events import EpochEnd
from kc.front.executions import Executions
from kc.front.given import is_streamed, one_epoch, refuse_batch_size
from kc.front.held import Held
from kc.front.history import History
from kc.runtime import provenance
from kc.runtime.data.batched import Batched
from kc.runtime.data.stream import Part
from kc.runtime.loop import Loop
from kc.runtime.standing import NotFiniteError
from kc.runtime.validation import Validation


def validation_of(
    found: Part | Batched | None, executions: Executions, plan: Plan, batch_size: int | None
) -> Validation | None:
    """What measures the epochs of a plan.

    Raises:
        CompileError: when there are not batches for so many epochs, or their size is given.
    """
    if found is None:
        return None
    refuse_batch_size(found, "validation_batch_size", batch_size)
    if isinstance(found, Batched) and plan.validation_steps is None:
        found.check_passes(plan.epochs)
    execution = executions.of(batch_size or plan.batch_size, streamed=is_streamed(found))
    epochs = one_epoch(found, execution.plan)
    return Validation(execution, epochs, plan.validation_freq, plan.validation_steps)


def run(loop: Loop, held: Held) -> History:
    """Train to the end; whatever ends it, the model has the state that training came to.

    Raises:
        CompileError: when the data do not fit the model, or a loss is not finite.
    """
    history = History()
    held.give_up()
    try:
        for event in loop.events():
            if isinstance(event, EpochEnd):
                history.add(event)
    except NotFiniteError as error:
        explained = provenance.explain(loop, error)
        loop.state = jax.device_put(loop.anchor.state)
        raise explained from None
    finally:
        held.state = loop.state
        held.epochs_done += len(history.epoch)
    return replace(history, stopped=loop.position.stopped)
