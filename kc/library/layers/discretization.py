"""Numbers of the bins that values fall into."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import OutputMode, encode, encoded_type
from kc.library.fields import PositiveFloat, PositiveInt
from kc.library.layer import Layer

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class Discretization(Layer, kind="discretization"):
    """The number of the bin that each value falls into: how many boundaries are <= the value.

    ``fit`` finds boundaries in data, as Keras's ``adapt`` does.

    Shapes: any -> int32, the same, or vectors as ``output_mode`` says: ``one_hot`` adds an axis (in
    the place of a last axis of size 1), ``multi_hot`` and ``count`` take the first axis together.

    Source: ``keras/src/layers/preprocessing/discretization.py``.

    Example:
        - discretization: [-1.0, 0.0, 1.0]
    """

    bin_boundaries: tuple[float, ...] | None = None
    """Where a bin ends and the next one begins, rising."""
    num_bins: PositiveInt | None = None
    """How many bins ``fit`` makes, in the place of boundaries."""
    epsilon: PositiveFloat = 0.01
    """How exactly ``fit`` looks for quantiles."""
    output_mode: OutputMode = "int"
    """The number of the bin, or a vector."""

    @model_validator(mode="after")
    def _boundaries_or_bins(self) -> Discretization:
        if (self.bin_boundaries is None) == (self.num_bins is None):
            raise ValueError("takes `bin_boundaries` or `num_bins`")
        if any(a > b for a, b in pairwise(self.bin_boundaries or ())):
            raise ValueError("`bin_boundaries` have to rise")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        if self.bin_boundaries is None:
            raise ShapeError("has no boundaries", "give `bin_boundaries` in the place of num_bins")
        return Inferred(encoded_type(x, self.output_mode, len(self.bin_boundaries) + 1))

    def lower(self) -> Call:
        return Call(
            discretization, bin_boundaries=self.bin_boundaries, output_mode=self.output_mode
        )


def discretization(
    x: Array, *, bin_boundaries: tuple[float, ...], output_mode: str = "int"
) -> Array:
    bins = jnp.digitize(x, jnp.array(bin_boundaries, jnp.float32))
    return encode(bins, output_mode, len(bin_boundaries) + 1)


def fit(x: np.ndarray, num_bins: int, epsilon: float = 0.01) -> dict[str, object]:
    """The setting ``bin_boundaries`` that puts about as many values of data into each bin."""
    import numpy as np

    values = np.sort(x.ravel().astype("float32"))
    # A summary of the data: values at equal steps, each standing for as many.
    step = max(values.size * epsilon, 1.0)
    kept = values[int(step - 1) :: int(step)]
    if kept.size * epsilon >= 1:
        kept, weights = _compressed(kept, np.full(kept.size, step), epsilon)
    else:
        weights = np.full(kept.size, step)
    if kept.size >= num_bins:
        kept, _ = _compressed(kept, weights, 1.0 / num_bins)
    return {"bin_boundaries": tuple(cast("list[float]", kept[:-1].tolist()))}


def _compressed(
    values: np.ndarray, weights: np.ndarray, epsilon: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fewer values at equal parts of the total weight, and what each stands for."""
    import numpy as np

    parts = epsilon + np.arange(0.0, 1.0, epsilon)
    total = weights.cumsum()
    share = total / total[-1]
    new = np.interp(parts, share, values)
    ends = np.interp(parts, share, total)
    return new.astype("float32"), np.diff(ends, prepend=0.0).astype("float32")
