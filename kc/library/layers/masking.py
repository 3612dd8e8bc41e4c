"""Steps of a sequence that do not count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer, MadeMask, Mask

if TYPE_CHECKING:
    from jax import Array


class Masking(Layer, kind="masking"):
    """Masks the steps whose features all equal ``mask_value``, and sets them to zero.

    The mask goes along with the output: recurrent layers skip masked steps, and the loss and the
    metrics of a masked output count the other steps only.

    Shapes: (..., features) -> the same, with a mask (...).

    Source: ``keras/src/layers/core/masking.py``.

    Example:
        - masking: 0.0
    """

    masking = "pass"

    mask_value: float = 0.0
    """The value of all features of a step that does not count."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}")
        x.axis(-1)
        return Inferred(x, flops=2 * x.size)

    def output_mask(self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]) -> MadeMask:
        return MadeMask(Call(unmasked_steps, mask_value=self.mask_value), inputs[0].shape[:-1])

    def lower(self) -> Call:
        return Call(masking, mask_value=self.mask_value)


def masking(x: Array, *, mask_value: float = 0.0) -> Array:
    return jnp.where(unmasked_steps(x, mask_value=mask_value)[..., None], x, 0.0)


def unmasked_steps(x: Array, *, mask_value: float = 0.0) -> Array:
    """x (..., features) -> (...), true where some feature differs from the value."""
    return jnp.any(x != mask_value, axis=-1)
