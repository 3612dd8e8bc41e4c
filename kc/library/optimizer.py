"""What an optimizer is: an optax transformation with Keras's arithmetic and defaults."""

from __future__ import annotations

from typing import Annotated

from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.library.fields import NonNegativeFloat


class Optimizer(Entry, family="optimizer"):
    """Turns gradients into updates of the weights.

    The function that it lowers to takes ``learning_rate`` as its one argument that may be a traced
    value: the runtime injects it into the optimizer's state, so that callbacks and sweeps change it
    without compiling again.
    """

    learning_rate: NonNegativeFloat = 0.001
    """Size of a step."""

    def lower(self) -> Call:
        """A function that makes an ``optax.GradientTransformation``."""
        raise NotImplementedError


OptimizerField = Annotated[Optimizer, EntryOf("optimizer")]
