"""Combinations of categories in a few bins."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import check_whole_numbers, encode, encode_on_host, encoded_type
from kc.library.fields import PositiveInt
from kc.library.layer import Layer
from kc.library.number_hashes import crossed_numbers
from kc.library.text_hashes import crossed_texts


class HashedCrossing(Layer, kind="hashed_crossing"):
    """The bin of each combination of two or more features: their joint hash, modulo ``num_bins``.

    Texts go by their FarmHash, whole numbers as they are. Numbers alone are crossed on the device,
    with texts among them on the host. The bins are those of Keras 3.15 on TensorFlow, as recorded
    in ``tests/library/text``.

    Shapes: inputs of one shape, () or (1,), each of whole numbers or text -> int32, the same, or
    (num_bins,) with ``one_hot``.

    Source: ``keras/src/layers/preprocessing/hashed_crossing.py``.

    Example:
        - {hashed_crossing: 10, from: [left, right]}
    """

    arity: ClassVar[tuple[int, int | None]] = (2, None)
    takes_text = True

    num_bins: PositiveInt
    """How many bins there are."""
    output_mode: Literal["int", "one_hot"] = "int"
    """The bin, or a vector."""

    def infer(self, *xs: TensorType) -> Inferred:
        x = xs[0]
        if x.shape not in {(), (1,)}:
            raise ShapeError(f"crosses one value of each input, the input is {x}")
        for other in xs:
            if not other.is_text:
                check_whole_numbers(other)
            if other.shape != x.shape:
                raise ShapeError(f"needs inputs of one shape, not {x} and {other}")
        return Inferred(encoded_type(x, self.output_mode, self.num_bins))

    def lower(self) -> Call:
        return Call(hashed_crossing, num_bins=self.num_bins, output_mode=self.output_mode)


def hashed_crossing(*xs: Any, num_bins: int, output_mode: str = "int") -> Any:
    """Bins of numbers on the device, or of text among them on the host."""
    if any(x.dtype == object for x in xs):
        return encode_on_host(crossed_texts(*xs, bins=num_bins), output_mode, num_bins)
    return encode(crossed_numbers(*xs, bins=num_bins), output_mode, num_bins)
