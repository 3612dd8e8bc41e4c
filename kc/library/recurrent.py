"""What recurrent layers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from pydantic import PrivateAttr

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, Size, TensorType
from kc.library.cell import Steps
from kc.library.layer import Layer, Mask
from kc.library.recurrence import with_states
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
    """Whether each row of a batch goes on where the same row of the batch before ended. Epochs,
    evaluations and predictions begin with zeros. Rows have to keep their order, so this needs
    ``training.shuffle: false``.
    """
    unroll: bool = False
    """Whether to write the loop out, which takes longer to compile and may run faster."""
    zero_output_for_mask: bool = False
    """Whether the output of a masked step is zero, and not the one before."""
    activity_regularizer: RegularizerField = None
    """Penalty on the output, divided by the examples of the batch."""

    _in_order: bool = PrivateAttr(default=False)
    """Whether outputs of going backwards stand in the order of the input."""

    def parts(self) -> Sequence[str]:
        return ("output", *self.state_names()) if self.return_state else ()

    def state_names(self) -> Sequence[str]:
        """What the states are called outside of the layer."""
        return [f"state_{name}" for name in self.states()]

    def state_types(self, x: TensorType) -> dict[str, TensorType]:
        """Types of the states by what they are called outside of the layer."""
        shapes = self.state_shapes(self.step_of(x))
        return dict(zip(self.state_names(), map(TensorType, shapes), strict=True))

    def infer(self, x: TensorType, /, *first: TensorType) -> Inferred:
        step, states = self.step_of(x), self.state_types(x)
        self.check_first(first, list(states.values()))
        time, shape = x.shape[0], self.output_shape(step)
        weights = self.weights(step)
        kernels = sum(weight.size for name, weight in weights.items() if name.endswith("kernel"))
        return Inferred(
            TensorType((time, *shape) if self.return_sequences else shape),
            weights,
            memory={n: kind.shape for n, kind in states.items()} if self.stateful else {},
            flops=2 * time * self.places(step) * kernels,
            parts=states if self.return_state else {},
        )

    def step_of(self, x: TensorType) -> TensorType:
        """The input of one step.

        Raises:
            ShapeError: when the input is no sequence of such steps.
        """
        if x.rank != 2 or not x.is_float:
            raise ShapeError(
                f"needs a sequence float32[batch, time, features], the input is {x}",
                "`reshape` adds an axis, `time_distributed` applies a layer to each step",
            )
        return x.with_shape(*x.shape[1:])

    def places(self, step: TensorType) -> Size:
        """At how many places of a step the kernels are applied."""
        return 1

    def check_first(self, first: Sequence[TensorType], wanted: Sequence[TensorType]) -> None:
        """Make sure that there are no first states, or all of them.

        Raises:
            ShapeError: when one is missing or has another shape, or the layer has states already.
        """
        if first and self.stateful:
            raise ShapeError(
                "is `stateful`, so it cannot begin with other states",
                "remove `stateful`, or the states behind the sequence in `from`",
            )
        if first and list(first) != list(wanted):
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
        if not self.stateful:
            return self.sequence(**self.options())
        return Call(
            with_states,
            layer=self.sequence(**{**self.options(), "return_state": True}),
            states=tuple(self.state_names()),
            return_state=self.return_state,
        )

    def options(self) -> Mapping[str, bool]:
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
