"""One layer for every step of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator

from kc.core.lazy import jax, jnp
from kc.core.program import Call, setting
from kc.core.types import Inferred, Precision, ShapeError, TensorType
from kc.library.layer import Composite, Layer, LayerField, MadeMask, Mask

if TYPE_CHECKING:
    from jax import Array


class TimeDistributed(Layer, kind="time_distributed"):
    """Applies a layer, with the same weights, to each step of a sequence.

    Steps count as further examples. Only layers that look at the whole batch, like
    ``batch_normalization``, see one step after another, as in Keras 3; Keras 2 could mix the steps.

    A mask (time,) goes along with the output. One with a place for parts of a step, (time, ...), is
    the mask of the layer inside; where that ends it, a step counts if any part of it does. Keras 3
    hands on a mask that no longer fits then.

    Shapes: (time, ...) -> (time, ...), each step as the layer inside says.

    Source: ``keras/src/layers/rnn/time_distributed.py``.

    Example:
        - time_distributed: {layer: {dense: 8}}
    """

    masking = "pass"

    layer: LayerField
    """The layer, as ``{dense: 32}``."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        layer = self.layer
        if isinstance(layer, Composite):
            raise ValueError(f"`{layer.kind}` stands for several layers: give each its own wrapper")
        if layer.arity[0] > 1:
            raise ValueError(f"`{layer.kind}` takes several inputs, a step of a sequence is one")
        if layer.parts():
            raise ValueError(
                f"`{layer.kind}` would have several outputs: leave out what asks for them"
            )
        if getattr(layer, "activity_regularizer", None) is not None:
            raise ValueError("put `activity_regularization` behind instead of the regularizer")
        return self

    def computes_in(self, precision: Precision) -> Precision:
        return self.layer.computes_in(precision)

    def infer(self, x: TensorType, /) -> Inferred:
        if x.rank < 2:
            raise ShapeError(f"needs a sequence [batch, time, ...] of arrays, the input is {x}")
        inner = self.layer.infer(self.step_of(x))
        if inner.memory or (inner.state and not self.looks_at_batch()):
            raise ShapeError(f"cannot hold {self.layer.kind}, which remembers from call to call")
        y = inner.output.with_shape(x.shape[0], *inner.output.shape)
        return Inferred(y, inner.weights, inner.state, flops=x.shape[0] * inner.flops)

    @staticmethod
    def step_of(x: TensorType) -> TensorType:
        return x.with_shape(*x.shape[1:])

    def looks_at_batch(self) -> bool:
        return any(call.takes_valid for call in self.calls())

    def calls(self) -> Sequence[Call]:
        lowered = self.layer.lower()
        return [lowered] if isinstance(lowered, Call) else lowered

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        (mask,), (x,) = masks, inputs
        if mask is None or len(mask.shape) == 1:
            return mask
        if self.layer.masking == "none":
            raise ShapeError(f"cannot hand the mask on to {self.layer.kind}")
        inner = self.layer.output_mask([Mask(mask.value, mask.shape[1:])], [self.step_of(x)])
        return mask if inner is not None else MadeMask(Call(any_part), mask.shape[:1])

    def lower(self) -> Call:
        # A function of one call: the weights go to the first.
        layer = reduce(lambda a, b: Call(in_turn, first=setting(a), then=setting(b)), self.calls())
        by_step = self.looks_at_batch()
        return Call(step_by_step if by_step else time_distributed, layer=layer)


def time_distributed(x: Array, *, layer: Callable[..., Any], **arguments: Any) -> Array:
    """x (batch, time, ...): the layer on (batch * time, ...)."""
    if "mask" in arguments:
        mask = arguments.pop("mask")
        if mask.ndim > 2:
            arguments["mask"] = mask.reshape(-1, *mask.shape[2:])
    y = layer(x.reshape(-1, *x.shape[2:]), **arguments)
    return y.reshape(*x.shape[:2], *y.shape[1:])


def step_by_step(
    x: Array, *, layer: Callable[..., Any], **arguments: Any
) -> Array | tuple[Array, dict[str, Array]]:
    """x (batch, time, ...): the layer on (batch, ...), one step after another."""
    outputs: list[Array] = []
    state: dict[str, Array] | None = None
    for time in range(x.shape[1]):
        own = {**arguments, **(state or {})}
        if "mask" in own:
            own["mask"] = own["mask"][:, time]
        if own.get("key") is not None:
            own["key"] = jax.random.fold_in(own["key"], time)
        y = layer(x[:, time], **own)
        y, state = y if isinstance(y, tuple) else (y, None)
        outputs.append(y)
    stacked = jnp.stack(outputs, axis=1)
    return stacked if state is None else (stacked, state)


def in_turn(
    x: Array, *, first: Callable[..., Any], then: Callable[..., Any], **arguments: Any
) -> Array:
    """Two functions, of which the first one has the weights."""
    return then(first(x, **arguments))


def any_part(x: Array, *, masks: tuple[Array]) -> Array:
    """The mask (batch, time, ...) of parts as one of steps."""
    return jnp.any(masks[0], axis=tuple(range(2, masks[0].ndim)))
