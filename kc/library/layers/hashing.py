"""Whole numbers and texts in a few bins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from kc.core.program import Call, setting
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import (
    OutputMode,
    check_whole_numbers,
    encode,
    encode_on_host,
    encoded_type,
)
from kc.library.fields import LARGEST, PositiveInt, Salt
from kc.library.layer import Layer
from kc.library.number_hashes import farmhash_of_numbers, siphash_of_numbers
from kc.library.text_hashes import farmhash_of_text, siphash_of_text


class Hashing(Layer, kind="hashing"):
    """The bin of each text, or of the decimal text of each whole number: its hash modulo bins.

    The hash is FarmHash, or SipHash where there is a ``salt``. Numbers are hashed on the device,
    texts on the host. The bins are those of Keras 3.15 on TensorFlow, as recorded in
    ``tests/library/text``.

    Shapes: whole numbers or text -> int32, the same, or vectors as ``output_mode`` says:
    ``one_hot`` adds an axis (in the place of a last axis of size 1), ``multi_hot`` and ``count``
    take the first axis together.

    Source: ``keras/src/layers/preprocessing/hashing.py``.

    Example:
        - hashing: 10
    """

    takes_text = True

    num_bins: PositiveInt
    """How many bins there are, that of ``mask_value`` too."""
    mask_value: Annotated[int, Field(ge=-LARGEST - 1, le=LARGEST)] | str | None = None
    """A number or text that has bin 0 to itself."""
    salt: Salt | None = None
    """Two numbers as the key of SipHash, or one for both."""
    output_mode: OutputMode = "int"
    """The bin, or a vector."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_text:
            check_whole_numbers(x)
        if self.mask_value is not None and isinstance(self.mask_value, str) != x.is_text:
            raise ShapeError(f"cannot find the `mask_value` {self.mask_value!r} in {x}")
        return Inferred(encoded_type(x, self.output_mode, self.num_bins))

    def lower(self) -> Call:
        hash_bins = Call(farmhash_bins) if self.salt is None else Call(siphash_bins, key=self.salt)
        return Call(
            hashing,
            num_bins=self.num_bins,
            mask_value=self.mask_value,
            hash_bins=setting(hash_bins),
            output_mode=self.output_mode,
        )


def farmhash_bins(x: Any, *, bins: int) -> Any:
    return (farmhash_of_text if x.dtype == object else farmhash_of_numbers)(x, bins=bins)


def siphash_bins(x: Any, *, bins: int, key: tuple[int, int]) -> Any:
    return (siphash_of_text if x.dtype == object else siphash_of_numbers)(x, bins=bins, key=key)


def hashing(
    x: Any,
    *,
    num_bins: int,
    mask_value: int | str | None = None,
    hash_bins: Callable[..., Any] = farmhash_bins,
    output_mode: str = "int",
) -> Any:
    """Bins of numbers on the device, or of text on the host."""
    masked = mask_value is not None and num_bins > 1
    bins = hash_bins(x, bins=num_bins - masked)
    if masked:
        bins = (bins + 1) * (x != mask_value)
    return (encode_on_host if x.dtype == object else encode)(bins, output_mode, num_bins)
