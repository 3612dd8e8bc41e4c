"""What a loss is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.types import TensorType

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


def _no_values(value: object) -> object:
    if value in (None, "none"):
        raise ValueError("a loss has to be one number: `reduction` cannot be none")
    return value


Reduction = Annotated[
    Literal["sum_over_batch_size", "mean", "mean_with_sample_weight", "sum"],
    BeforeValidator(_no_values),
]


class Loss(Entry, family="loss"):
    """Compares an output with its target; the mean over all values is minimized.

    A loss function returns one value per example (and per position, where the output has more than
    one axis): the last axis is reduced. A function may also return a pair, the values and for each
    of them 1 where it counts, else 0.

    A function that compares the examples of a batch with each other takes ``valid``, which is 0 for
    examples that only pad the batch. It leaves these out by itself: all that it returns counts.
    """

    beside = ("reduction",)

    after: ClassVar[str | None] = None
    """The activation that turns an output into what the loss takes, unless it takes logits."""
    predicts: ClassVar[Literal["classes", "numbers"] | None] = None
    """What an output with this loss is, where reports can tell: which class, or numbers."""

    reduction: Reduction = "sum_over_batch_size"
    """What becomes of the values of a batch: their ``sum``, or else their mean. As in Keras, the
    means have several names; they are one for examples of equal weight."""

    @property
    def takes_shares(self) -> bool:
        """Whether targets are class numbers, and may be rows with each class's share instead."""
        return False

    def target(self, output: TensorType) -> TensorType:
        """Type of the target that fits an output of this type.

        Raises:
            ShapeError: when the loss cannot take such an output.
        """
        return output

    def check(self, target: np.ndarray, output: TensorType) -> None:
        """Look at the values of a target before training.

        Raises:
            DataError: when some cannot be targets of this loss.
        """

    @property
    def logits(self) -> bool:
        """Whether the loss applies softmax or sigmoid itself."""
        return bool(getattr(self, "from_logits", False))

    @property
    def probabilities(self) -> str | None:
        """The activation whose result the loss expects, if it expects probabilities."""
        return None if self.logits else self.after

    def lower(self) -> Call:
        """A function of ``(target, output)``."""
        raise NotImplementedError


LossField = Annotated[Loss, EntryOf("loss")]


def align(target: Array, output: Array) -> tuple[Array, Array]:
    """Target in the output's type, with a trailing axis of 1 added or dropped to match it.

    Outputs of one number per example, (batch,), get that axis too: losses reduce the last one.
    """
    if output.ndim == 1:
        output = output[:, None]
    target = target.astype(output.dtype)
    if output.ndim == target.ndim + 1 and output.shape[-1] == 1:
        target = target[..., None]
    elif target.ndim == output.ndim + 1 and target.shape[-1] == 1:
        target = target[..., 0]
    return target, output
