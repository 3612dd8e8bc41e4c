"""Whole numbers in a few bins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import OutputMode, encode, encoded_type
from kc.library.fields import LARGEST, PositiveInt
from kc.library.hashes import hash_bins
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Hashing(Layer, kind="hashing"):
    """The bin of each whole number: FarmHash of its decimal text, modulo ``num_bins``.

    The bins are those of Keras, which computes them in TensorFlow, and only without a ``salt``.

    Shapes: whole numbers -> int32, the same, or vectors as ``output_mode`` says: ``one_hot`` adds
    an axis (in the place of a last axis of size 1), ``multi_hot`` and ``count`` take the first axis
    together.

    Source: ``keras/src/layers/preprocessing/hashing.py``.

    Example:
        - hashing: 10
    """

    num_bins: PositiveInt
    """How many bins there are, that of ``mask_value`` too."""
    mask_value: Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | None = None
    """A number that has bin 0 to itself."""
    output_mode: OutputMode = "int"
    """The bin, or a vector."""

    def infer(self, x: TensorType, /) -> Inferred:
        if x.dtype not in {"int32", "uint8"}:
            raise ShapeError(
                f"needs whole numbers, the input is {x}",
                "declare the input as `{shape: [...], dtype: int32}`",
            )
        return Inferred(encoded_type(x, self.output_mode, self.num_bins))

    def lower(self) -> Call:
        return Call(
            hashing,
            num_bins=self.num_bins,
            mask_value=self.mask_value,
            output_mode=self.output_mode,
        )


def hashing(
    x: Array, *, num_bins: int, mask_value: int | None = None, output_mode: str = "int"
) -> Array:
    if mask_value is None or num_bins == 1:
        bins = hash_bins(x, num_bins)
    else:
        bins = jnp.where(x == mask_value, 0, 1 + hash_bins(x, num_bins - 1))
    return encode(bins, output_mode, num_bins)
