"""Numbers of the bins that values fall into."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import OutputMode, encode, encoded_type
from kc.library.fields import PositiveFloat, PositiveInt
from kc.library.fitting import Fitting

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class Discretization(Fitting, kind="discretization"):
    """The number of the bin that each value falls into: how many boundaries are <= the value.

    With ``num_bins`` and no boundaries, those are found in the training examples, as Keras's
    ``adapt`` does. ``num_bins`` keeps the size of vectors also where few values give fewer bins, so
    that it is known before the data are; Keras makes shorter vectors then.

    Shapes: any -> int32, the same, or vectors as ``output_mode`` says: ``one_hot`` adds an axis (in
    the place of a last axis of size 1), ``multi_hot`` and ``count`` take the first axis together.

    Source: ``keras/src/layers/preprocessing/discretization.py``.

    Example:
        - discretization: [-1.0, 0.0, 1.0]   # or {num_bins: 4}
    """

    finds = ("bin_boundaries",)

    bin_boundaries: tuple[float, ...] | None = None
    """Where a bin ends and the next one begins, rising."""
    num_bins: PositiveInt | None = None
    """How many bins are made where no boundaries are given."""
    epsilon: PositiveFloat = 0.01
    """How exactly quantiles are found in data."""
    output_mode: OutputMode = "int"
    """The number of the bin, or a vector."""

    @model_validator(mode="after")
    def _boundaries_or_bins(self) -> Discretization:
        if self.bin_boundaries is None and self.num_bins is None:
            raise ValueError("takes `bin_boundaries` or `num_bins`")
        if self.num_bins is not None and len(self.bin_boundaries or ()) >= self.num_bins:
            raise ValueError("`num_bins` needs to be larger than the number of `bin_boundaries`")
        if any(a > b for a, b in pairwise(self.bin_boundaries or ())):
            raise ValueError("`bin_boundaries` have to rise")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        if x.dtype == "bool":
            raise ShapeError(f"needs numbers, the input is {x}")
        return Inferred(encoded_type(x, self.output_mode, self._bins))

    @property
    def _bins(self) -> int:
        return self.num_bins or len(self.bin_boundaries or ()) + 1

    def fit(self, batches: Iterable[np.ndarray]) -> Self:
        assert self.num_bins is not None
        boundaries = quantiles(thinned(batches), self.num_bins, self.epsilon)
        return self.with_fields(bin_boundaries=boundaries)

    def lower(self) -> Call:
        return Call(
            discretization,
            bin_boundaries=self.bin_boundaries,
            output_mode=self.output_mode,
            bins=self._bins,
        )


def discretization(
    x: Array, *, bin_boundaries: tuple[float, ...], output_mode: str = "int", bins: int
) -> Array:
    number = jnp.digitize(x, jnp.array(bin_boundaries, jnp.float32))
    return encode(number, output_mode, bins)


def thinned(batches: Iterable[np.ndarray], most: int = 2**22) -> np.ndarray:
    """All values, or every second, fourth ... one of them where they are more than ``most``."""
    import numpy as np

    stride, seen, kept = 1, 0, np.zeros(0, np.float32)
    for values in batches:
        flat = values.ravel().astype(np.float32)
        kept = np.concatenate([kept, flat[-seen % stride :: stride]])
        seen += flat.size
        while kept.size > most:
            kept, stride = kept[::2], 2 * stride
    return kept


def quantiles(x: np.ndarray, num_bins: int, epsilon: float = 0.01) -> tuple[float, ...]:
    """Boundaries of bins that hold about as many values each; fewer ones where values are few."""
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
    return tuple(float(str(value)) for value in kept[:-1])


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
