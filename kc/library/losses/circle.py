"""A loss that draws embeddings of one class together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import ShapeError, TensorType
from kc.library.fields import NonNegativeFloat
from kc.library.labels import check_whole
from kc.library.loss import Loss

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class Circle(Loss, kind="circle", aka=("circle_loss",)):
    """``softplus(logsumexp(near) + logsumexp(far))`` over the other examples of a batch.

    For the distance ``d = max(1 - x @ y, 0)`` of two outputs, ``near`` of an example of the same
    class is ``gamma * (margin + d) * (d - margin)``, and ``far`` of one of another class
    ``gamma * max(1 + margin - d, 0) * (1 - margin - d)``. Outputs should have length 1, as
    ``unit_normalization`` makes them. Examples without a loss, as those that are alone in their
    class or whose batch has no other one, do not count in the mean.

    Source: ``keras/src/losses/losses.py``; Sun et al. 2020, equation 6.

    Example:
        loss: circle
    """

    gamma: NonNegativeFloat = 80.0
    """Scale of all terms."""
    margin: NonNegativeFloat = 0.4
    """Distance within a class that is near enough."""
    remove_diagonal: bool = True
    """Whether an example is not compared with itself."""

    def target(self, output: TensorType) -> TensorType:
        if output.rank != 1:
            raise ShapeError(f"needs an output (features,), it is {output}", "put `flatten` last")
        return TensorType((), "int32")

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_whole(target)

    def lower(self) -> Call:
        return Call(
            circle, gamma=self.gamma, margin=self.margin, remove_diagonal=self.remove_diagonal
        )


def circle(
    target: Array,
    output: Array,
    *,
    gamma: float = 80.0,
    margin: float = 0.4,
    remove_diagonal: bool = True,
    valid: Array | None = None,
) -> tuple[Array, Array]:
    """target (batch,), output (batch, features) -> values and whether they count, (batch,)."""
    target = target.reshape(-1).astype(jnp.int32)
    kept = jnp.ones(len(output), bool) if valid is None else valid > 0
    # Selecting: a row that only pads the batch may hold NaN.
    output = jnp.where(kept[:, None], output, 0.0)
    distance = jnp.maximum(1.0 - output @ output.T, 0.0)
    same = target[:, None] == target
    other = ~same & kept & kept[:, None]
    same = same & kept & kept[:, None]
    if remove_diagonal:
        same = same & ~jnp.eye(len(output), dtype=bool)
    near = gamma * (margin + distance) * (distance - margin)
    far = gamma * jnp.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    # `where` keeps the gradient of rows without a pair at 0, where that of logsumexp is NaN.
    paired = jnp.any(same, axis=1) & jnp.any(other, axis=1)
    near = jax.nn.logsumexp(near, axis=1, where=same | ~paired[:, None])
    far = jax.nn.logsumexp(far, axis=1, where=other | ~paired[:, None])
    values = jnp.where(paired, jax.nn.softplus(near + far), 0.0)
    return values, (values > 0).astype(output.dtype)
