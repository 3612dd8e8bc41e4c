"""A sequence read in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer, LayerField, Mask
from kc.library.recurrence import own_arguments
from kc.library.recurrent import Recurrent

if TYPE_CHECKING:
    from jax import Array

T = TypeVar("T")


class Bidirectional(Layer, kind="bidirectional"):
    """A recurrent layer forward, one with weights of its own backward, and both results as one.

    With ``return_sequences`` the backward outputs are turned into the order of the input first, and
    outputs of masked steps are zero, whatever the layers say. Without, each direction gives its
    output after the whole sequence. First states in ``from`` are those of the layer forward, then
    those of the layer backward. Keras ignores that zero where loops are unrolled; this does not.

    Shapes: (time, features) -> that of the layer, twice as wide with ``concat``.

    Source: ``keras/src/layers/rnn/bidirectional.py``.

    Example:
        - bidirectional: {layer: {lstm: 8}}
    """

    arity: ClassVar[tuple[int, int | None]] = (1, None)
    masking = "end"

    layer: LayerField
    """The recurrent layer forward, as ``{lstm: 32}``."""
    merge_mode: Literal["concat", "sum", "mul", "ave"] | None = "concat"
    """How both outputs become one; null keeps them as ``NAME.forward`` and ``NAME.backward``."""
    backward_layer: LayerField | None = None
    """The recurrent layer backward; by default like the one forward."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        forward, backward = self.layer, self.backward_layer or self.layer
        if not isinstance(forward, Recurrent) or not isinstance(backward, Recurrent):
            raise ValueError("only recurrent layers go in two directions: `lstm`, `gru`, ...")
        if forward.go_backwards:
            raise ValueError("`layer` goes forward: leave out its `go_backwards`")
        if self.backward_layer is not None and not backward.go_backwards:
            raise ValueError("`backward_layer` needs `go_backwards: true`")
        for name in ("return_sequences", "return_state", "stateful"):
            if getattr(forward, name) != getattr(backward, name):
                raise ValueError(f"`{name}` has to be the same in both directions")
        if forward.activity_regularizer or backward.activity_regularizer:
            raise ValueError("put `activity_regularization` behind instead of the regularizer")
        return self

    def both(self) -> tuple[Recurrent, Recurrent]:
        """The layers of the two directions, as they are run."""
        assert isinstance(self.layer, Recurrent)
        zero = {"zero_output_for_mask": self.layer.return_sequences}
        backward = self.backward_layer or self.layer.model_copy(update={"go_backwards": True})
        assert isinstance(backward, Recurrent)
        return self.layer.model_copy(update=zero), backward.model_copy(update=zero).in_order()

    def parts(self) -> Sequence[str]:
        outputs = ("output",) if self.merge_mode else ("forward", "backward")
        states = [
            f"{direction}_{name}"
            for direction, layer in zip(("forward", "backward"), self.both(), strict=True)
            for name in layer.parts()[1:]
        ]
        return (*outputs, *states) if states or not self.merge_mode else ()

    def infer(self, x: TensorType, /, *first: TensorType) -> Inferred:
        forward, backward = self.both()
        types = [*forward.state_types(x).values(), *backward.state_types(x).values()]
        forward.check_first(first, types)
        half = len(forward.states())
        ahead, back = forward.infer(x, *first[:half]), backward.infer(x, *first[half:])
        return Inferred(
            self.merged(ahead.output, back.output),
            _both(ahead.weights, back.weights),
            memory=_both(ahead.memory, back.memory),
            flops=ahead.flops + back.flops,
            parts={
                **({} if self.merge_mode else {"backward": back.output}),
                **_both(ahead.parts, back.parts),
            },
        )

    def merged(self, ahead: TensorType, back: TensorType) -> TensorType:
        """The type of both outputs as one.

        Raises:
            ShapeError: when they cannot become one.
        """
        if self.merge_mode == "concat":
            return ahead.with_axis(-1, ahead.axis(-1) + back.axis(-1))
        if self.merge_mode and ahead != back:
            raise ShapeError(
                f"cannot merge {ahead} and {back} with `{self.merge_mode}`",
                "give both directions the same number of units, or use `merge_mode: concat`",
            )
        return ahead

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | None:
        return self.both()[0].output_mask(masks, inputs)

    def lower(self) -> Call:
        forward, backward = self.both()
        calls = forward.lower(), backward.lower()
        return Call(
            bidirectional,
            forward=calls[0],
            backward=calls[1],
            merge_mode=self.merge_mode,
            states_forward=len(forward.states()),
            return_state=forward.return_state,
            stateful=forward.stateful,
            random=tuple(call.takes_key for call in calls),
        )


def _both(ahead: Mapping[str, T], back: Mapping[str, T]) -> dict[str, T]:
    """What belongs to both directions, by names that say to which one."""
    return {
        f"{direction}_{name}": item
        for direction, items in (("forward", ahead), ("backward", back))
        for name, item in items.items()
    }


def bidirectional(
    x: Array,
    *first: Array,
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    merge_mode: str | None = "concat",
    states_forward: int,
    return_state: bool = False,
    stateful: bool = False,
    random: tuple[bool, bool] = (False, False),
    mask: Array | None = None,
    **arguments: Any,
) -> Any:
    """Weights are called ``forward_kernel``, states of stateful layers ``forward_state_h``.

    The backward function gives its outputs in the order of the input; random says which direction
    has dropout.
    """
    results: list[Any] = []
    after: dict[str, Array] = {}
    parts = (
        (forward, "forward_", first[:states_forward]),
        (backward, "backward_", first[states_forward:]),
    )
    for number, (layer, prefix, states) in enumerate(parts):
        own = own_arguments(arguments, prefix, number, random[number])
        result = layer(x, *states, mask=mask, **own)
        if stateful:
            result, new = result
            after |= {f"{prefix}{name}": state for name, state in new.items()}
        results.append(result)
    (a, *ahead), (b, *back) = results if return_state else [(result,) for result in results]
    merged = [a, b] if merge_mode is None else [merge(a, b, merge_mode)]
    y, *others = [*merged, *ahead, *back]
    result = (y, *others) if others else y
    return (result, after) if stateful else result


def merge(a: Array, b: Array, mode: str) -> Array:
    """Two arrays as one."""
    if mode == "concat":
        return jnp.concatenate([a, b], axis=-1)
    if mode == "mul":
        return a * b
    return a + b if mode == "sum" else (a + b) / 2.0
