"""What recurrent layers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import PrivateAttr, model_validator

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.cell import Steps
from kc.library.layer import Layer, Mask
from kc.library.regularizers import RegularizerField


class Recurrent(Layer, Steps):
    """Goes through a sequence step by step.

    ``from`` may name the first states behind the sequence, all of them: ``[x, h, c]``. A mask works
    with and without them; Keras 3 loses it where a layer gets first states from the model. With
    ``return_state`` the last states are outputs of their own: ``NAME.state_h``.
    """

    arity: ClassVar[tuple[int, int | None]] = (1, None)
    masking = "end"

    return_sequences: bool = False
    """Whether the output holds every step, and not only the last."""
    return_state: bool = False
    """Whether the last states are outputs, too: ``NAME.output``, ``NAME.state_h``, ..."""
    go_backwards: bool = False
    """Whether to begin with the last step. Outputs stand in the order in which they are made, while
    a mask is handed on as it came: put the sequence in order before anything reads both.
    """
    stateful: bool = False
    """Refused: a batch cannot begin with the states of the batch before."""
    unroll: bool = False
    """Whether to write the loop out, which takes longer to compile and may run faster."""
    zero_output_for_mask: bool = False
    """Whether the output of a masked step is zero, and not the one before."""
    activity_regularizer: RegularizerField = None
    """Penalty on the output, divided by the examples of the batch."""

    _in_order: bool = PrivateAttr(default=False)
    """Whether outputs of going backwards stand in the order of the input."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.stateful:
            raise ValueError(
                "`stateful` is not offered: batches are shuffled and independent here; "
                "give first states in `from`, and take the last ones with `return_state`"
            )
        return self

    def parts(self) -> Sequence[str]:
        return ("output", *(f"state_{name}" for name in self.states())) if self.return_state else ()

    def infer(self, x: TensorType, /, *first: TensorType) -> Inferred:
        if x.rank != 2 or not x.is_float:
            raise ShapeError(
                f"needs a sequence float32[batch, time, features], the input is {x}",
                "`reshape` adds an axis, `time_distributed` applies a layer to each step",
            )
        self.check_first(first, list(self.states().values()))
        time, features = x.shape
        y = TensorType((time, self.output()) if self.return_sequences else (self.output(),))
        weights = self.weights(features)
        work = sum(2 * w.size for name, w in weights.items() if name.endswith("kernel"))
        return Inferred(y, weights, flops=time * work, parts=self.state_types())

    def state_types(self) -> dict[str, TensorType]:
        """Types of the last states, where they are outputs."""
        sizes = self.states().items() if self.return_state else ()
        return {f"state_{name}": TensorType((size,)) for name, size in sizes}

    def check_first(self, first: Sequence[TensorType], sizes: Sequence[int]) -> None:
        """Make sure that there are no first states, or all of them.

        Raises:
            ShapeError: when one is missing or has another shape.
        """
        wanted = [TensorType((size,)) for size in sizes]
        if first and list(first) != wanted:
            names = " and ".join(str(kind) for kind in wanted)
            found = " and ".join(str(kind) for kind in first)
            raise ShapeError(
                f"needs the first states {names}, found {found}",
                "name one for each state behind the sequence, or none",
            )

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | None:
        mask = masks[0]
        if any(other is not None for other in masks[1:]):
            raise ShapeError("cannot take masked states")
        if mask is not None and len(mask.shape) != 1:
            raise ShapeError("needs one place of the mask for each step")
        return mask if self.return_sequences else None

    def lower(self) -> Call:
        return self.sequence(**self.options())

    def options(self) -> dict[str, bool]:
        """The options that are not the default."""
        options = {
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "in_order": self._in_order,
            "unroll": self.unroll,
            "zero_output_for_mask": self.zero_output_for_mask,
        }
        return {name: True for name, value in options.items() if value}

    def in_order(self) -> Self:
        """The same, with outputs of going backwards in the order of the input."""
        layer = self.model_copy()
        layer._in_order = self.go_backwards
        return layer
